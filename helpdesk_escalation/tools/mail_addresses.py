"""The addresses that stand in a text: nearly always one."""

from odoo.tools.mail import email_normalize_all


def get_addresses(*texts):
    """Return all addresses in some texts, normalized.

    :rtype: set[str]
    """
    return {address for text in texts if text for address in email_normalize_all(text)}


def get_card_addresses(email, normalized):
    """Return all addresses of a partner, from its two fields: it may have several."""
    if (email or "").count("@") > 1:
        return get_addresses(email)
    return {normalized} if normalized else set()


def get_partner_addresses(partners):
    """Return all addresses of some partners."""
    return {
        address
        for partner in partners
        for address in get_card_addresses(partner.email, partner.email_normalized)
    }
