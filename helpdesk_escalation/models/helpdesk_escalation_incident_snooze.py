from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.locks import lock_rows
from ..tools.program import is_program

# A client who hears nothing for longer is forgotten.
MAX_DAYS_ASLEEP = 90


class HelpdeskEscalationIncident(models.Model):
    """R10, snooze ("the client said Monday"): an incident sleeps until a moment.

    It is a confirmation that says until when. As nobody has to be on it meanwhile, it
    lasts whether or not who snoozed it is there. The moment, the client's next message,
    another team, a person, or whatever calls ``_wake`` ends it: a new round begins.
    """

    _inherit = "helpdesk.escalation.incident"

    snoozed_until = fields.Datetime(
        readonly=True,
        help="When the steps start again, unless the client writes before. Empty when "
        "it is not snoozed.",
    )
    snooze_reason = fields.Char(
        string="Why Snoozed",
        readonly=True,
        help="Why nobody has to be notified until then.",
    )
    snoozed_message_id = fields.Integer(
        readonly=True,
        help="The last message that who snoozed it knew of: a later one of the client "
        "wakes it.",
    )
    may_snooze = fields.Boolean(compute="_compute_may_snooze")
    may_wake = fields.Boolean(compute="_compute_may_snooze")

    @api.depends("state", "confirmed_by_id", "snoozed_until")
    @api.depends_context("uid")
    def _compute_may_snooze(self):
        user = self.env.user
        acting = self._filter_may_act(user)
        for incident in self:
            may = incident in acting
            incident.may_wake = may and incident._is_asleep()
            incident.may_snooze = may and (
                incident.state == "active"
                or incident._is_asleep()
                or incident.confirmed_by_id == user
                or incident.may_take_over
            )

    def _is_asleep(self):
        self.ensure_one()
        return self.state == "confirmed" and bool(self.snoozed_until)

    def write(self, vals):
        if "confirmed_by_id" in vals:
            # Whatever else is said of who is on it, it sleeps no more.
            vals = {
                "snoozed_until": False,
                "snooze_reason": False,
                "snoozed_message_id": False,
                **vals,
            }
        return super().write(vals)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_snooze(self):
        """Let it sleep until a moment: opens a small dialog."""
        self.ensure_one()
        self.check_access("read")
        return self.ticket_id.action_escalation_snooze()

    def action_wake(self):
        """Start the steps again before the moment has come (R6).

        :raise AccessError: when the user may not see or confirm the incident
        """
        self.ensure_one()
        self.check_access("read")
        return self._wake_checked(self.env.user)

    # ------------------------------------------------------------------
    # Sleep
    # ------------------------------------------------------------------

    @api.model
    def _check_snoozed_until(self, until):
        """Check the moment at which an incident is to wake.

        :param datetime until: naive UTC
        :raise UserError: when it has passed, or is too far ahead
        """
        now = fields.Datetime.now()
        if not until or until <= now:
            raise UserError(self.env._("Choose a moment that is still to come."))
        if until > now + timedelta(days=MAX_DAYS_ASLEEP):
            raise UserError(
                self.env._(
                    "You can snooze it for %s days at most. Choose an earlier moment.",
                    MAX_DAYS_ASLEEP,
                )
            )

    def _snooze_checked(self, user, until, reason, via, seen=None):
        """Let it, and all that is shown as one with it, sleep until a moment.

        Whoever may confirm may do so; where somebody else is on it, its leaders and
        managers.

        :param user: who sees the ticket
        :param datetime until: naive UTC
        :param str reason: why, in their words
        :param str via: one of the selection ``confirmed_via``
        :param int seen: the last message that counts that the user knew of
        :return: True, or a kind notice about the one that came too late
        :raise AccessError: when the user may not confirm it
        :raise UserError: when something speaks against it
        """
        self.ensure_one()
        self._check_snoozed_until(until)
        self._check_may_confirm(user)
        # Sudo: incidents are the system's; the right to it is checked.
        incidents = lock_rows(self._get_joint().sudo(), wait=True)
        asleep = incidents.filtered(lambda one: one._may_be_snoozed_by(user))
        if not asleep:
            return self._notify_too_late()
        known = asleep._find_last_messages_known()
        asleep._check_nothing_hushed_up(known, seen)
        former = asleep.confirmed_by_id - user
        for incident in asleep:
            incident.write(
                {
                    **self._prepare_confirmation(user, "api" if is_program() else via),
                    "snoozed_until": until,
                    "snooze_reason": reason,
                    "snoozed_message_id": known[incident],
                    "error": False,
                    "attempts": 0,
                    "retry_date": False,
                }
            )
        asleep.notification_ids._withdraw()
        words = self.env._(
            "%(name)s has snoozed the escalation until %(time)s: %(reason)s",
            name=user.name,
            time=self._format_moment_for_all(until),
            reason=reason,
        )
        asleep._log_on_tickets(dict.fromkeys(asleep, words), author=user)
        for person in former:
            asleep[:1]._inform_former(
                person,
                lambda env, ticket: env._(
                    "%(name)s has snoozed %(ticket)s, which you were on.",
                    name=user.name,
                    ticket=ticket,
                ),
            )
        return True

    def _may_be_snoozed_by(self, user):
        """Whether an open incident is a person's to snooze."""
        self.ensure_one()
        if self.state == "resolved" or not self._may_confirm(user):
            return False
        return (
            self.state == "active"
            or self._is_asleep()
            or self.confirmed_by_id == user
            or bool(self._filter_led_by(user))
        )

    def _check_nothing_hushed_up(self, known, seen):
        """Refuse what would silence more than who snoozes it knows of.

        :param dict known: the last message per incident
        :raise UserError: when the client has written meanwhile, more people have to be
            on it, or others wait for the same cause
        """
        if seen is not None and max(known.values()) > seen:
            raise UserError(
                self.env._(
                    "Somebody has written in the meantime. Please read it first."
                )
            )
        others = sum(self.ticket_id.mapped("escalation_same_cause_count"))
        if others:
            raise UserError(
                self.env._(
                    "%s other tickets have the same cause, and their clients would "
                    "hear nothing either. Say “I'm on it” instead, or take them off "
                    "first.",
                    others,
                )
            )

    # ------------------------------------------------------------------
    # Waking
    # ------------------------------------------------------------------

    def _wake_checked(self, user):
        """Wake it for a user who sees the ticket."""
        self.ensure_one()
        self._check_may_confirm(user)
        # Sudo: incidents are the system's; the right to it is checked.
        incidents = lock_rows(self._get_joint().sudo(), wait=True)
        asleep = incidents.filtered(lambda one: one._is_asleep())
        if not asleep:
            return self._notify_too_late()
        former = asleep.confirmed_by_id - user
        asleep._renew(fields.Datetime.now())
        words = self.env._("%s has woken the escalation.", user.name)
        asleep._log_on_tickets(dict.fromkeys(asleep, words), author=user)
        for person in former:
            asleep[:1]._inform_former(
                person,
                lambda env, ticket: env._(
                    "%(name)s has woken %(ticket)s, which you had snoozed.",
                    name=user.name,
                    ticket=ticket,
                ),
            )
        self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return True

    def _wake(self, plan, words):
        """Wake what sleeps of these within a run; a wing calls it for what cannot wait.

        :param words: a function from an environment in the company's language to a line
            that says why
        :return: the incidents that slept
        """
        asleep = self.filtered(lambda one: one._is_asleep())
        if not asleep:
            return asleep
        plan.known.clear()
        for speaking in asleep._in_company_terms():
            plan.tell({incident: [words(incident.env)] for incident in speaking})
            speaking._renew(plan.now)
        return asleep

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _get_state_sentence(self):
        # Sudo: names of people whom the reader may not see.
        incident = self.sudo()
        if not incident._is_asleep():
            return super()._get_state_sentence()
        return self.env._(
            "Snoozed by %(name)s until %(time)s: %(reason)s",
            name=incident.confirmed_by_id.name,
            time=self._format_moment(incident.snoozed_until),
            reason=incident.snooze_reason,
        )

    def _get_renewal_words(self, renewal):
        if renewal == "woken":
            return self.env._("The snooze is over: the steps start again.")
        if renewal == "heard":
            return self.env._(
                "The client wrote, which ends the snooze: the steps start again."
            )
        return super()._get_renewal_words(renewal)

    def _is_confirmed_anew(self, vals):
        """Who snoozes what they are on, or snoozed before, begins something else."""
        return super()._is_confirmed_anew(vals) or bool(
            self.confirmed_by_id and (self.snoozed_until or vals.get("snoozed_until"))
        )

    def _prepare_former_confirmation(self):
        return {
            **super()._prepare_former_confirmation(),
            "snoozed_until": self.snoozed_until,
            "snooze_reason": self.snooze_reason,
        }

    def _get_renewal_name(self, renewal):
        if renewal in ("woken", "heard"):
            return self.env._("Snooze over")
        return super()._get_renewal_name(renewal)

    def _prepare_current_stop(self):
        if not self.snoozed_until:
            return super()._prepare_current_stop()
        return self._prepare_snoozed_stop(
            self.confirmed_by_id.name,
            self.confirmed_date,
            self.snoozed_until,
            self.snooze_reason,
        )

    def _prepare_snoozed_stop(self, name, date, until, reason):
        """Say in the story who let it sleep, until when and why."""
        return {
            "time": self._format_moment(date),
            "title": self.env._(
                "Snoozed by %(name)s until %(time)s",
                name=name,
                time=self._format_moment(until),
            ),
            "text": reason,
            "icon": "fa-moon-o",
            "tone": "info",
        }

    def _get_page_title(self, state, notification):
        if state in ("done", "taken") and self._is_asleep():
            return self._get_state_sentence()
        return super()._get_page_title(state, notification)

    def _get_page_text(self, state):
        if state in ("done", "taken") and self._is_asleep():
            return self.env._("Nobody is notified before, unless the client writes.")
        return super()._get_page_text(state)

    @api.model
    def _get_dashboard_tiles(self):
        return [
            *super()._get_dashboard_tiles(),
            self._prepare_tile(
                "snoozed",
                self.env._("Snoozed"),
                self._name,
                [("state", "=", "confirmed"), ("snoozed_until", "!=", False)],
                "",
                always=False,
            ),
        ]


class HelpdeskEscalationConfirmation(models.Model):
    _inherit = "helpdesk.escalation.confirmation"

    snoozed_until = fields.Datetime(
        readonly=True, help="Until when it was to sleep; empty for who was on it."
    )
    snooze_reason = fields.Char(string="Why Snoozed", readonly=True)

    def _prepare_first_stop(self, name):
        if not self.snoozed_until:
            return super()._prepare_first_stop(name)
        return self.incident_id._prepare_snoozed_stop(
            name, self.date, self.snoozed_until, self.snooze_reason
        )

    def _get_end_words(self, name):
        if not self.snoozed_until or self.successor_id:
            return super()._get_end_words(name)
        if self.ended_by_id:
            return self.env._("%s has woken it", self.ended_by_id.name)
        return self.env._("The snooze is over: the steps start again")
