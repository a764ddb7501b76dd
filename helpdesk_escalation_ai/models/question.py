"""What a model is asked."""

from collections import namedtuple

Question = namedtuple(
    "Question", ["instructions", "text", "schema", "max_tokens", "keys"]
)
Question.__doc__ = """What a model is asked, ready to be sent.

:ivar instructions: what to do, in our words alone
:ivar text: the data, in JSON: what a client wrote can end no quotation there
:ivar schema: the JSON schema of the answer
:ivar max_tokens: how long the answer may be
:ivar keys: what the values of the answer stand for; stays here
"""
