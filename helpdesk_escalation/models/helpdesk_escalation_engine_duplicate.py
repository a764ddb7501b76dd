from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """R11: who wrote on a duplicate still waits when the other ticket is closed."""

    _inherit = "helpdesk.escalation.engine"

    def _sql_was_waiting(self):
        was_waiting = super()._sql_was_waiting()
        clock = self.env["helpdesk.escalation.clock"]
        if not clock._has_words_on_duplicates():
            return was_waiting
        return SQL(
            """
            (%(was_waiting)s
             OR EXISTS (SELECT FROM (%(word)s) word
                         WHERE word.ticket_id != incident.ticket_id
                           AND NOT %(is_answered)s))
            """,
            was_waiting=was_waiting,
            word=clock._sql_word_on_duplicate(SQL("incident.anchor_message_id")),
            is_answered=clock._sql_is_answered(
                SQL("ARRAY[word.ticket_id, incident.ticket_id]")
            ),
        )


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    def _get_waiting_client(self):
        """Return the client for whom it is: on a duplicate, that one's (R11)."""
        if self.env["helpdesk.escalation.clock"]._has_words_on_duplicates():
            # Sudo: it does not depend on what the user may read.
            asked = self.env["mail.message"].sudo().browse(self.anchor_message_id or ())
            if asked.exists() and asked.escalation_late == "duplicate":
                return (
                    self.env["helpdesk.ticket"].sudo().browse(asked.res_id).partner_id
                )
        return super()._get_waiting_client()
