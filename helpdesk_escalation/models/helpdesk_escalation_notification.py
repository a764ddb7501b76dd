import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.tools import SQL

from ..tools.automatic_mail import AUTOMATIC_HEADERS
from ..tools.locks import lock_rows
from ..tools.mail_links import make_link, read_token

_logger = logging.getLogger(__name__)

DEFAULT_LINK_HOURS = 72
MAX_LINK_HOURS = 365 * 24
MAX_MAIL_ATTEMPTS = 3
MAIL_RETRY_MINUTES = 5
# More mails than this to one person in one run become one digest.
MAX_MAILS_AT_ONCE = 5


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
    is_fallback = fields.Boolean(
        string="Fallback", readonly=True, help="Told because a step reached nobody."
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
    stands_in_for_id = fields.Many2one(
        comodel_name="res.users",
        string="Stands In For",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
    )
    channel = fields.Selection(
        selection=[("activity", "Notification"), ("email", "E-mail")],
        string="By",
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
    reason = fields.Char(readonly=True, help="Why the person was not told.")
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
    sender = fields.Char(compute="_compute_sender")

    _told_once = models.UniqueIndex(
        "(incident_id, round, step_id, user_id, channel) "
        "WHERE state != 'skipped' AND NOT is_fallback",
        "A person is told once by a step and channel.",
    )

    @api.depends("ticket_id.company_id")
    @api.depends_context("uid")
    def _compute_sender(self):
        for company, notifications in self.grouped(
            lambda notification: notification.ticket_id.company_id
        ).items():
            notifications.sender = (
                company.email_formatted or self.env.user.email_formatted
            )

    @api.depends("incident_id.anchor_date", "incident_id.step_label", "step_name")
    @api.depends_context("lang", "uid")
    def _compute_what_to_say(self):
        known = self._filtered_for_reader()
        unknown = self - known
        unknown.client_name = unknown.ticket_name = False
        unknown.waited = unknown.step_text = False
        now = fields.Datetime.now()
        for notification, seen in zip(known, known.sudo(), strict=True):
            incident = seen.incident_id
            notification.client_name = incident.client_name
            notification.ticket_name = seen.ticket_id.display_name
            notification.waited = self._format_wait(now - incident.anchor_date)
            notification.step_text = seen._get_step_text()

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
            return self.env._("%(d)s d %(h)s h", d=days, h=hours)
        if hours:
            return self.env._("%(h)s h %(m)s min", h=hours, m=minutes)
        return self.env._("%s min", minutes)

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
        here = self._in_terms_of_person()
        user = here.user_id
        ticket = here.ticket_id
        facts = [
            (here.env._("Client"), here.client_name),
            (here.env._("Waiting for"), here.waited),
            (here.env._("Policy"), here.incident_id.policy_id.name),
        ]
        if here.incident_id.cause_text:
            facts.append((here.env._("Cause"), here.incident_id.cause_text))
        if here.stands_in_for_id:
            facts.append((here.env._("You stand in for"), here.stands_in_for_id.name))
        return {
            "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
            "res_id": ticket.id,
            "activity_type_id": activity_type.id,
            "automated": True,
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(here),
            "summary": here.env._("A client waits for an answer (%s)", here.step_text),
            "note": Markup("<br/>").join(
                Markup("%s: %s") % (label, value) for label, value in facts
            ),
        }

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

    def _hold(self):
        """Hold notifications, and read them anew: their incidents first, as all do.

        :return: those that nobody else holds
        """
        incidents = lock_rows(self.incident_id)
        held = lock_rows(self.filtered(lambda line: line.incident_id in incidents))
        held.invalidate_recordset()
        return held

    def _is_digestible(self):
        """Whether it may be a line of a digest, and is no letter of its own."""
        self.ensure_one()
        return True

    def _queue_mails(self):
        """Write the mails of a run: one a ticket, or one for all of a person's (R9)."""
        if not self:
            return
        pairs = []
        single = self.filtered(lambda notification: not notification._is_digestible())
        piles = []
        for of_person in (self - single).grouped("user_id").values():
            if len(of_person) > MAX_MAILS_AT_ONCE:
                piles.append(of_person)
            else:
                single += of_person
        reply_to = self._get_reply_to()
        digests = self.env["mail.mail"].create(
            [of_person._prepare_digest(reply_to) for of_person in piles]
        )
        for of_person, digest in zip(piles, digests, strict=True):
            pairs += [(notification, digest) for notification in of_person]
        for alike in single.grouped(
            lambda one: (one._get_mail_template(), one.ticket_id.company_id)
        ).values():
            pairs += alike._queue_template_mails(reply_to)
        for notification, mail in pairs:
            notification.mail_id = mail
            partner = notification.user_id.partner_id
            if mail.recipient_ids != partner:
                # Whatever the template says, this mail is for one person.
                mail.recipient_ids = partner
        self.write({"queued_date": fields.Datetime.now()})
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Name what our templates say plainly.

        Odoo fills such a text in as it is, which takes a fraction of evaluating it, and
        lets everybody edit it who may edit templates.
        """
        return (
            *super().mail_allowed_qweb_expressions(),
            "object.client_name",
            "object.headline",
            "object.sender",
            "object.step_text",
            "object.ticket_name",
            "object.user_id.lang",
            "object.user_id.partner_id.id",
            "object.waited",
        )

    def _get_mail_template(self):
        """Return the XML id of the template that a mail is written from."""
        return "helpdesk_escalation.mail_template_escalation"

    def _get_reply_to(self):
        """Return per company where people's answers go: Odoo files them (R9)."""
        return {
            company: incidents[0]._notify_get_reply_to()[incidents[0].id]
            for company, incidents in self.incident_id.grouped(
                lambda incident: incident.ticket_id.company_id
            ).items()
        }

    def _queue_template_mails(self, reply_to):
        """Queue one mail a notification; a broken template is not the end (R9).

        All are of one company and written from one template.

        :param dict reply_to: where answers go, per company
        :return: pairs of notification and mail
        """
        template = self.env.ref(self[0]._get_mail_template(), raise_if_not_found=False)
        try:
            with self.env.cr.savepoint():
                if template.model != self._name:
                    raise ValueError(f"The template is for {template.model}")
                mails = template.send_mail_batch(
                    self.ids, email_values=self._get_mail_values(reply_to)
                )
                pairs = list(zip(self, mails, strict=True))
                self._fill_in(pairs)
                return pairs
        except Exception:
            if len(self) > 1:
                return [
                    pair
                    for notification in self
                    for pair in notification._queue_template_mails(reply_to)
                ]
            _logger.warning(
                "The escalation mail template failed: built-in text used", exc_info=True
            )
        return [(self, self._queue_plain_mail(reply_to))]

    def _get_mail_values(self, reply_to):
        """Values that no template may change: internal, kept, to nobody else."""
        address = reply_to[self[0].ticket_id.company_id]
        return {
            **({"reply_to": address} if address else {}),
            "headers": repr(AUTOMATIC_HEADERS),
            "auto_delete": False,
            "is_notification": True,
            "email_to": False,
            "email_cc": False,
            "author_id": self.env.ref("base.partner_root").id,
            "message_type": "user_notification",
            "subtype_id": self.env.ref("mail.mt_note").id,
            "is_internal": True,
        }

    def _queue_plain_mail(self, reply_to):
        here = self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)
        values = here._prepare_built_mail(
            "helpdesk_escalation.mail_plain", here._get_plain_subject(), reply_to
        )
        return self.env["mail.mail"].create(values)

    def _get_plain_subject(self):
        """Put into one line what a mail without a template is about."""
        return self.env._(
            "%(client)s waits for %(waited)s: %(ticket)s",
            client=self.client_name,
            waited=self.waited,
            ticket=self.ticket_name,
        )

    def _prepare_digest(self, reply_to):
        """Make one mail with a list: nobody reads a dozen mails at once (R9)."""
        user = self.user_id
        here = self.with_context(lang=user.lang, tz=user.tz).sorted(
            lambda notification: notification.incident_id.anchor_date
        )
        subject = here.env._("%s tickets wait for an answer", len(here))
        return here._prepare_built_mail(
            "helpdesk_escalation.mail_digest", subject, reply_to
        )

    def _prepare_built_mail(self, view, subject, reply_to):
        """Make a mail from a view of our own, to the one person of these lines."""
        company = self.ticket_id.company_id[:1]
        hours = self._get_link_hours()
        lines = [notification._prepare_built_line(hours) for notification in self]
        values = {
            "subject": subject,
            "body_html": self.env["ir.qweb"]._render(
                view, {"lines": lines, "user": self.user_id}
            ),
            "recipient_ids": [Command.set(self.user_id.partner_id.ids)],
            "model": self._name,
            "res_id": self[0].id,
            **self._get_mail_values(reply_to),
        }
        if company.email_formatted:
            values["email_from"] = company.email_formatted
        return values

    def _prepare_built_line(self, hours):
        """Return what a mail without a template says of one ticket."""
        return {
            "object": self,
            "confirm_url": make_link(self, hours),
            "ticket_url": self._get_ticket_url(),
        }

    def _sync_mails(self, now):
        """Learn what became of queued mails; retry failed ones, then make do (R9).

        :param datetime now: naive UTC
        """
        for mail, notifications in self.grouped("mail_id").items():
            attempts = max(notifications.mapped("attempts")) + 1
            if mail.state == "sent":
                notifications.write({"state": "sent", "sent_date": now})
            elif "active" not in notifications.incident_id.mapped("state"):
                # It was on its way when somebody confirmed, and did not arrive.
                notifications.write({"state": "cancelled"})
            elif not mail or mail.state == "cancel":
                # Not by us: then the notification would be cancelled as well.
                reason = self.env._("The mail was taken out of the queue.")
                notifications.write({"state": "cancelled", "reason": reason})
                notifications._make_do()
            elif attempts < MAX_MAIL_ATTEMPTS:
                notifications.write({"attempts": attempts})
                retry_date = now + timedelta(minutes=MAIL_RETRY_MINUTES * attempts)
                mail.write({"state": "outgoing", "scheduled_date": retry_date})
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger(
                    at=retry_date
                )
            else:
                notifications._register_mail_failure(
                    mail.failure_reason or mail.failure_type
                )
        # Only the message stays, so that a reply finds its way.
        done = self.filtered(lambda notification: notification.state != "pending")
        done.mail_id.unlink()

    def _register_mail_failure(self, reason):
        """Count a failed try; after the last one people get a notification (R9)."""
        self.write({"attempts": max(self.mapped("attempts")) + 1, "reason": reason})
        failed = self.filtered(lambda n: n.attempts >= MAX_MAIL_ATTEMPTS)
        failed.write({"state": "failed"})
        failed.incident_id.write({"mail_failed": True})
        failed._make_do()

    def _make_do(self):
        """Tell by an activity whom no mail could tell: silence is no outcome (R9)."""
        activities = self.browse()
        for notification in self.filtered(lambda n: n.incident_id.state == "active"):
            activities += notification.copy(
                {
                    "channel": "activity",
                    "state": "pending",
                    "attempts": 0,
                    "mail_id": False,
                    "queued_date": False,
                    "reason": self.env._("The mail could not be sent."),
                }
            )
        activities._deliver()

    def _withdraw(self, keep_user=None):
        """Take back what is still on people's plates (R10, R11).

        :param keep_user: whose activity stays, as this person is on it
        """
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

    @api.model
    def _get_taken_back(self, mails):
        """Return those of the mails that nobody is to get any more (R10).

        A digest is about several tickets: it goes out while one of them waits.
        """
        lines = self.search([("mail_id", "in", mails.ids)])
        wanted = lines.filtered(lambda line: line.state != "cancelled")
        return lines.mail_id - wanted.mail_id

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

    # ------------------------------------------------------------------
    # R10 The signed link
    # ------------------------------------------------------------------

    @api.model
    def _get_link_hours(self):
        """Return how many hours the link in a mail is valid."""
        value = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("helpdesk_escalation.link_hours")
        )
        if not (value or "").isdecimal():
            return DEFAULT_LINK_HOURS
        return min(max(int(value), 1), MAX_LINK_HOURS)

    def _get_birth(self):
        """Tell apart the notifications that had the same number.

        Numbers are given again after an old backup was restored, and then the links
        that went out in between are about something else.
        """
        return int(self.create_date.timestamp() * 1000000)

    def _get_ticket_url(self):
        """Return where the ticket is read, by whoever may."""
        base_url = (self.get_base_url() or "").rstrip("/")
        return f"{base_url}/odoo/helpdesk.ticket/{self.ticket_id.id}"

    @api.model
    def _from_token(self, token):
        """Find the notification that a mail's link belongs to.

        :return: the notification as superuser (empty when the link is forged, cut off
            or of something long gone), and whether the link has expired
        :rtype: tuple[helpdesk.escalation.notification, bool]
        """
        nothing = self.sudo().browse()
        values = read_token(nothing.env, token)
        if not values:
            return nothing, False
        notification_id, expires, birth = values
        notification = nothing.browse(notification_id).exists()
        if not notification or notification._get_birth() != birth:
            return nothing, False
        return notification, expires < fields.Datetime.now().timestamp()
