from datetime import timedelta
from statistics import median

from odoo import api, fields, models
from odoo.tools import SQL

# The usual wait of a team is that of its last tickets; of fewer answers, none is usual.
DAYS = 90
MOST_TICKETS = 500
FEWEST_ANSWERS = 20


class HelpdeskEscalationUsualWait(models.Model):
    """How long clients of a team usually wait for an answer, in a policy's hours.

    Learnt once a day from the messages, so that the run has only to look it up. It is
    the median of the answered waits on the team's last tickets of 90 days.
    """

    _name = "helpdesk.escalation.usual.wait"
    _description = "Usual Wait"
    _log_access = False
    _rec_name = "team_id"

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy", required=True, ondelete="cascade"
    )
    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team", required=True, ondelete="cascade"
    )
    minutes = fields.Float(
        required=True, help="The median, in the policy's working hours."
    )
    answer_count = fields.Integer(
        string="Answers", required=True, help="How many waits it was taken from."
    )

    _once = models.UniqueIndex("(policy_id, team_id)")

    @api.model
    def _get_job(self):
        return self.env.ref("helpdesk_escalation_automation.ir_cron_learn_usual_waits")

    @api.model
    def _cron_learn(self):
        """Learn anew how long clients usually wait, for the policies that ask for it.

        One statement a team, and one calendar computation a calendar and company.
        """
        policies = (
            self.env["helpdesk.escalation.trigger"]
            .search([("kind", "=", "slow")])
            .policy_id
        )
        working_times = policies._get_working_times()
        waits_of = {}
        if policies:
            since = fields.Datetime.now() - timedelta(days=DAYS)
            teams = self.env["helpdesk.ticket.team"].search([("active", "=", True)])
            for team in teams:
                waits_of[team] = self._read_answered_waits(team, since)
        self.search([("policy_id", "!=", False)]).unlink()
        self.create(
            [
                {
                    "policy_id": policy.id,
                    "team_id": team.id,
                    "minutes": median(
                        working_times[policy.id].minutes(*wait) for wait in waits
                    ),
                    "answer_count": len(waits),
                }
                for team, waits in waits_of.items()
                if len(waits) >= FEWEST_ANSWERS
                for policy in policies
            ]
        )

    def _read_answered_waits(self, team, since):
        """Read from when to when clients of a team waited who were answered (R3).

        A wait that was waived, or in which the ticket was closed, was not answered.

        :param datetime since: from tickets that were created after this moment
        :return: pairs of moments, naive UTC
        """
        self.env["mail.message"].flush_model(
            ["create_date", "escalation_party", "model", "res_id"]
        )
        self.env["helpdesk.ticket"].flush_model(["team_id"])
        rows = self.env.execute_query(
            SQL(
                """
                WITH ticket AS (
                    SELECT id, create_date, closed_date
                      FROM helpdesk_ticket
                     WHERE team_id = %s AND create_date >= %s
                       AND escalation_auto_opened IS NOT TRUE
                  ORDER BY id DESC
                     LIMIT %s
                )
                SELECT ticket.id, ticket.create_date, ticket.closed_date,
                       message.create_date, message.escalation_party
                  FROM ticket
                  JOIN mail_message message
                    ON message.model = 'helpdesk.ticket'
                   AND message.escalation_party IS NOT NULL
                   AND message.res_id = ticket.id
              ORDER BY ticket.id, message.id
                """,
                team.id,
                since,
                MOST_TICKETS,
            )
        )
        waits = []
        ticket_id = start = None
        for row_id, created, closed, date, party in rows:
            if row_id != ticket_id:
                ticket_id, start = row_id, created
            if party == "client":
                start = start or date
                continue
            was_closed = closed and start and start < closed < date
            if party == "staff" and start and start <= date and not was_closed:
                waits.append((start, date))
            start = None
        return waits
