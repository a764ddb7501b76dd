"""What is said in a chat: a title and lines, for a service outside or for Discuss."""

from collections import namedtuple

Message = namedtuple("Message", ["title", "lines", "kind"], defaults=["warning"])
Message.__doc__ = """A message: its title, its lines as (words, link or False), and how
it looks: "warning", "success" or "info"."""

# What notifies everybody in a room, or hides a link, in one service or another.
_HARMLESS = str.maketrans({"@": "@\u2060", "<": "‹", ">": "›"})


def write_text(message):
    """Write a message for a service outside: its title and its text.

    Titles of tickets are strangers' words: no ``@channel`` in one reaches anybody.
    """
    lines = [
        f"{words}: {link}" if link else words.translate(_HARMLESS)
        for words, link in message.lines
    ]
    return message.title.translate(_HARMLESS), "\n".join(lines)
