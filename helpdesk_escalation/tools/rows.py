"""Rows of a statement, read by name."""

from collections import namedtuple
from functools import lru_cache

from odoo.tools import SQL


@lru_cache(maxsize=16)
def row_type(name, fields):
    """Return the type of rows that have these fields; what is not given is None."""
    return namedtuple(name, fields, defaults=[None] * len(fields))


def select_list(columns):
    """Write out what to select.

    :param dict columns: an SQL expression per name
    """
    return SQL(", ").join(
        SQL("%s AS %s", expression, SQL.identifier(name))
        for name, expression in columns.items()
    )
