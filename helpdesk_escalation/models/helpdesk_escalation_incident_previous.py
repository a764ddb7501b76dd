from odoo import fields, models
from odoo.tools import SQL

from ..tools.message_kinds import ENDING


class HelpdeskEscalationIncident(models.Model):
    """R11: resolved is final; what comes back is a new incident that names the last."""

    _inherit = "helpdesk.escalation.incident"

    previous_incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The escalation of the same wait that had ended before the ticket came "
        "back, such as by a closing that was undone.",
    )

    # What has been open for long: few, however many a flood has opened.
    _open_anchor_idx = models.Index("(anchor_date) WHERE state != 'resolved'")

    def _link_previous(self):
        """Link to the incident that a click had ended, where the click was undone.

        That is the ticket's last one, where the ticket came back after the moment it
        counted from, and the client is still without an answer.
        """
        if not self:
            return
        self.env["helpdesk.ticket"].flush_model(["escalation_back_date"])
        self.env["mail.message"].flush_model(["escalation_party", "model", "res_id"])
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT incident.id, previous.id
              FROM helpdesk_escalation_incident incident
              JOIN helpdesk_ticket ticket ON ticket.id = incident.ticket_id
              JOIN helpdesk_escalation_policy policy ON policy.id = incident.policy_id
        CROSS JOIN LATERAL (
                   SELECT * FROM helpdesk_escalation_incident
                    WHERE ticket_id = incident.ticket_id
                      AND kind = incident.kind
                      AND id < incident.id
                 ORDER BY id DESC
                    LIMIT 1) previous
             WHERE incident.id IN %(incidents)s
               AND previous.state = 'resolved'
               AND previous.resolution != 'answered'
               AND ticket.escalation_back_date > previous.anchor_date
               AND (policy.count_from = 'unresolved'
                    OR NOT EXISTS (
                        SELECT FROM mail_message answer
                         WHERE answer.model = 'helpdesk.ticket'
                           AND answer.escalation_party IN %(ending)s
                           AND answer.res_id = incident.ticket_id
                           AND answer.id > previous.anchor_message_id))
                """,
                incidents=tuple(self.ids),
                ending=ENDING,
            )
        )
        for incident_id, previous_id in rows:
            self.browse(incident_id).previous_incident_id = previous_id
