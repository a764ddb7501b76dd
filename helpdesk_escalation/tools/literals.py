"""Plain values that people store as text: lists, tuples, words and numbers.

A text is looked through before it is read, so that nothing in it is worked out, and
no depth of it meets a limit of Python's.
"""

import ast
import io
import math
import tokenize

MAX_LENGTH = 5000
MAX_BRACKETS = 20
MAX_WORDS = 250
# What the database compares whole numbers with.
MAX_NUMBER = 2**63 - 1

PLAIN_NAMES = ("True", "False", "None")
OPENING, CLOSING = tuple("[("), tuple("])")
BETWEEN = (
    tokenize.COMMENT,
    tokenize.ENDMARKER,
    tokenize.NEWLINE,
    tokenize.NL,
)
# What Python says of a text that is no such value.
UNREADABLE = (
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    tokenize.TokenError,
)


class NotPlain(ValueError):
    """The text holds something that would have to be worked out, or makes no sense."""


class TooLarge(ValueError):
    """The text is too long or nested too deeply, or a value in it is too large."""


def read_literal(text):
    """Read a list or tuple of plain values, at once whatever is in the text.

    :param str text: as Odoo's domain editor writes it
    :raise NotPlain: when it is no such thing: no name, call or calculation counts
    :raise TooLarge: when it is longer or nested more deeply than any person writes
    """
    if len(text) > MAX_LENGTH:
        raise TooLarge()
    text = text.strip()
    try:
        _check_tokens(text)
        value = ast.literal_eval(text)
    except (NotPlain, TooLarge):
        raise
    except UNREADABLE as error:
        raise NotPlain() from error
    if not isinstance(value, list | tuple):
        raise NotPlain()
    _check_values(value)
    return value


def parse_literal(text):
    """Read again, in a fraction of the time, what was found to be plain."""
    return ast.literal_eval(text.strip())


def _check_tokens(text):
    depth = 0
    signed = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if signed and token.type != tokenize.NUMBER:
            raise NotPlain()
        signed = token.string == "-"
        if token.string in OPENING:
            depth += 1
            if depth > MAX_BRACKETS:
                raise TooLarge()
        elif token.string in CLOSING:
            depth -= 1
        elif not (
            signed
            or token.type in BETWEEN
            or token.type in (tokenize.NUMBER, tokenize.STRING)
            or token.string == ","
            or (token.type == tokenize.NAME and token.string in PLAIN_NAMES)
        ):
            raise NotPlain()


def _check_values(values):
    """Look at each value; how deep they are nested is known to be little by now."""
    for value in values:
        if isinstance(value, list | tuple):
            _check_values(value)
        elif isinstance(value, str):
            if len(value) > MAX_WORDS:
                raise TooLarge()
            if "\0" in value:
                raise NotPlain()
        elif isinstance(value, int | float):
            if not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
                raise TooLarge()
        elif value is not None:
            raise NotPlain()
