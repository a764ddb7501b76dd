import math
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .hits import TriggerHit

# Escalations of a client are counted in so many days.
DAYS = 30


class HelpdeskEscalationTrigger(models.Model):
    """Signals that need no words, and hold in every language.

    Each looks at all candidates in one statement. Those that come with time are found
    by the next run, also when no message arrives.
    """

    _inherit = "helpdesk.escalation.trigger"

    @api.model_create_multi
    def create(self, vals_list):
        triggers = super().create(vals_list)
        if "slow" in triggers.mapped("kind"):
            triggers._learn_usual_waits()
        return triggers

    def write(self, vals):
        result = super().write(vals)
        if vals.get("kind") == "slow":
            self._learn_usual_waits()
        return result

    def _learn_usual_waits(self):
        """Have it learnt at once how long clients wait, as nothing is usual before."""
        # Sudo: the job is the system's.
        self.env["helpdesk.escalation.usual.wait"].sudo()._get_job()._trigger()

    def _filter_candidates(self, candidates):
        policy_ids = set(self.policy_id.ids)
        return [one for one in candidates if one.policy_id in policy_ids]

    def _sql_candidates(self, candidates):
        """State the candidates, and the triggers that look at each, as two tables."""
        self.flush_recordset(["message_count", "message_minutes", "policy_id", "times"])
        return SQL(
            """
            candidate AS (
              SELECT * FROM unnest(%(tickets)s, %(policies)s, %(first_ids)s)
                   AS candidate (ticket_id, policy_id, first_id)
            ), trigger AS (
              SELECT candidate.ticket_id, candidate.first_id, trigger.id,
                     trigger.message_count, trigger.message_minutes, trigger.times
                FROM candidate
                JOIN helpdesk_escalation_trigger trigger
                  ON trigger.policy_id = candidate.policy_id
                 AND trigger.id IN %(triggers)s
            )
            """,
            tickets=[one.ticket_id for one in candidates],
            policies=[one.policy_id for one in candidates],
            first_ids=[one.waiting_message_id for one in candidates],
            triggers=self._ids,
        )

    def _make_hits(self, rows):
        """Make hits of what a statement found.

        :param rows: trigger id, ticket id and message id (0 for the ticket itself)
        """
        return [
            TriggerHit(
                ticket_id, trigger.kind, trigger, message_id, trigger._get_detail()
            )
            for trigger_id, ticket_id, message_id in rows
            for trigger in self.browse(trigger_id)
        ]

    def _find_causes_unanswered(self, plan, candidates, searched):
        """Count the messages since the last answer.

        The ticket itself is one of them, unless a mail created it: then the mail is.
        """
        candidates = self._filter_candidates(candidates)
        rows = self.env.execute_query(
            SQL(
                """
            WITH %(candidates)s, written AS (%(written)s), counted AS (
              SELECT ticket_id, message_id,
                     ROW_NUMBER() OVER (
                         PARTITION BY ticket_id ORDER BY message_id
                     ) AS number
                FROM written
               WHERE is_mail IS NOT TRUE
            )
            SELECT trigger.id, counted.ticket_id, counted.message_id
              FROM counted
              JOIN trigger ON trigger.ticket_id = counted.ticket_id
                          AND trigger.message_count = counted.number
                """,
                candidates=self._sql_candidates(candidates),
                written=self._sql_written(),
            )
        )
        return self._make_hits(rows)

    def _find_causes_quick_reply(self, plan, candidates, searched):
        """Count how often the client wrote again within minutes of an answer.

        On the whole ticket; the wait that goes on has begun so, too.
        """
        candidates = self._filter_candidates(candidates)
        self.env["mail.message"].flush_model(
            ["create_date", "escalation_party", "model", "res_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
            WITH %(candidates)s, spoken AS (
              SELECT candidate.ticket_id, message.id, message.create_date,
                     message.escalation_party AS party,
                     lag(message.escalation_party) OVER own AS party_before,
                     lag(message.create_date) OVER own AS date_before
                FROM candidate
                JOIN mail_message message
                  ON message.model = 'helpdesk.ticket'
                 AND message.escalation_party IS NOT NULL
                 AND message.res_id = candidate.ticket_id
              WINDOW own AS (PARTITION BY message.res_id ORDER BY message.id)
            )
            SELECT trigger.id, trigger.ticket_id, MAX(spoken.id)
              FROM trigger
              JOIN spoken
                ON spoken.ticket_id = trigger.ticket_id
               AND spoken.party = 'client'
               AND spoken.party_before = 'staff'
               AND spoken.create_date <= spoken.date_before
                   + trigger.message_minutes * interval '1 minute'
          GROUP BY trigger.id, trigger.ticket_id, trigger.first_id, trigger.times
            HAVING COUNT(*) >= trigger.times AND MAX(spoken.id) >= trigger.first_id
                """,
                candidates=self._sql_candidates(candidates),
            )
        )
        return self._make_hits(rows)

    def _find_causes_reopened(self, plan, candidates, searched):
        """Count how often a ticket was opened again, by Odoo's tracking of the stage.

        The last time must be after the last answer, or later waits on the ticket would
        be escalated for what was settled long ago.
        """
        candidates = self._filter_candidates(candidates)
        stage_field = self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        self.env["mail.message"].flush_model(["escalation_party", "model", "res_id"])
        self.env["mail.tracking.value"].flush_model()
        self.env["helpdesk.ticket.stage"].flush_model(["closed"])
        rows = self.env.execute_query(
            SQL(
                """
            WITH %(candidates)s, reopened AS (
              SELECT candidate.ticket_id, COUNT(*) AS times,
                     MAX(message.id) AS last_id
                FROM candidate
                JOIN mail_message message
                  ON message.model = 'helpdesk.ticket'
                 AND message.res_id = candidate.ticket_id
                JOIN mail_tracking_value value
                  ON value.mail_message_id = message.id
                 AND value.field_id = %(stage_field)s
                JOIN helpdesk_ticket_stage stage_before
                  ON stage_before.id = value.old_value_integer
                 AND stage_before.closed
                JOIN helpdesk_ticket_stage stage_after
                  ON stage_after.id = value.new_value_integer
                 AND stage_after.closed IS NOT TRUE
            GROUP BY candidate.ticket_id
            )
            SELECT trigger.id, trigger.ticket_id, 0
              FROM trigger
              JOIN reopened ON reopened.ticket_id = trigger.ticket_id
                           AND reopened.times >= trigger.times
             WHERE NOT EXISTS (
                   SELECT FROM mail_message answer
                    WHERE answer.model = 'helpdesk.ticket'
                      AND answer.escalation_party = 'staff'
                      AND answer.res_id = trigger.ticket_id
                      AND answer.id > reopened.last_id)
                """,
                candidates=self._sql_candidates(candidates),
                stage_field=stage_field.id,
            )
        )
        return self._make_hits(rows)

    def _find_causes_slow(self, plan, candidates, searched):
        """Compare each wait with what is usual in the ticket's team."""
        candidates = self._filter_candidates(candidates)
        tickets = self.env["helpdesk.ticket"].browse(
            one.ticket_id for one in candidates
        )
        tickets.fetch(["team_id"])
        usual_waits = self.env["helpdesk.escalation.usual.wait"].search_fetch(
            [("policy_id", "in", self.policy_id.ids)]
        )
        usual = {(one.policy_id, one.team_id): one for one in usual_waits}
        triggers = self.grouped("policy_id")
        cutoffs, found = {}, []
        for candidate, ticket in zip(candidates, tickets, strict=True):
            policy = self.env["helpdesk.escalation.policy"].browse(candidate.policy_id)
            wait = usual.get((policy, ticket.team_id))
            for trigger in triggers[policy] if wait else ():
                key = (trigger, ticket.team_id)
                if key not in cutoffs:
                    minutes = math.ceil(max(wait.minutes, 1) * trigger.times)
                    working_time = plan.working_times[policy.id]
                    cutoffs[key] = working_time.cutoff(plan.now, minutes)
                cutoff = cutoffs[key]
                if cutoff and candidate.waiting_since <= cutoff:
                    detail = self.env._(
                        "%(times)s times longer than the usual %(time)s",
                        times=trigger.times,
                        time=trigger.step_id._format_minutes(round(wait.minutes)),
                    )
                    found.append(
                        TriggerHit(candidate.ticket_id, "slow", trigger, 0, detail)
                    )
        return found

    def _find_causes_again(self, plan, candidates, searched):
        """Count the escalations of a client, with this one, which has to be open.

        An unknown sender is known by the address. What was open together is one.
        """
        candidates = self._filter_candidates(candidates)
        candidates = [one for one in candidates if one.incident_id]
        if not candidates:
            return []
        self.env["helpdesk.escalation.incident"].flush_model(["joint_id", "ticket_id"])
        self.env["helpdesk.ticket"].flush_model(["partner_email", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
            WITH %(candidates)s
            SELECT trigger.id, trigger.ticket_id, escalated.times
              FROM trigger
              JOIN helpdesk_ticket ticket ON ticket.id = trigger.ticket_id
        CROSS JOIN LATERAL (
                   SELECT COUNT(*) AS times
                     FROM (
                          SELECT other.id
                            FROM res_partner client
                            JOIN helpdesk_ticket other ON other.partner_id = client.id
                           WHERE client.commercial_partner_id
                                 = ticket.commercial_partner_id
                             AND other.company_id = ticket.company_id
                       UNION ALL
                          SELECT id
                            FROM helpdesk_ticket
                           WHERE partner_id IS NULL
                             AND ticket.partner_id IS NULL
                             AND lower(partner_email) = lower(ticket.partner_email)
                             AND company_id = ticket.company_id
                          ) other
                     JOIN helpdesk_escalation_incident incident
                       ON incident.ticket_id = other.id
                    WHERE incident.joint_id IS NULL
                      AND incident.create_date >= %(since)s
                   ) escalated
             WHERE escalated.times >= trigger.times
                """,
                candidates=self._sql_candidates(candidates),
                since=plan.now - timedelta(days=DAYS),
            )
        )
        return [
            TriggerHit(
                ticket_id,
                "again",
                self.browse(trigger_id),
                0,
                self.env._("%s in 30 days", times),
            )
            for trigger_id, ticket_id, times in rows
        ]
