"""Moments for people to read, in the form of their language."""

from odoo.tools import format_datetime


def write_moment(env, moment, zone=None):
    """Write a moment with its day of the week.

    :param datetime moment: naive UTC
    :param str zone: the time zone to write it in, by default that of the environment
    """
    zone = zone or env.context.get("tz") or "UTC"
    day = format_datetime(env, moment, tz=zone, dt_format="EEE")
    return f"{day} {format_datetime(env, moment, tz=zone, dt_format='short')}"
