from odoo import fields, models
from odoo.tools import SQL


class HelpdeskEscalationEngine(models.AbstractModel):
    """Incidents by hand: the receiver is told at once, then the policy watches."""

    _inherit = "helpdesk.escalation.engine"

    def _hand_over(self, brief, note):
        """Open the incident of a handover and tell the receiver, in this transaction.

        The policy that counts for the ticket from now on runs on it until somebody
        confirms, counted from this moment. Without a policy the receiver is told all
        the same, and nobody after.

        :param brief: the handover, as superuser; the ticket has been moved
        :param note: the message that keeps the brief; what is said later is an answer
        :return: the incident
        """
        self.env.flush_all()
        now = fields.Datetime.now()
        clock = self.env["helpdesk.escalation.clock"].browse(brief.ticket_id.id)
        clock.invalidate_recordset()
        incident = (
            self.env["helpdesk.escalation.incident"]
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create(
                {
                    "kind": "manual",
                    "ticket_id": brief.ticket_id.id,
                    "brief_id": brief.id,
                    "policy_id": clock.policy_id.id,
                    "anchor_date": now,
                    "anchor_message_id": note.id,
                    "step_date": now,
                }
            )
        )
        (incident,) = self._in_company_terms(incident)
        values, reached = self._with_env_of(incident)._get_receiver_values(incident)
        incident.nobody_reached = not reached
        words = self._with_env_of(incident)._get_step_words(
            incident.env._("Handed over"), values
        )
        self._tell(incident, values, {incident: [words]})
        # Mails are written by the job, which comes at once.
        self.env.ref("helpdesk_escalation.ir_cron_escalate")._trigger()
        return incident

    def _get_receiver_values(self, incident):
        """Work out whom a handover tells: the first of these who can be told (R7).

        The person it is for; else the leader of the receiving team; else its members;
        else the same people as after the last step of a policy.

        :return: values of notifications, and whether anybody was reached
        """
        brief = incident.brief_id
        policy = incident.policy_id
        step = self.env["helpdesk.escalation.step"]
        team = brief.to_team_id or brief.ticket_id.team_id
        channels = ["activity"]
        if team.escalation_mail_receiver:
            channels.append("email")
        all_values, told = [], set()
        for users in (
            brief.to_user_id,
            team.user_id - brief.user_id,
            team.user_ids - brief.user_id,
        ):
            reached_any = False
            for channel in channels:
                values, reached = self._get_user_values(
                    incident, policy, step, users, told, channel
                )
                for value in values:
                    value["step_name"] = self.env._("Handed over")
                all_values += values
                reached_any |= reached
            if reached_any:
                return all_values, True
        values, reached = self._get_fallback_values(incident, policy, step, told)
        return all_values + values, reached

    def _pass_on_by_hand(self, incident):
        """Notify whom a policy would fall back on, where none watches a handover (R7).

        :param incident: one on which nobody notified is left
        """
        step = self.env["helpdesk.escalation.step"]
        values, reached = self._with_env_of(incident)._get_fallback_values(
            incident, incident.policy_id, step, set()
        )
        incident.nobody_reached = not reached
        words = self._with_env_of(incident)._get_step_words(
            incident.env._("Fallback"), values
        )
        self._tell(incident, values, {incident: [words]})

    def _sql_taker(self):
        """Find who has taken an incident by hand by answering the client.

        The person asked, the members of the receiving team, and who was told: any of
        them who speaks to the client is on it. It is no end: the hard part is not done.
        """
        return SQL(
            """
            CASE WHEN incident.kind = 'manual' AND incident.state = 'active' THEN (
                SELECT person.id
                  FROM helpdesk_escalation_brief brief
                  JOIN mail_message message
                    ON message.model = 'helpdesk.ticket'
                   AND message.escalation_party = 'staff'
                   AND message.res_id = incident.ticket_id
                   AND message.id > incident.anchor_message_id
                   AND (incident.round_date IS NULL
                        OR message.create_date > incident.round_date)
                  JOIN res_users person ON person.partner_id = message.author_id
                 WHERE brief.id = incident.brief_id
                   AND person.id != brief.user_id
                   AND (person.id = brief.to_user_id
                        OR EXISTS (
                            SELECT FROM helpdesk_ticket_team team
                             WHERE team.id = brief.to_team_id
                               AND team.user_id = person.id)
                        OR EXISTS (
                            SELECT FROM helpdesk_ticket_team_res_users_rel member
                             WHERE member.helpdesk_ticket_team_id = brief.to_team_id
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

    def _take(self, cases):
        """Confirm the incidents by hand whose receiver has answered the client.

        :return: the other cases
        """
        taken = [case for case in cases if case.taker_id and not case.resolution]
        for case in taken:
            incident = self.env["helpdesk.escalation.incident"].browse(case.incident_id)
            (incident,) = self._in_company_terms(incident)
            taker = self.env["res.users"].browse(case.taker_id)
            incident._confirm(taker, "answer")
        return [case for case in cases if case not in taken]
