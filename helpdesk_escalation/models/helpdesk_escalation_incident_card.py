from odoo import api, fields, models

from ..tools.mail_text import shorten
from .helpdesk_escalation_notification_words import LINE, WHOLE


class HelpdeskEscalationIncident(models.Model):
    """What a card of the dashboard shows beside what the incident itself keeps."""

    _inherit = "helpdesk.escalation.incident"
    _order = "state, rank, anchor_date, id"

    rank = fields.Integer(
        compute="_compute_rank",
        store=True,
        help="What stands first among those in the same state: the lowest, and of "
        "these the one that has waited longest.",
    )
    client_name = fields.Char(
        compute="_compute_client_name",
        string="Who Waits",
        help="The client, or the sender of whom no contact is known.",
    )
    client_words = fields.Text(
        compute="_compute_client_words",
        string="Last Words of the Client",
        help="What was written last on the client's side, without quotations and "
        "signature.",
    )
    client_words_line = fields.Char(
        compute="_compute_client_words", string="Last Words in One Line"
    )
    client_words_title = fields.Char(
        compute="_compute_client_words",
        string="Who Wrote",
        help="Who wrote the last message on the client's side, and when.",
    )
    confirm_refusal = fields.Char(
        compute="_compute_confirm_refusal",
        string="Why Not You",
        help="Why you cannot say that you are on it, while nobody is.",
    )

    @api.depends("kind")
    def _compute_rank(self):
        self.rank = 10

    @api.depends("ticket_id.partner_id")
    @api.depends_context("lang")
    def _compute_client_name(self):
        for incident in self:
            # Sudo: the name of a client of whom the reader may not see the contact.
            ticket = incident.sudo().ticket_id
            incident.client_name = ticket._get_escalation_client_name()

    @api.depends("ticket_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_client_words(self):
        # Superuser rights alone show it to nobody (R14).
        known = self.sudo(False)._filtered_access("read")
        # Sudo: who reads an incident may read its ticket; authors are named to them.
        words = known.sudo().ticket_id._escalation_read_client_words()
        for incident in self:
            found = None
            if incident in known:
                found = words.get(incident.sudo().ticket_id.id)
            incident.client_words = found and shorten(found.text, *WHOLE)
            incident.client_words_line = found and shorten(
                " ".join(found.text.split("\n")), *LINE
            )
            incident.client_words_title = found and self._get_client_words_title(found)

    @api.model
    def _get_client_words_title(self, words):
        """Say who wrote it and when; never "the client" for somebody else (R2)."""
        time = self._format_moment(words.date)
        if not words.author:
            return self.env._("Description, %(time)s", time=time)
        return self.env._("%(name)s wrote, %(time)s", name=words.author, time=time)

    @api.depends("state")
    @api.depends_context("lang", "uid")
    def _compute_confirm_refusal(self):
        for incident in self:
            incident.confirm_refusal = (
                incident.state == "active"
                and not incident.may_confirm
                and incident._get_confirm_refusal(self.env.user)
            )

    def _get_confirm_refusal(self, user):
        """Say why a person cannot take an incident that they see."""
        self.ensure_one()
        # Sudo: the ticket may be out of the reader's sight.
        if self.sudo().ticket_id._escalation_is_own(user):
            return self.env._("You are the client: a colleague takes it.")
        return self.env._("The helpdesk, or whoever was notified, takes it.")
