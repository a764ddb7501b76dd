"""The addresses that stand in a text: nearly always one."""

from odoo.tools.mail import email_normalize_all


def get_addresses(*texts):
    """Return all addresses in some texts, normalized.

    :rtype: set[str]
    """
    return {address for text in texts if text for address in email_normalize_all(text)}


def get_partner_addresses(partners):
    """Return all addresses of some partners: one may have several."""
    found = set()
    for partner in partners:
        email = partner.email or ""
        if email.count("@") > 1:
            found |= get_addresses(email)
        elif partner.email_normalized:
            found.add(partner.email_normalized)
    return found
