from odoo import fields, models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """Incidents by hand: the receiver is notified at once, then the policy watches.

    Only closing, archiving or a duplicate ends one by itself; an answer of the
    receiving side confirms it.
    """

    _inherit = "helpdesk.escalation.engine"

    def _hand_over(self, handover, note):
        """Open the incident of a handover and notify the receiver, in this transaction.

        The policy that counts for the ticket from now on runs on it until somebody
        confirms, counted from this moment. Without a policy the receiver is notified
        all the same, and nobody after.

        :param handover: the handover, as superuser; the ticket has been moved
        :param note: the message that keeps it; what is said later is an answer
        :return: the incident
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        clock = self.env["helpdesk.escalation.clock"].browse(handover.ticket_id.id)
        clock.invalidate_recordset()
        incident = (
            self.env["helpdesk.escalation.incident"]
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create(
                {
                    "kind": "manual",
                    "ticket_id": handover.ticket_id.id,
                    "handover_id": handover.id,
                    **self._prepare_chain(handover),
                    "policy_id": clock.policy_id.id,
                    "anchor_date": now,
                    "anchor_message_id": note.id,
                    "step_date": now,
                }
            )
        )
        (incident,) = incident._in_company_terms()
        values, reached = incident._get_receiver_values()
        incident.nobody_reached = not reached
        words = incident._get_step_words(incident.env._("Handed over"), values)
        stories = {incident: [words]}
        incident._notify(values, stories)
        incident._log_stories(stories)
        incident._relieve_escalator()
        # Mails are written by the job, which comes at once.
        self._trigger_run()
        return incident

    def _prepare_chain(self, handover):
        """Join it to the handover that it carries on to the next tier: one story."""
        before = handover.previous_id
        if before.outcome != "escalated_further":
            return {}
        incident = before.incident_ids[:1]
        return {"joint_id": (incident.joint_id or incident).id}

    def _needs_work(self, plan, case):
        return bool(case.taker_id) or super()._needs_work(plan, case)

    def _resolve_ended(self, plan, cases):
        """Confirm also the incidents by hand whose receiver has answered the client."""
        cases = super()._resolve_ended(plan, cases)
        taken = [case for case in cases if case.taker_id]
        for case in taken:
            plan.known.clear()
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = incident._in_company_terms()
            taker = self.env["res.users"].browse(case.taker_id)
            incident._confirm(taker, "answer")
        return [case for case in cases if case not in taken]

    def _get_renewal(self, plan, case):
        """An answer keeps a confirmed incident by hand from starting again."""
        return None if case.is_answered else super()._get_renewal(plan, case)

    def _get_next(self, policy, steps, case):
        return None if case.is_answered else super()._get_next(policy, steps, case)

    # ------------------------------------------------------------------
    # What is read
    # ------------------------------------------------------------------

    def _sql_case_fields(self):
        """Add who has taken it by an answer; another message of the client is none."""
        columns = super()._sql_case_fields()
        return {
            **columns,
            "client_date": SQL(
                "CASE WHEN incident.kind != 'manual' THEN %s END",
                columns["client_date"],
            ),
            "taker_id": self._sql_taker(),
            # What sleeps has to wake, answered or not.
            "is_answered": SQL(
                "CASE WHEN incident.kind = 'manual' AND incident.state = 'confirmed' "
                "AND incident.snoozed_until IS NULL "
                "THEN clock.staff_date > incident.confirmed_date END"
            ),
        }

    def _sql_resolution(self):
        return SQL(
            """
            CASE WHEN incident.kind = 'manual' THEN
                CASE
                WHEN clock.idle_reason NOT IN ('muted', 'same_cause', 'no_policy')
                THEN clock.idle_reason
                WHEN clock.closed_date > incident.anchor_date THEN 'closed'
                END
            ELSE %s END""",
            super()._sql_resolution(),
        )

    def _sql_taker(self):
        """Find who has taken an incident by hand by answering the client.

        The person asked, the members of the receiving team, and who was told: any of
        them who speaks to the client is on it. It is no end: the hard part is not done.
        """
        return SQL(
            """
            CASE WHEN incident.kind = 'manual' AND incident.state = 'active' THEN (
                SELECT person.id
                  FROM helpdesk_escalation_handover handover
                  JOIN mail_message message
                    ON message.model = 'helpdesk.ticket'
                   AND message.escalation_party = 'staff'
                   AND message.res_id = incident.ticket_id
                   AND message.id > incident.anchor_message_id
                   AND (incident.round_date IS NULL
                        OR message.create_date > incident.round_date)
                  JOIN res_users person ON person.partner_id = message.author_id
                 WHERE handover.id = incident.handover_id
                   AND person.id != handover.user_id
                   AND (person.id = handover.to_user_id
                        OR EXISTS (
                            SELECT FROM helpdesk_ticket_team team
                             WHERE team.id = handover.to_team_id
                               AND team.user_id = person.id)
                        OR EXISTS (
                            SELECT FROM helpdesk_ticket_team_res_users_rel member
                             WHERE member.helpdesk_ticket_team_id = handover.to_team_id
                               AND member.res_users_id = person.id)
                        OR EXISTS (
                            SELECT FROM helpdesk_escalation_notification line
                             WHERE line.incident_id = incident.id
                               AND line.user_id = person.id
                               AND line.state IN ('pending', 'sent')))
              ORDER BY message.id
                 LIMIT 1) END
            """
        )
