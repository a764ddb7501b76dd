from odoo import api, models
from odoo.tools import SQL

# Before a kind of proposal: some are named like a kind of cause.
PREFIX = "proposal_"


class HelpdeskEscalationCauseReport(models.Model):
    """What a language model proposed is judged as causes are: accepted or refused."""

    _inherit = "helpdesk.escalation.cause.report"
    _depends = {
        "helpdesk.escalation.ai.proposal": [
            "create_date",
            "kind",
            "state",
            "ticket_id",
            "value_text",
        ],
    }

    @api.model
    def _selection_kind(self):
        kind = self.env["helpdesk.escalation.ai.proposal"]._fields["kind"]
        return super()._selection_kind() + [
            (f"{PREFIX}{value}", self.env._("Model's proposal: %s", label))
            for value, label in kind._description_selection(self.env)
        ]

    @api.model
    def _get_sources(self):
        return super()._get_sources() + [
            SQL(
                """
                SELECT id, ticket_id, create_date AS date, %s || kind AS kind,
                       value_text AS detail, NULL::int AS policy_id,
                       CASE state WHEN 'accepted' THEN TRUE
                                  WHEN 'refused' THEN FALSE
                       END AS is_right
                  FROM helpdesk_escalation_ai_proposal
                """,
                PREFIX,
            )
        ]
