from odoo import api, fields, models
from odoo.tools import format_date


class HelpdeskEscalationIncident(models.Model):
    """S16: an incident says that its words are gone, and why."""

    _inherit = "helpdesk.escalation.incident"

    words_removed_date = fields.Datetime(string="Words Removed On", readonly=True)
    words_removed_why = fields.Selection(
        selection=[
            ("retention", "Retention setting"),
            ("person", "Erased with a contact"),
        ],
        string="Why Words Were Removed",
        readonly=True,
    )
    notifications_removed_date = fields.Datetime(
        string="Texts of Notifications Removed On", readonly=True
    )
    removed_text = fields.Char(compute="_compute_removed_text")

    @api.depends("words_removed_date", "notifications_removed_date")
    @api.depends_context("lang", "tz")
    def _compute_removed_text(self):
        for incident in self:
            incident.removed_text = " ".join(incident._get_removed_sentences())

    def _get_removed_sentences(self):
        """Say what is gone since when, and why."""
        sentences = []
        if self.words_removed_date:
            date = format_date(self.env, self.words_removed_date)
            if self.words_removed_why == "retention":
                sentences.append(
                    self.env._(
                        "Words were removed on %s by the retention setting.", date
                    )
                )
            else:
                sentences.append(
                    self.env._("Words were removed on %s with a contact.", date)
                )
        if self.notifications_removed_date:
            sentences.append(
                self.env._(
                    "The texts of notifications were removed on %s by the retention "
                    "setting.",
                    format_date(self.env, self.notifications_removed_date),
                )
            )
        return sentences
