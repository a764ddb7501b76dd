"""Brings the add-ons' translations (i18n/*.po) up to their terms (i18n/*.pot).

``make terms`` exports the terms first and runs this then, with the stack's Python.
A new term comes into each language empty, unless another add-on has it there already,
and one that is gone goes. ``LANG`` as an argument begins a new language. What is
empty is named: a test wants each term in each language. The OCA's check wants what is
the same as in English empty, too: a comment in its place says that it is meant.
"""

import sys
from pathlib import Path

import polib

REPO = Path(__file__).resolve().parent.parent
SAME = "the same as in English"
# What changes with each export, and says nothing that git doesn't know.
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def read(path):
    return polib.pofile(str(path), wrapwidth=78)


def catalogues():
    """The files with terms, one for each add-on that has some."""
    return sorted(REPO.glob("helpdesk_escalation*/i18n/*.pot"))


def languages():
    return {path.stem for path in REPO.glob("helpdesk_escalation*/i18n/*.po")}


def write(target, entries):
    for date in DATES:
        entries.metadata.pop(date, None)
    entries.save(str(target))


def known(language):
    """The translations that there are, of all add-ons."""
    return {
        term: words
        for path in REPO.glob(f"helpdesk_escalation*/i18n/{language}.po")
        for term, words in words_of(path).items()
    }


def words_of(path):
    """The translations of a file; where one is the same as the term, the term."""
    return {
        entry.msgid: entry.msgstr or entry.msgid
        for entry in read(path)
        if entry.msgstr or SAME in entry.comment.splitlines()
    }


def merge(language):
    """Bring one language up to the terms; return those that it lacks."""
    lacking = set()
    elsewhere = known(language)
    for catalogue in catalogues():
        target = catalogue.with_name(f"{language}.po")
        own = words_of(target) if target.exists() else {}
        new = read(catalogue)
        new.metadata["Language"] = language
        new.metadata["Content-Transfer-Encoding"] = "8bit"
        for entry in new:
            words = own.get(entry.msgid) or elsewhere.get(entry.msgid)
            if not words:
                lacking.add(entry.msgid)
            elif words == entry.msgid:
                entry.comment += f"\n{SAME}"
            else:
                entry.msgstr = words
        write(target, new)
    return lacking


def main(new):
    for catalogue in catalogues():
        write(catalogue, read(catalogue))
    lacking = {language: merge(language) for language in languages() | set(new)}
    for term in sorted(set().union(*lacking.values())):
        where = " ".join(sorted(one for one in lacking if term in lacking[one]))
        print(f"  {where}: {term[:100]!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
