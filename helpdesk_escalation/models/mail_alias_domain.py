from odoo import models


class MailAliasDomain(models.Model):
    """R2: which mail domains are ours is kept in memory."""

    _name = "mail.alias.domain"
    _inherit = ["mail.alias.domain", "helpdesk.escalation.cached"]

    _cache_fields = frozenset({"name"})
