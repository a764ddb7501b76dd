import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

_logger = logging.getLogger(__name__)

NEWS_JOB = "helpdesk_escalation_handover.ir_cron_news"
NEWS_TYPE = "helpdesk_escalation_handover.mail_activity_type_news"
OPEN_STATES = ("promised", "reminded", "late")
# So long before the promised moment the team is reminded, as it can still keep it.
REMIND_BEFORE = timedelta(hours=1)
# So long it has at least until the client is informed.
REMIND_AT_LEAST = timedelta(minutes=15)


class HelpdeskEscalationHandover(models.Model):
    """The promise "you will hear from us by": kept, or the team is reminded of it.

    First the team, by an activity; the client only where that was chosen, and never
    before the team had some time.
    """

    _inherit = "helpdesk.escalation.handover"

    def _promise_news(self):
        """Watch over what the client was promised when the ticket was handed over."""
        self.news_state = "promised"
        self.env.ref(NEWS_JOB)._trigger(at=self.news_by - REMIND_BEFORE)

    @api.model
    def _cron_see_to_news(self):
        """See to the promises whose moment is near or past: one transaction each."""
        # As the system, whoever lets it run.
        self = self.with_user(SUPERUSER_ID)
        now = fields.Datetime.now()
        due = self.search(
            [
                ("news_state", "in", OPEN_STATES),
                ("news_by", "<=", now + REMIND_BEFORE),
            ],
            order="news_by, id",
        )
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(due))
        for handover in due:
            try:
                handover._see_to_news(now)
            except Exception:
                self.env.cr.rollback()
                _logger.warning(
                    "The promise of handover %s could not be seen to",
                    handover.id,
                    exc_info=True,
                )
            if not progress._commit_progress(1):
                break

    def _see_to_news(self, now):
        """Remind the team of a promise, then inform the client if that was chosen."""
        # What somebody else holds is left to the next run.
        if not lock_rows(self):
            return
        self.invalidate_recordset()
        self = self.with_company(self.company_id)
        end = self._get_end_of_promise()
        if end:
            self.news_state = end
            self._find_news_activities().unlink()
        elif self.news_state == "promised":
            self._remind_of_news()
            self.news_state = "reminded"
            self.news_reminded_date = now
            self.env.ref(NEWS_JOB)._trigger(at=max(self.news_by, now + REMIND_AT_LEAST))
        elif self.news_state == "reminded" and self.news_by <= now:
            if self.news_reminded_date + REMIND_AT_LEAST > now:
                return
            self.news_state = "late"
            if (
                self.tell_client_late
                and self.client_reachable
                and self._get_client_template("late")
            ):
                self._inform_client("late")

    def _get_end_of_promise(self):
        """Say how a promise has ended: kept, or not needed any more; else nothing."""
        ticket = self.ticket_id
        note_id = max(self.incident_ids.mapped("anchor_message_id"), default=0)
        answers = [
            ("model", "=", ticket._name),
            ("res_id", "=", ticket.id),
            ("escalation_party", "=", "staff"),
            ("id", ">", note_id)
            if note_id
            else ("create_date", ">", self.handover_date),
        ]
        if self.env["mail.message"].search_count(answers, limit=1):
            return "kept"
        if not ticket.active or ticket.closed or ticket.duplicate_id:
            return "over"
        later = [
            ("ticket_id", "=", ticket.id),
            ("id", ">", self.id),
            ("news_state", "!=", False),
        ]
        return "over" if self.search_count(later, limit=1) else None

    def _remind_of_news(self):
        """Give whoever has the ticket an activity; nobody becomes a follower by it."""
        self.ticket_id._escalation_remind(
            self._get_reminded_users(),
            NEWS_TYPE,
            lambda env: env._(
                "The client was promised news by %s",
                env["helpdesk.escalation.incident"]._format_moment_for_all(
                    self.news_by
                ),
            ),
            False,
        )

    def _get_reminded_users(self):
        """Return the first of these who can be: the responsible, the leader, the team.

        Where none of them is there, who promised it.
        """
        ticket = self.ticket_id
        team = ticket.team_id
        reached = self.user_id.browse()
        for users in (ticket.user_id, team.user_id, team.user_ids, self.user_id):
            users = users.filtered(
                lambda user: not user._escalation_unreachable_reason(ticket, "activity")
                and ticket.with_user(user).has_access("read")
            )
            there = users.filtered(lambda user: not user.is_escalation_away)
            if there:
                return there
            # Rather somebody who is away than nobody.
            reached = reached or users
        return reached

    def _find_news_activities(self):
        return self.ticket_id.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(NEWS_TYPE)
        )
