from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# A message older than this that still waits is looked at once more, which harms nobody.
KEEP_DAYS = 60


class HelpdeskEscalationKeywordScan(models.Model):
    """Which of the clients' messages were searched for keywords, so that none is twice.

    A line a message and list of keywords: with another list, the messages that still
    wait are searched anew. Kept here, as the run never writes a ticket, and one by one,
    as messages come into view in another order than they were written in.
    """

    _name = "helpdesk.escalation.keyword.scan"
    _description = "Searched for Keywords"
    _log_access = False

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket", required=True, ondelete="cascade"
    )
    message_id = fields.Many2one(
        comodel_name="mail.message",
        ondelete="cascade",
        index="btree_not_null",
        help="Empty for the ticket's own title and description.",
    )
    signature = fields.Char(required=True)
    date = fields.Datetime(required=True, index=True)

    _once = models.UniqueIndex("(ticket_id, COALESCE(message_id, 0), signature)")

    @api.model
    def _keep(self, messages):
        """Keep that messages were searched.

        :param list messages: tuples of ticket id, message id (0 for the ticket) and
            signature
        """
        if messages:
            self.env.cr.execute(
                SQL(
                    """
                INSERT INTO helpdesk_escalation_keyword_scan
                            (ticket_id, message_id, signature, date)
                     SELECT message.ticket_id, NULLIF(message.message_id, 0),
                            message.signature, %s
                       FROM (VALUES %s) AS message (ticket_id, message_id, signature)
                ON CONFLICT DO NOTHING
                    """,
                    fields.Datetime.now(),
                    SQL(", ").join(SQL("%s", message) for message in messages),
                )
            )

    @api.autovacuum
    def _gc_old(self):
        """Forget what was searched long ago: most of it has been answered since."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.env.cr.execute(
            SQL("DELETE FROM helpdesk_escalation_keyword_scan WHERE date < %s", limit)
        )
