from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime, format_time

from ..tools.locks import lock_rows
from ..tools.mail_text import within_sentence
from ..tools.notices import CLOSE, make_notice
from ..tools.program import is_program
from .groups import STAFF_GROUP

MAX_DAYS_ON_IT = 30


class HelpdeskEscalationIncident(models.Model):
    _name = "helpdesk.escalation.incident"
    _description = "Escalation Incident"
    _inherit = [
        "helpdesk.escalation.ticket.access",
        "helpdesk.escalation.internal.thread",
    ]
    _order = "state, anchor_date, id"
    _mail_post_access = "read"

    # What
    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        context={"active_test": False},
    )
    kind = fields.Selection(
        selection=[("automatic", "Automatic"), ("other", "Other")],
        required=True,
        readonly=True,
        default="automatic",
    )
    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    anchor_date = fields.Datetime(
        string="Waiting Since",
        required=True,
        readonly=True,
        help="The moment the delays count from. It stays as it was when the incident "
        "opened, however often the client writes again.",
    )
    anchor_message_id = fields.Integer(
        readonly=True,
        help="The client's message that the wait began with; 0 for the ticket itself.",
    )

    # How far
    state = fields.Selection(
        selection=[
            ("active", "Active"),
            ("confirmed", "Confirmed"),
            ("resolved", "Resolved"),
        ],
        required=True,
        readonly=True,
        default="active",
        index=True,
        group_expand=True,
    )
    round = fields.Integer(
        readonly=True, default=1, help="How often the steps have been gone through."
    )
    round_date = fields.Datetime(
        string="Round Began",
        readonly=True,
        help="The moment the delays of a later round count from.",
    )
    live_round = fields.Integer(
        readonly=True,
        default=1,
        help="Whoever was notified in this round or later still counts as notified: "
        "only a change of hands begins a round that leaves it as it was.",
    )
    repeats = fields.Integer(
        readonly=True, help="How often the steps were repeated for want of an answer."
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Current Step",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The step that fired last.",
    )
    step_date = fields.Datetime(string="Step Fired", readonly=True)
    first_step_date = fields.Datetime(
        string="First Step Fired",
        readonly=True,
        help="When somebody was to be notified for the first time.",
    )
    last_fired_delay = fields.Integer(
        readonly=True,
        default=-1,
        help="The highest delay (minutes) that has fired in this round.",
    )
    skip_until_delay = fields.Integer(
        readonly=True,
        default=-1,
        help="Steps up to this delay (minutes) are passed over: another policy had "
        "come as far as this.",
    )
    fired_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        string="Policy of the Last Step",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The policy under which a step has fired last.",
    )
    notification_ids = fields.One2many(
        comodel_name="helpdesk.escalation.notification",
        inverse_name="incident_id",
        string="Notifications",
        readonly=True,
    )
    nobody_reached = fields.Boolean(
        readonly=True,
        help="Nobody could be notified so far, or nobody who was is left.",
    )

    # Confirmed, R10
    confirmed_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    confirmed_date = fields.Datetime(string="Confirmed On", readonly=True)
    confirmed_away = fields.Boolean(
        string="Confirmed While Away",
        readonly=True,
        help="Whoever is on it was on leave when they said so.",
    )
    confirmed_via = fields.Selection(
        selection=[
            ("email", "Email"),
            ("ticket", "Ticket"),
            ("dashboard", "Dashboard"),
            ("activity", "Activity"),
            ("popup", "Pop-up"),
            ("api", "API"),
        ],
        readonly=True,
    )

    on_it_until = fields.Datetime(
        string="On It By",
        readonly=True,
        help="Until when the person who confirmed wants to have answered. It replaces "
        "the policy's expiry.",
    )

    # Resolved, R11
    answered_date = fields.Datetime(
        string="Answered On",
        readonly=True,
        help="The moment of the answer that ended the incident.",
    )
    resolved_date = fields.Datetime(string="Resolved On", readonly=True)
    resolution = fields.Selection(
        selection=[
            ("answered", "Answered"),
            ("waived", "No answer needed"),
            ("closed", "Closed"),
            ("closed_waiting", "Closed while the client waited"),
            ("paused", "Not waiting for us"),
            ("archived", "Archived"),
            ("duplicate", "Duplicate"),
            ("muted", "Do not escalate"),
            ("same_cause", "Same cause as another ticket"),
            ("no_policy", "No policy any more"),
            ("other", "Other"),
        ],
        readonly=True,
    )
    resolved_by_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        help="Whose answer ended the incident, or who said that none is needed.",
    )

    # Faults, R13
    error = fields.Text(
        readonly=True, help="What went wrong at the last attempt. It is tried again."
    )
    attempts = fields.Integer(readonly=True, help="Failed tries in a row.")
    retry_date = fields.Datetime(string="Next Try", readonly=True)
    mail_failed = fields.Boolean(
        readonly=True, help="A mail could not be sent; the person got a notification."
    )

    # What whoever takes it should know
    standard = fields.Text(related="policy_id.standard")
    authority = fields.Text(related="ticket_id.team_id.escalation_authority")

    # The ticket's, for lists and cards
    company_id = fields.Many2one(related="ticket_id.company_id")
    team_id = fields.Many2one(related="ticket_id.team_id")
    user_id = fields.Many2one(related="ticket_id.user_id", string="Responsible")
    client_id = fields.Many2one(related="ticket_id.partner_id", string="Client")
    priority = fields.Selection(related="ticket_id.priority")
    step_label = fields.Char(compute="_compute_step_label", string="Step")
    notified_user_ids = fields.Many2many(
        comodel_name="res.users",
        compute="_compute_notified_user_ids",
        string="Notified",
    )
    may_confirm = fields.Boolean(compute="_compute_may_confirm")
    may_release = fields.Boolean(compute="_compute_may_confirm")
    may_assign = fields.Boolean(compute="_compute_may_confirm")

    _policy_of_automatic = models.Constraint(
        "CHECK (policy_id IS NOT NULL OR kind != 'automatic')",
        "An automatic incident has a policy.",
    )
    _open_ticket_uniq = models.UniqueIndex(
        "(ticket_id, kind) WHERE state != 'resolved'",
        "This ticket is being escalated already.",
    )

    @api.depends("ticket_id")
    def _compute_display_name(self):
        for incident in self:
            incident.display_name = incident.ticket_id.display_name

    @api.depends("step_id", "policy_id.step_ids")
    @api.depends_context("lang")
    def _compute_step_label(self):
        for incident in self:
            step = incident.step_id
            place = incident._get_step_place()
            if place:
                incident.step_label = self.env._(
                    "Step %(number)s of %(total)s · %(whom)s · %(channel)s",
                    number=place[0],
                    total=place[1],
                    whom=step._get_recipient_label(),
                    channel=step._get_channel_label(),
                )
            elif step:
                # Of the policy that counted before.
                incident.step_label = self.env._(
                    "%(whom)s · %(channel)s",
                    whom=step._get_recipient_label(),
                    channel=step._get_channel_label(),
                )
            else:
                incident.step_label = False

    def _get_step_place(self):
        """Return which step of how many fired last; None when it is gone, or of the
        policy that counted before.
        """
        self.ensure_one()
        steps = self.policy_id.step_ids.sorted()
        if self.step_id not in steps:
            return None
        return list(steps).index(self.step_id) + 1, len(steps)

    @api.depends("state", "notification_ids.state")
    def _compute_notified_user_ids(self):
        for incident in self:
            joint = incident
            if incident.state != "resolved":
                joint = incident._get_joint()
            incident.notified_user_ids = joint.notification_ids.filtered(
                lambda notification: notification.state in ("pending", "sent")
            ).user_id

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_may_confirm(self):
        user = self.env.user
        acting = self._filter_may_act(user)
        writable = self.ticket_id.sudo(False)._filtered_access("write")
        for incident in self:
            ticket = incident.ticket_id
            may = incident in acting
            incident.may_confirm = may and incident.state == "active"
            incident.may_release = (
                may
                and incident.state == "confirmed"
                and incident.confirmed_by_id == user
            )
            incident.may_assign = (
                may
                and ticket in writable
                and ticket.user_id != user
                and (not ticket.team_id or user in ticket.team_id.user_ids)
            )

    def _filter_may_act(self, user):
        """Return the open ones on which a person may act who reads them (R10).

        Who reads an incident may read its ticket.
        """
        internal = user._is_internal()
        staff = internal and user.has_group(STAFF_GROUP)
        return self.filtered(
            lambda one: (
                (staff or (internal and user in one.notification_ids.user_id))
                and one.state != "resolved"
                and not one.ticket_id._escalation_is_own(user)
            )
        )

    def _find_colleagues(self, partners):
        # An employee who is the ticket's client is no colleague in this.
        clients = self.sudo().ticket_id.partner_id
        return super()._find_colleagues(partners) - clients

    def unlink(self):
        self.notification_ids._withdraw()
        # Before the mails, which they point at: those go with the incident's messages.
        self.notification_ids.unlink()
        return super().unlink()

    # ------------------------------------------------------------------
    # R10 "I'm on it"
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Say "I'm on it" as the current user, from the dashboard (R10).

        Late or double clicks are answered kindly and change nothing.

        :return: True when all of them are the user's now; else a client action
            (``display_notification``) whose ``params["message"]`` says who is on it
        :rtype: bool | dict
        :raise AccessError: when the user may not see or confirm an incident
        """
        self.check_access("read")
        return self._confirm_checked(self.env.user, "dashboard")

    def _check_may_confirm(self, user):
        if not self._may_confirm(user):
            raise AccessError(
                self.env._(
                    "Only staff who can see the ticket can take it over, and not its "
                    "own client."
                )
            )

    def _confirm_checked(self, user, via, until=False):
        """Confirm for a user whose right to see the ticket was checked.

        :raise UserError: when the moment has passed, or is too far ahead
        :return: True, or a kind notice about the one that came too late
        """
        self._check_until(until)
        for incident in self:
            incident._check_may_confirm(user)
        via = "api" if is_program() else via
        taken = self._confirm(user, via, until)
        late = self.filtered(lambda one: not one._get_joint() & taken)
        return late[-1:]._notify_too_late() if late else True

    def _check_until(self, until):
        """Check the moment by which somebody wants to have answered.

        :param datetime until: naive UTC, or False for none
        :raise UserError: when it has passed, or is too far ahead
        """
        if until and until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a moment that is still to come."))
        self._check_not_too_far(until)

    def _check_not_too_far(self, until):
        # A client who hears nothing for longer is forgotten.
        if until and until > fields.Datetime.now() + timedelta(days=MAX_DAYS_ON_IT):
            raise UserError(
                self.env._(
                    "You can be on it for %s days at most. Choose an earlier moment.",
                    MAX_DAYS_ON_IT,
                )
            )

    def action_confirm_until(self):
        """Say "I'm on it" and by when: opens a small dialog."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("I'm on it by …"),
            "res_model": "helpdesk.escalation.confirm",
            "view_mode": "form",
            "target": "new",
            "context": {"default_incident_id": self.id},
        }

    def action_assign_me(self):
        """Take the ticket and say "I'm on it" in one go.

        :raise AccessError: when the user may not take the ticket
        """
        self.ensure_one()
        self.check_access("read")
        self.ticket_id.assign_to_me()
        # Sudo: taking the ticket may have taken it out of sight.
        if self.sudo().state != "active":
            return True
        return self._confirm_checked(self.env.user, "dashboard")

    def action_escalate_now(self):
        """Fire the next step at once, whatever the time.

        :return: a notice that names who is notified
        :raise AccessError: when the user may not confirm the incident either
        :raise UserError: when no step is left or somebody holds the incident
        """
        self.ensure_one()
        self.check_access("read")
        self._check_may_confirm(self.env.user)
        # As the system, which writes what has fired; the right to it was checked.
        names = self.sudo()._escalate_now(self.env.user)
        if not names:
            words = self.env._("Nobody could be notified: see below why.")
            return make_notice(words, "warning", following=CLOSE)
        words = self.env._("Notified: %s", names)
        return make_notice(words, "success", following=CLOSE)

    def action_release(self):
        """Take back one's own "I'm on it": the steps start again (R6).

        :raise UserError: when somebody else is on it, or nobody is
        """
        self.ensure_one()
        self.check_access("read")
        # Sudo: incidents are the system's; the right to it is checked before.
        incident = lock_rows(self.sudo(), wait=True)
        user = self.env.user
        if not incident._is_on_it(user):
            raise UserError(self.env._("Only who is on it can take that back."))
        incident._release(user)
        words = self.env._("%s is no longer on it.", user.name)
        incident._log_on_tickets({incident: words}, author=user)
        return True

    def action_open_ticket(self):
        """Open the ticket of the incident."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _may_confirm(self, user):
        """Whether a person may say "I'm on it": staff who can read the ticket.

        The ticket's client may not, even if an employee: nobody hushes up their own
        wait.
        """
        self.ensure_one()
        # Sudo: names of people whom the reader may not see.
        incident = self.sudo()
        ticket = incident.ticket_id
        if not user.active or not user._is_internal():
            return False
        if ticket._escalation_is_own(user):
            return False
        return (
            user.has_group(STAFF_GROUP) or user in incident.notification_ids.user_id
        ) and ticket.with_user(user).has_access("read")

    def _may_be_seen_by(self, user):
        """Whether a mail or its page may tell a person about the case: who could
        confirm it, so not the ticket's client.
        """
        return self._may_confirm(user)

    def _confirm(self, user, via, until=False):
        """Somebody is on it: no further step, nobody else is bothered (R10).

        Two at once meet at the row of the incident: the database lets one through and
        the other is tried again and comes too late.

        :param user: who takes it
        :param str via: one of the selection ``confirmed_via``
        :param datetime until: by when the person wants to have answered, naive UTC
        :return: the incidents that are this person's now, as superuser; the others
            came too late
        """
        # Sudo: incidents are the system's; the right to it is checked before.
        # With what screens show as one with them.
        joint = self.union(*(one._get_taken_with(user) for one in self))
        incidents = lock_rows(joint.sudo(), wait=True)
        active = incidents.filtered(lambda incident: incident.state == "active")
        taken = active._count_in(user, via)
        if taken:
            taken.write(
                {
                    **self._prepare_confirmation(user, via, until),
                    "error": False,
                    "attempts": 0,
                    "retry_date": False,
                }
            )
            taken.notification_ids._withdraw(keep_user=user)
            words = taken._get_confirmed_words(user, until)
            taken._log_on_tickets(dict.fromkeys(taken, words), author=user)
        return incidents.filtered(lambda incident: incident._is_on_it(user))

    @api.model
    def _prepare_confirmation(self, user, via, until=False):
        """Return what to write where somebody is on it from now."""
        now = fields.Datetime.now()
        return {
            "state": "confirmed",
            "confirmed_by_id": user.id,
            "confirmed_date": now,
            "confirmed_away": user.id in user._get_escalation_absences(now, now),
            "confirmed_via": via,
            "on_it_until": until,
        }

    def _count_in(self, user, via):
        """Return those that are confirmed now that one more person is on them."""
        return self

    def _is_on_it(self, user):
        """Whether a person has said "I'm on it", and still is."""
        self.ensure_one()
        return self.state == "confirmed" and self.confirmed_by_id == user

    def _get_people_on_it(self):
        """Return everybody who has said "I'm on it" in this round."""
        self.ensure_one()
        return self.confirmed_by_id

    def _release(self, user):
        """Take a person off what they are on: the steps start again (R6)."""
        self._lock_confirmed_by(user)._renew(fields.Datetime.now())

    def _get_confirmed_words(self, user, until):
        """Say for the ticket's chatter who is on it."""
        if not until:
            return self.env._("%s is on it.", user.name)
        return self.env._(
            "%(name)s is on it, by %(time)s.",
            name=user.name,
            time=self._format_moment_for_all(until),
        )

    def _get_joint(self):
        """Return all that screens show as one with this incident, itself included."""
        self.ensure_one()
        return self

    def _get_taken_with(self, user):
        """Return what a person takes who takes this one: all that is shown as one."""
        return self

    def _lock_confirmed_by(self, user):
        """Hold all that is shown as one with this, and that somebody is on."""
        joint = self._get_joint().filtered(
            lambda one: one.state == "confirmed" and one.confirmed_by_id == user
        )
        return lock_rows(joint, wait=True)

    def _renew(self, now):
        """Make an incident active again: a new round of the steps begins now (R4, R6).

        :param datetime now: the moment the delays of the new round count from
        """
        for incidents in self.grouped("round").values():
            incidents.write(
                {
                    **incidents[0]._prepare_round(now),
                    "live_round": incidents[0].round + 1,
                }
            )

    def _prepare_round(self, since):
        """Return what to write for a new round of the steps.

        :param since: the moment its delays count from, naive UTC; False for the
            moment that the incident counts from
        """
        return {
            "state": "active",
            "round": self.round + 1,
            "round_date": since,
            "skip_until_delay": -1,
            "last_fired_delay": -1,
            "confirmed_by_id": False,
            "confirmed_date": False,
            "confirmed_away": False,
            "confirmed_via": False,
            "on_it_until": False,
        }

    def _get_state_sentence(self):
        """Say in one kind sentence where the incident stands."""
        self.ensure_one()
        # Sudo: names of people whom the reader may not see.
        incident = self.sudo()
        if incident.state == "confirmed":
            return self.env._(
                "%(name)s has been on it since %(time)s",
                name=incident.confirmed_by_id.name,
                time=self._format_moment(incident.confirmed_date),
            )
        if incident.state == "resolved":
            labels = dict(self._fields["resolution"]._description_selection(self.env))
            return self.env._(
                "Resolved at %(time)s: %(why)s",
                time=self._format_moment(incident.resolved_date),
                why=within_sentence(labels.get(incident.resolution, ""), self.env.lang),
            )
        return self.env._("Waiting since %s", self._format_moment(incident.anchor_date))

    @api.model
    def _format_moment(self, moment):
        """Write a moment as people do: only the time when it is today."""
        if not moment:
            return ""
        timezone = self.env.tz.zone
        today = fields.Datetime.context_timestamp(self, fields.Datetime.now()).date()
        if fields.Datetime.context_timestamp(self, moment).date() == today:
            return format_time(self.env, moment, tz=timezone, time_format="short")
        return format_datetime(self.env, moment, tz=timezone, dt_format="short")

    @api.model
    def _format_moment_for_all(self, moment):
        """Write a moment into a text that is kept and that people read elsewhere (R9).

        It names its time zone, which is that of the company or of who writes.
        """
        if not moment:
            return ""
        return f"{self._format_moment(moment)} ({self.env.tz.zone})"

    def _notify_too_late(self):
        """Answer kindly a click that changes nothing."""
        return make_notice(self._get_state_sentence(), following=CLOSE)

    # ------------------------------------------------------------------
    # R11 End
    # ------------------------------------------------------------------

    def _resolve(self, resolution):
        """End incidents for good, with the reason (R11).

        :param str resolution: one of the selection of the same name
        """
        if not self:
            return
        messages = self._get_last_messages(resolution)
        now = fields.Datetime.now()
        for incident in self:
            message = messages.get(incident, self.env["mail.message"])
            incident.write(
                {
                    "state": "resolved",
                    "resolution": resolution,
                    "resolved_date": now,
                    "resolved_by_id": message.author_id.id,
                    "answered_date": resolution == "answered" and message.create_date,
                    "error": False,
                    "attempts": 0,
                    "retry_date": False,
                }
            )
        self.notification_ids._withdraw()
        self.notification_ids._revoke_access()
        labels = dict(self._fields["resolution"]._description_selection(self.env))
        self._log_on_tickets(
            {
                incident: self.env._(
                    "Escalation ended: answered by %s.", incident.resolved_by_id.name
                )
                if resolution == "answered" and incident.resolved_by_id
                else self.env._("Escalation ended: set to Do Not Escalate.")
                if resolution == "muted"
                else self.env._(
                    "Escalation ended: %s.",
                    within_sentence(labels[resolution], self.env.lang),
                )
                for incident in self
            }
        )

    def _get_last_messages(self, resolution):
        """Find what ended each incident: an answer or a waiver after its anchor."""
        party = {"answered": "staff", "waived": "waived"}.get(resolution)
        if not party:
            return {}
        messages = self.env["mail.message"].search_fetch(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "in", self.ticket_id.ids),
                ("escalation_party", "=", party),
            ],
            ["res_id", "author_id", "create_date"],
            order="id",
        )
        last = {message.res_id: message for message in messages}
        return {
            incident: last[incident.ticket_id.id]
            for incident in self
            if incident.ticket_id.id in last
            and last[incident.ticket_id.id].id > incident.anchor_message_id
        }

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    def _log_on_tickets(self, bodies, author=None):
        """Tell the ticket's story in its chatter, to staff and notifying nobody (R9).

        :param dict bodies: one short text per incident
        :param author: a user; the system's own account by default
        """
        self._log_notes(
            {incident.ticket_id.id: body for incident, body in bodies.items()}, author
        )

    @api.model
    def _log_notes(self, bodies, author=None):
        """Do the same with one text per ticket id."""
        if not bodies:
            return
        author = author or self.env["res.users"].browse(SUPERUSER_ID)
        tickets = self.env["helpdesk.ticket"].browse(bodies)
        tickets._message_log_batch(bodies, author_id=author.partner_id.id)
