import logging

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.locks import lock_rows
from ..tools.mail_text import one_line

_logger = logging.getLogger(__name__)


class HelpdeskEscalationNotification(models.Model):
    _name = "helpdesk.escalation.notification"
    _description = "Escalation Notification"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _order = "id"
    _rec_name = "incident_id"

    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    ticket_id = fields.Many2one(
        related="incident_id.ticket_id", store=True, index=True, string="Ticket"
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    step_name = fields.Char(
        string="Step Fired", readonly=True, help="What the step said when it fired."
    )
    step_said = fields.Char(string="What the Step Said", compute="_compute_step_said")
    is_fallback = fields.Boolean(
        string="Fallback", readonly=True, help="Notified because a step reached nobody."
    )
    round = fields.Integer(readonly=True, default=1)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
    )
    substituted_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Stands In For",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
    )
    channel = fields.Selection(
        selection=[
            ("activity", "Notification"),
            ("email", "Email"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        selection=[
            ("pending", "Pending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
            ("skipped", "Skipped"),
        ],
        required=True,
        readonly=True,
        default="pending",
        index=True,
    )
    reason = fields.Char(readonly=True, help="Why the person was not notified.")
    sent_date = fields.Datetime(string="Sent On", readonly=True)
    attempts = fields.Integer(readonly=True, help="Failed tries to send the mail.")
    activity_id = fields.Many2one(
        comodel_name="mail.activity",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
    )
    queued_date = fields.Datetime(readonly=True, help="When the mail was written.")
    mail_id = fields.Many2one(
        comodel_name="mail.mail",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_system",
    )
    mail_message_id = fields.Many2one(
        comodel_name="mail.message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_system",
        help="What is left of the mail once it is sent: bounces name it.",
    )
    access_granted = fields.Boolean(
        readonly=True,
        help="The person could not see the ticket and may, until the incident ends.",
    )
    access_ended = fields.Boolean(
        readonly=True,
        help="The person could see the ticket until the incident ended, and no longer.",
    )

    # What mail templates may say. There is no link among it: that is made when we send.
    client_name = fields.Char(compute="_compute_what_to_say")
    ticket_name = fields.Char(compute="_compute_what_to_say")
    waited = fields.Char(compute="_compute_what_to_say")
    step_text = fields.Char(compute="_compute_what_to_say")
    headline = fields.Char(compute="_compute_what_to_say")
    sender = fields.Char(compute="_compute_sender")

    _told_once = models.UniqueIndex(
        "(incident_id, round, step_id, user_id, channel) "
        "WHERE state IN ('pending', 'sent') "
        "AND is_fallback IS NOT TRUE AND is_replaced IS NOT TRUE",
        "A step notifies a person once by a channel.",
    )

    @api.depends("is_fallback", "step_id", "step_name")
    @api.depends_context("lang")
    def _compute_step_said(self):
        """Say it in the reader's language where that is the very same (not the
        company's, in which it was kept): the step has not been edited since.
        """
        for notification in self:
            # Sudo: whoever reads it need not read policies.
            step = notification.sudo().step_id
            words = notification.step_name
            if words and notification.is_fallback:
                words = self.env._("Fallback")
            elif (
                words
                and step
                and not notification.received_as
                and step.write_date <= notification.create_date
            ):
                words = step.display_name
            notification.step_said = words

    @api.depends("ticket_id.company_id")
    @api.depends_context("uid")
    def _compute_sender(self):
        for company, notifications in self.grouped(
            lambda notification: notification.ticket_id.company_id
        ).items():
            notifications.sender = one_line(
                company.email_formatted or self.env.user.email_formatted
            )

    @api.depends("incident_id.anchor_date", "incident_id.step_label", "step_name")
    @api.depends_context("lang", "uid")
    def _compute_what_to_say(self):
        known = self._filtered_for_reader()
        unknown = self - known
        unknown.client_name = unknown.ticket_name = False
        unknown.waited = unknown.step_text = unknown.headline = False
        now = fields.Datetime.now()
        # Sudo: readers were left in only; names may be out of their sight.
        for notification, seen in zip(known, known.sudo(), strict=True):
            incident = seen.incident_id
            # They stand in subjects.
            notification.client_name = one_line(incident.client_name)
            notification.ticket_name = one_line(seen.ticket_id.display_name)
            notification.waited = self._format_wait(now - incident.anchor_date)
            notification.step_text = seen._get_step_text()
            notification.headline = one_line(seen._get_headline())

    def _get_headline(self):
        """Say in one line what it is about, where a client's wait is not all of it."""
        return False

    def _filtered_for_reader(self):
        """Keep those of which whoever is at work may know.

        Superuser rights alone do not count: Odoo's composers render templates with
        them, for everybody (R14).
        """
        user = self.env.user
        if user.id == SUPERUSER_ID:
            return self
        return self.filtered(lambda one: one.sudo().incident_id._may_be_seen_by(user))

    @api.model
    def _format_wait(self, waited):
        minutes = max(0, int(waited.total_seconds() // 60))
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if days:
            return self.env._("%(d)sd %(h)sh", d=days, h=hours)
        if hours:
            return self.env._("%(h)sh %(m)smin", h=hours, m=minutes)
        return self.env._("%smin", minutes)

    def _get_step_text(self):
        """Say which step of how many it was; what it said then if it is gone."""
        steps = self.incident_id.policy_id.step_ids.sorted()
        if self.step_id not in steps:
            return self.step_name
        return self.env._(
            "step %(number)s of %(total)s",
            number=list(steps).index(self.step_id) + 1,
            total=len(steps),
        )

    # ------------------------------------------------------------------
    # R9 Channels
    # ------------------------------------------------------------------

    def _deliver(self):
        """Tell the people: all notifications of one channel at once (R9).

        To add a channel: add it to the selections of step and notification and write
        ``_deliver_<channel>()``. It works within the run's transaction: it may create
        records and queue mails, it must not talk to another server.
        """
        for channel, notifications in self.grouped("channel").items():
            getattr(notifications, f"_deliver_{channel}")()

    @api.model
    def _activity_type(self):
        return self.env.ref(
            "helpdesk_escalation.mail_activity_type_escalation",
            raise_if_not_found=False,
        ) or self.env.ref("mail.mail_activity_data_todo")

    def _deliver_activity(self):
        self._grant_access()
        activity_type = self._activity_type()
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True, escalation_no_follow=True)
            .create([one._prepare_activity(activity_type) for one in self])
        )
        for notification, activity in zip(self, activities, strict=True):
            notification.activity_id = activity
        self.write({"state": "sent", "sent_date": fields.Datetime.now()})

    def _prepare_activity(self, activity_type):
        self.ensure_one()
        # Colleagues see it on the ticket too.
        here = self._in_terms_of_person().with_context(escalation_for_all=True)
        user = here.user_id
        ticket = here.ticket_id
        facts = [
            (here.env._("Client"), here.client_name),
            (here.env._("Waiting for"), here.waited),
            *here._get_holder_facts(),
            (here.env._("Policy"), here.incident_id.policy_id.name),
        ]
        if here.incident_id.cause_text:
            facts.append((here.env._("Cause"), here.incident_id.cause_text))
        if here.substituted_user_id:
            facts.append(
                (here.env._("You stand in for"), here.substituted_user_id.name)
            )
        return {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": ticket.id,
            "activity_type_id": activity_type.id,
            "automated": True,
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(here),
            "summary": here.env._("Client waiting for a reply (%s)", here.step_text),
            "note": here._render_note(facts),
        }

    def _render_note(self, facts):
        """Write the note of an activity from facts: (label, text), in their order."""
        return Markup("<br/>").join(Markup("%s: %s") % fact for fact in facts)

    def _get_holder_facts(self):
        """Return who has the ticket: (label, text)."""
        ticket = self.ticket_id
        facts = [
            (self.env._("Team"), ticket.team_id.complete_name),
            (
                self.env._("Responsible"),
                ticket.user_id.name or self.env._("Nobody yet"),
            ),
        ]
        return [(label, text) for label, text in facts if text]

    def _get_obstacle(self, channel):
        """Say why the person can no longer be notified by a channel (R7).

        :return: the reason, False where there is none
        """
        self.ensure_one()
        # Sudo: Odoo's queue may be anybody's.
        line = self.sudo()
        if not line.user_id:
            return line.env._("The user is gone.")
        return line.user_id._escalation_unreachable_reason(line.ticket_id, channel)

    def _in_terms_of_person(self):
        """Speak to the person, whoever is at work: in their language, as the system."""
        self.ensure_one()
        user = self.user_id
        return self.with_user(SUPERUSER_ID).with_context(lang=user.lang, tz=user.tz)

    def _deliver_email(self):
        """Open the ticket to them; the mails are written at the end of the run.

        Only then is it known how many mails a person would get.
        """
        self._grant_access()

    def _lock_and_reread(self):
        """Hold notifications, and read them anew: their incidents first, as all do.

        :return: those that nobody else holds
        """
        incidents = lock_rows(self.incident_id)
        held = lock_rows(self.filtered(lambda line: line.incident_id in incidents))
        held.invalidate_recordset()
        return held

    def _withdraw(self, keep_user=None):
        """Take back what is still on people's plates (R10, R11).

        :param keep_user: whose activity stays, as this person is on it
        """
        # Sudo: followers and lines are the system's.
        notifications = self.sudo()
        # People hand their activities on: it is whose activity it is now that counts.
        activities = notifications.activity_id.filtered(
            lambda activity: activity.active and activity.user_id != keep_user
        )
        # Without it, it is no notification that somebody takes away.
        notifications.filtered(
            lambda line: line.activity_id in activities
        ).activity_id = False
        activities.unlink()
        pending = notifications.filtered(lambda n: n.state == "pending")
        lock_rows(pending, wait=True)
        # Who holds a mail is handing it over: the run learns what becomes of it. The
        # others are left to the queue, which leaves them out: a change of ours would
        # end its work where it has just come to one of them.
        stopped = lock_rows(pending.mail_id).filtered(lambda mail: mail.state != "sent")
        unsent = pending.filtered(lambda n: not n.mail_id or n.mail_id in stopped)
        unsent.write({"state": "cancelled"})

    # ------------------------------------------------------------------
    # R8 Access
    # ------------------------------------------------------------------

    def _grant_access(self):
        """Let people read the one ticket they are told about, if they cannot (R8).

        A follower without subtypes may read the ticket and is sent nothing.
        """
        shut_out = {}
        for user, notifications in self.grouped("user_id").items():
            tickets = notifications.ticket_id.sudo(False).with_user(user)
            readable = set(tickets._filtered_access("read").ids)
            for one in notifications:
                if one.ticket_id.id not in readable:
                    shut_out.setdefault((one.ticket_id.id, user.partner_id.id), one)
        for key in self._add_silent_followers(shut_out):
            shut_out[key].access_granted = True

    @api.model
    def _add_silent_followers(self, wanted):
        """Create followers without subtypes.

        Whoever posts on a ticket becomes a follower too: when that happens at the same
        moment, it is to be tried again, which is no error for the log.

        :param wanted: pairs of ticket id and partner id
        :return: those of the pairs that did not follow before
        """
        if not wanted:
            return []
        self.env["mail.followers"].flush_model()
        self.env.cr.execute(
            SQL(
                "INSERT INTO mail_followers (res_model, res_id, partner_id) VALUES %s "
                "ON CONFLICT DO NOTHING RETURNING res_id, partner_id",
                SQL(", ").join(
                    SQL("('helpdesk.ticket', %s, %s)", *key) for key in wanted
                ),
            ),
            log_exceptions=False,
        )
        added = self.env.cr.fetchall()
        self.env["helpdesk.ticket"].invalidate_model(
            ["message_follower_ids", "message_partner_ids", "message_is_follower"]
        )
        return added

    @api.model
    def _keep_access(self, tickets, partner_ids):
        """Make who was lent access a follower like all others, who stays (R8).

        Odoo would have made them one: they spoke to the client, follow, or were added.
        It never raises: a mail may hang on it.
        """
        lent = self.search(
            [
                ("ticket_id", "in", tickets.ids),
                ("access_granted", "=", True),
                ("user_id.partner_id", "in", partner_ids),
            ]
        )
        if not lent:
            return
        subtypes = self.env["mail.message.subtype"]
        default, _internal, _external = subtypes.default_subtypes(tickets._name)
        try:
            with self.env.cr.savepoint():
                lent = lock_rows(lent)
                lent._get_lent_followers().subtype_ids = default
                lent.access_granted = False
        except Exception:
            _logger.info("Lent access to %s ends in time", tickets, exc_info=True)

    def _get_lent_followers(self):
        """Return the followers by whom access is lent: silent ones only."""
        lent = {(n.ticket_id.id, n.user_id.partner_id) for n in self}
        return (
            self.env["mail.followers"]
            .search(
                [
                    ("res_model", "=", "helpdesk.ticket"),
                    ("res_id", "in", self.ticket_id.ids),
                    ("partner_id", "in", self.user_id.partner_id.ids),
                    ("subtype_ids", "=", False),
                ]
            )
            .filtered(lambda follower: (follower.res_id, follower.partner_id) in lent)
        )

    def _revoke_access(self):
        """Take back the access that was lent; who follows for real stays (R8)."""
        granted = self.filtered("access_granted")
        if not granted:
            return
        granted._get_lent_followers().unlink()
        granted.write({"access_granted": False, "access_ended": True})
