"""What the tests share: a small helpdesk, a clock to turn, and words for what happens.

Times are minutes after ``t0``. Nothing sleeps: the run is frozen at a minute, and what
people write is dated to one.
"""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools.mail import html_to_inner_content

from odoo.addons.mail.tests.common import MailCommon

from .scene import get_scene

OWN = "helpdesk_mgmt.group_helpdesk_user_own"
TEAM = "helpdesk_mgmt.group_helpdesk_user_team"
USER = "helpdesk_mgmt.group_helpdesk_user"
MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
AUDITOR = "helpdesk_escalation.group_helpdesk_escalation_auditor"


class PatientHttpCase(HttpCase):
    """Waits longer than Odoo's for a machine that runs other tests at the same time."""

    def url_open(self, url, *args, timeout=60, **kwargs):
        return super().url_open(url, *args, timeout=timeout, **kwargs)

    def browser_js(self, *args, **kwargs):
        return super().browser_js(*args, **{**kwargs, "timeout": 180})


class EscalationCommon(MailCommon):
    """A team with a leader and an agent, a director, a client, and a policy.

    The policy "Standard" is set on the team: the responsible by notification after 10
    minutes, the team leader by mail after 30, the director by mail after 60.
    """

    # Whether mails are sent within a quarter of an hour.
    queue_works = True

    @classmethod
    def setUpClass(cls):
        scene = get_scene(Stage)
        # Each time a clock is stopped all modules are looked through, unless one is
        # turned already: this one goes as the real one does.
        cls.enterClassContext(freeze_time(tick=True))
        # Not MailCommon's own: what it prepares is part of the scene.
        super(MailCommon, cls).setUpClass()
        cls._look_around()
        scene.show(cls)

    @classmethod
    def _look_around(cls):
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, mail_notrack=True)
        )
        cls.t0 = cls.env.cr.now().replace(microsecond=0)
        cls.cron = cls.env.ref("helpdesk_escalation.ir_cron_escalate")
        cls.incidents = cls.env["helpdesk.escalation.incident"]
        cls.notifications = cls.env["helpdesk.escalation.notification"]
        cls.policies = cls.env["helpdesk.escalation.policy"]

    @classmethod
    def _set_scene(cls):
        cls.agent = cls._new_user("esc_agent", TEAM)
        cls.leader = cls._new_user("esc_leader", USER)
        cls.director = cls._new_user("esc_director", "base.group_user")
        cls.manager = cls._new_user("esc_manager", MANAGER)
        cls.team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Support",
                "user_id": cls.leader.id,
                "user_ids": [Command.set((cls.agent + cls.leader).ids)],
            }
        )
        cls.client_company = cls.env["res.partner"].create(
            {"name": "ACME", "is_company": True, "email": "office@acme.example"}
        )
        cls.client = cls.env["res.partner"].create(
            {
                "name": "Carla Client",
                "email": "carla@acme.example",
                "parent_id": cls.client_company.id,
            }
        )
        cls.policy = cls._new_policy(
            "Standard",
            {"delay": 10, "recipient": "responsible", "channel": "activity"},
            {"delay": 30, "recipient": "team_leader", "channel": "email"},
            {
                "delay": 60,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
                "channel": "email",
            },
        )
        cls._set_policy(cls.team, cls.policy)

    # ------------------------------------------------------------------
    # Setting the scene
    # ------------------------------------------------------------------

    @classmethod
    def _new_user(cls, login, groups, **values):
        values.setdefault("name", login)
        values.setdefault("email", f"{login}@helpdesk.example")
        values.setdefault("notification_type", "email")
        return new_test_user(cls.env, login=login, groups=groups, **values)

    @classmethod
    def _load_languages(cls, *codes):
        """Have people of some languages, and the core in these languages."""
        for code in codes:
            cls.env["res.lang"]._activate_lang(code)
        addon = cls.env["ir.module.module"].search(
            [("name", "=", "helpdesk_escalation")]
        )
        addon._update_translations(list(codes))

    @classmethod
    def _new_policy(cls, name, *steps, **values):
        values.setdefault("start_date", cls.t0 - timedelta(days=365))
        return cls.env["helpdesk.escalation.policy"].create(
            {
                "name": name,
                "step_ids": [Command.create(step) for step in steps],
                **values,
            }
        )

    @classmethod
    def _set_policy(cls, holder, policy):
        """Set a policy on a team, client or company, as if it had been there long."""
        holder.write(
            {
                "escalation_policy_id": policy.id,
                "escalation_policy_date": cls.t0 - timedelta(days=365),
            }
        )

    @classmethod
    def _new_ticket(cls, minute=0, **values):
        """Create a ticket of the client, assigned to the agent, at a minute."""
        values.setdefault("name", "The printer is on fire")
        values.setdefault("description", "<p>Please help</p>")
        values.setdefault("team_id", cls.team.id)
        values.setdefault("user_id", cls.agent.id)
        values.setdefault("partner_id", cls.client.id)
        ticket = cls.env["helpdesk.ticket"].create(values)
        cls._date(ticket, minute)
        cls._date(ticket.message_ids, minute)
        return ticket

    @classmethod
    def _date(cls, records, minute):
        """Move the creation of records to a minute."""
        cls.env.flush_all()
        if records:
            cls.env.cr.execute(
                f'UPDATE "{records._table}" SET create_date = %s WHERE id IN %s',
                [cls.t0 + timedelta(minutes=minute), tuple(records.ids)],
            )
        cls.env.invalidate_all()

    # ------------------------------------------------------------------
    # What people do
    # ------------------------------------------------------------------

    @classmethod
    def _client_writes(cls, ticket, minute, author=None):
        message = ticket.message_post(
            body="Is anybody there?",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=(author or cls.client).id,
        )
        cls._date(message, minute)
        return message

    @classmethod
    def _staff_answers(cls, ticket, minute, user=None):
        message = ticket.with_user(user or cls.agent).message_post(
            body="We are looking into it.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        cls._date(message, minute)
        return message.sudo()

    def _send_mails(self):
        """Let Odoo's queue send what waits in it; return how many it sent."""
        with self.mock_mail_gateway():
            self.env["mail.mail"].process_email_queue()
            return len(self._mails)

    def _assert_not_sent(self, mail):
        """Odoo's queue comes to the mail, and leaves it out."""
        self.assertEqual(self._send_mails(), 0)
        self.assertEqual(mail.state, "cancel")
        self.assertFalse(mail.failure_reason)

    @classmethod
    def _new_hours(cls, days, hour_from, hour_to):
        """Make working hours, the same on some days of the week, in UTC."""
        return cls.env["resource.calendar"].create(
            {
                "name": "Open",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Open",
                                "dayofweek": str(day),
                                "hour_from": hour_from,
                                "hour_to": hour_to,
                            }
                        )
                        for day in days
                    ),
                ],
            }
        )

    def _let_queue_send(self, minute):
        """Let Odoo's queue have sent what a run wrote until a minute, as it does."""
        self.notifications.search(
            [
                ("channel", "=", "email"),
                ("state", "=", "pending"),
                ("queued_date", "<=", self.t0 + timedelta(minutes=minute)),
                ("mail_id.state", "=", "outgoing"),
                ("mail_id.scheduled_date", "=", False),
            ]
        ).mail_id.state = "sent"

    def _at(self, minute):
        """Freeze the clock at a minute."""
        return freeze_time(self.t0 + timedelta(minutes=minute))

    def _run(self, minute):
        """Let the real cron job run at a minute."""
        if self.queue_works:
            self._let_queue_send(minute - 15)
        self.env.flush_all()
        with self._at(minute), self.enter_registry_test_mode():
            result = self.cron.method_direct_trigger()
        self.assertIs(result, True, "the job must never fail")
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # What came of it
    # ------------------------------------------------------------------

    def _incident(self, ticket):
        """The one incident of a ticket, whatever its state."""
        incident = self.incidents.search([("ticket_id", "=", ticket.id)])
        self.assertEqual(len(incident), 1)
        return incident

    def _told(self, ticket):
        """Who was told, in order: (user, channel)."""
        told = self.notifications.search(
            [("ticket_id", "=", ticket.id), ("state", "!=", "skipped")]
        )
        return [(notification.user_id, notification.channel) for notification in told]

    def _notes(self, ticket):
        """The story in the ticket's chatter, in order."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "notification"),
                ("is_internal", "=", True),
            ],
            order="id",
        )
        return [html_to_inner_content(message.body) for message in messages]


class Stage(EscalationCommon):
    """Prepares what all the others find."""

    @classmethod
    def setUpClass(cls):
        super(EscalationCommon, cls).setUpClass()
        cls._look_around()
        cls._set_scene()
