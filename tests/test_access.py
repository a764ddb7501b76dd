"""R8 and R14: who sees and does what, and nobody anything else."""

from contextlib import closing
from inspect import isfunction

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tools import mute_logger

from .common import MANAGER, OWN, TEAM, USER, EscalationCommon

LINK = "helpdesk_escalation/confirm"
ADDON = "odoo.addons.helpdesk_escalation."
# Public by their nature; Odoo checks the access.
ORM_METHODS = {"create", "write", "unlink", "copy_data"}


class AccessCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})

    def _get(self, call):
        """What comes of a call, False when access is refused; it leaves no trace."""
        with closing(self.env.cr.savepoint()) as savepoint:
            try:
                return call() or False
            except AccessError:
                return False
            finally:
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()


class TestWhoMay(AccessCommon):
    """Every kind of user at every model and method; ``TICKET`` can read the ticket."""

    STAFF = {"own", "own_stranger", "team", "team_stranger", "user", "manager"}
    TICKET = {"own", "team", "user", "manager"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = {
            "company_id": cls.other_company.id,
            "company_ids": [Command.set(cls.other_company.ids)],
        }
        cls.people = {
            "own": cls._new_user("esc_own", OWN),
            "own_stranger": cls._new_user("esc_own_stranger", OWN),
            "team": cls.agent,
            "team_stranger": cls._new_user("esc_team_stranger", TEAM),
            "user": cls.leader,
            "manager": cls.manager,
            "manager elsewhere": cls._new_user("esc_elsewhere", MANAGER, **other),
            "employee": cls._new_user("esc_clerk", "base.group_user"),
            "client": cls._new_user(
                "esc_portal", "base.group_portal", partner_id=cls.client.id
            ),
            "public": cls.env.ref("base.public_user"),
        }
        cls.env["helpdesk.ticket.team"].create({"name": "Another", "user_ids": []})
        cls.spare = cls._new_policy(
            "Spare", {"delay": 10}, {"delay": 20}, company_id=cls.env.company.id
        )
        cls.ticket = cls._new_ticket(0, user_id=cls.people["own"].id)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.assertEqual(len(self.incident.notification_ids), 2)

    def _who(self, records, call):
        """Who gets something out of a call on records."""
        return {
            name
            for name, user in self.people.items()
            if self._get(lambda user=user: call(records.with_user(user)))
        }

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_model(self):
        nobody = set()
        clock = self.env["helpdesk.escalation.clock"].browse(self.ticket.id)
        notification = self.incident.notification_ids[0]
        table = (
            # records, a change, who reads, who writes
            (self.spare, {"name": "X"}, self.STAFF, {"manager"}),
            (self.spare.step_ids[0], {"delay": 5}, self.STAFF, {"manager"}),
            (self.incident, {"round": 2}, self.TICKET, nobody),
            (notification, {"reason": "X"}, self.TICKET, nobody),
            (clock, {"is_open": False}, nobody, nobody),
        )
        for records, values, readers, writers in table:
            itself = [("id", "in", records.ids)]
            copied = self.env[records._name]
            if records._name != clock._name:
                copied = records.copy_data()[0]
            for operation, call, expected in (
                ("read", lambda r: r.read(), readers),
                ("search", lambda r, d=itself: r.search(d), readers),
                ("count", lambda r, d=itself: r.search_count(d), readers),
                (
                    "group",
                    lambda r, d=itself: r._read_group(d, [], ["__count"])[0][0],
                    readers,
                ),
                (
                    "group by rpc",
                    lambda r, d=itself: r.formatted_read_group(
                        d, aggregates=["__count"]
                    )[0]["__count"],
                    readers,
                ),
                ("write", lambda r, v=values: r.write(v), writers),
                ("create", lambda r, v=copied: r.create(v or {}), writers),
                ("unlink", lambda r: r.unlink(), writers),
            ):
                with self.subTest(model=records._name, operation=operation):
                    self.assertEqual(self._who(records, call), expected)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_button(self):
        dialog = "helpdesk.escalation.confirm"
        buttons = (
            (self.ticket, "action_escalation_confirm", self.TICKET),
            (self.ticket, "action_escalation_open", self.TICKET),
            (self.ticket, "action_escalation_assign_me", {"team", "user"}),
            (self.incident, "action_confirm", self.TICKET),
            (self.incident, "action_confirm_until", self.TICKET),
            (self.incident, "action_open_ticket", self.TICKET),
            (self.incident, "action_escalate_now", self.TICKET),
            (self.incident, "action_assign_me", {"team", "user"}),
            (self.spare, "action_view_incidents", self.STAFF),
            (self.spare, "action_include_backlog", {"manager"}),
        )
        for records, name, expected in buttons:
            # Everybody who can read the ticket, and only they; nothing else goes wrong.
            def press(records, name=name):
                try:
                    return getattr(records, name)()
                except UserError as error:
                    if isinstance(error, AccessError):
                        raise
                    return False

            with self.subTest(model=records._name, button=name):
                self.assertEqual(self._who(records, press), expected)
        with self.subTest(model=dialog):
            self.assertEqual(
                self._who(
                    self.env[dialog],
                    lambda dialogs: dialogs.create(
                        {"incident_id": self.incident.id}
                    ).action_confirm(),
                ),
                self.TICKET,
            )
        self.assertEqual(
            {name for _records, name, _expected in buttons} | {"action_release"},
            {name for _model, name in self._public_methods()} - ORM_METHODS,
            "each public method of the addon is in the table above",
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_ones_own_confirmation_is_taken_back_while_one_sees_the_ticket(self):
        def take_back(incident):
            incident.sudo()._confirm(incident.env.user, "ticket")
            return incident.action_release()

        self.assertEqual(self._who(self.incident, take_back), self.TICKET)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_dialog_tells_nobody_the_name_of_a_ticket(self):
        """Odoo shows the name of a linked record to whoever may link to it."""
        dialogs = self.env["helpdesk.escalation.confirm"]
        values = {"incident_id": self.incident.id}
        named = self._who(dialogs, lambda d: d.create(values).read(["incident_id"]))
        self.assertEqual(named, self.TICKET)

    def test_an_ended_incident_is_no_obstacle_to_the_buttons_of_an_open_page(self):
        self._staff_answers(self.ticket, 31)
        self._run(32)
        self.assertEqual(self.incident.state, "resolved")
        ticket = self.ticket.with_user(self.leader)
        action = ticket.action_escalation_open()
        self.assertEqual(action["res_id"], self.incident.id, "the last one is shown")
        self.assertIs(ticket.action_escalation_assign_me(), True)
        self.assertEqual(self.ticket.user_id, self.leader)
        self.assertEqual(self.incident.state, "resolved")

    def _public_methods(self):
        """All methods of the addon that RPC can call: (model, method)."""
        for model_name, model in self.env.registry.items():
            for base in model.mro():
                if not base.__module__.startswith(ADDON):
                    continue
                for name, value in vars(base).items():
                    if isfunction(value) and not name.startswith("_"):
                        yield model_name, name

    def test_the_engine_is_out_of_reach(self):
        """Only buttons and what Odoo guards itself can be called from outside."""
        public = set(self._public_methods())
        self.assertIn(("helpdesk.ticket", "action_escalation_confirm"), public)
        for model, name in public:
            with self.subTest(model=model, method=name):
                self.assertTrue(name.startswith("action_") or name in ORM_METHODS)
        engine = self.env["helpdesk.escalation.engine"]
        names = {
            name
            for base in type(engine).mro()
            if base.__module__.startswith(ADDON)
            for name, value in vars(base).items()
            if isfunction(value)
        }
        self.assertIn("_cron_escalate", names)
        for name in names:
            with self.subTest(name), self.assertRaises(AccessError):
                get_public_method(engine, name)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_read_the_ticket_finds_nothing_around_it(self):
        """Neither by a domain that asks about the ticket, nor from a policy."""
        stranger = self.people["team_stranger"]
        incidents = self.incidents.with_user(stranger)
        for domain in (
            [],
            [("ticket_id.name", "ilike", "fire")],
            [("policy_id", "=", self.policy.id)],
            ["!", ("ticket_id", "=", False)],
        ):
            self.assertFalse(incidents.search(domain))
        self.assertFalse(self.notifications.with_user(stranger).search([]))
        self.assertFalse(self.policy.with_user(stranger).incident_count)
        self.assertEqual(self.policy.with_user(self.leader).incident_count, 1)

    def test_an_archived_ticket_keeps_its_readers(self):
        self.ticket.active = False
        self._run(35)
        self.assertEqual(self.incident.state, "resolved")
        for records in (self.incident, self.incident.notification_ids):
            found = self._who(
                records,
                lambda r: r.search([("id", "in", r.ids)]) and r.read(),
            )
            self.assertEqual(found, self.TICKET)

    def test_the_company_at_work_counts(self):
        """A manager of two companies who works in the other one just now."""
        manager = self._new_user(
            "esc_both",
            MANAGER,
            company_ids=[Command.set((self.env.company + self.other_company).ids)],
        )
        for records in (
            self.incident,
            self.incident.notification_ids,
            self.spare,
            self.spare.step_ids,
        ):
            itself = [("id", "in", records.ids)]
            here = records.with_user(manager)
            there = here.with_context(allowed_company_ids=self.other_company.ids)
            self.assertEqual(here.search(itself), records)
            self.assertFalse(there.search(itself))
            with self.assertRaises(AccessError):
                there.read(["display_name"])

    def test_outsiders_see_none_of_our_fields(self):
        self.team.show_in_portal = True
        for name in ("client", "public", "employee"):
            user = self.people[name]
            for record in (self.ticket, self.client, self.team):
                ours = [name for name in record._fields if "escalation" in name]
                self.assertTrue(ours)
                seen = record.with_user(user)
                self.assertFalse(set(ours) & set(seen.fields_get()))
                for field in ours:
                    with self.subTest(user=name, field=f"{record._name}.{field}"):
                        with self.assertRaises(AccessError):
                            seen.read([field])
                        with self.assertRaises(AccessError):
                            seen.search([(field, "!=", False)])
                        with self.assertRaises(AccessError):
                            seen.write({field: False})

    def test_the_client_sees_no_word_of_it_on_the_ticket(self):
        portal = self.people["client"]
        self.assertTrue(self.ticket.with_user(portal).has_access("read"))
        self.assertTrue(self._notes(self.ticket))
        seen = (
            self.env["mail.message"]
            .with_user(portal)
            .search(
                [("model", "=", "helpdesk.ticket"), ("res_id", "=", self.ticket.id)]
            )
        )
        self.assertFalse(seen & self.ticket.message_ids.filtered("is_internal"))
        self.assertFalse(
            self.env["mail.message"]
            .with_user(portal)
            .search([("model", "=like", "helpdesk.escalation.%")])
        )


class TestLentAccess(AccessCommon):
    """R8: the director is in no helpdesk group and is told all the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = [Command.set((cls.director + cls.leader).ids)]
        cls.policy = cls.team.escalation_policy_id = cls._new_policy(
            "Told", {"delay": 10, "recipient": "user", "user_ids": cls.told}
        )
        cls.ticket = cls._new_ticket(0)
        cls.another = cls._new_ticket(0)
        cls.another.escalation_muted = True

    def _reads(self, user, ticket=None):
        ticket = (ticket or self.ticket).with_user(user)
        return bool(ticket.search([("id", "=", ticket.id)])) and ticket.has_access(
            "read"
        )

    def _follower(self, user):
        return self.ticket.message_follower_ids.filtered(
            lambda follower: follower.partner_id == user.partner_id
        )

    def test_one_ticket_is_lent_and_taken_back_at_the_end(self):
        for channel in ("activity", "email"):
            with self.subTest(channel), closing(self.env.cr.savepoint()) as savepoint:
                self.policy.step_ids.channel = channel
                self.assertFalse(self._reads(self.director))
                self._run(10)
                self.assertTrue(self._reads(self.director))
                self.assertFalse(self._reads(self.director, self.another))
                self.assertFalse(
                    self.ticket.with_user(self.director).has_access("write")
                )
                self.ticket.with_user(self.director).action_escalation_confirm()
                self.assertTrue(self._reads(self.director), "who is on it reads on")
                self._staff_answers(self.ticket, 20)
                self._run(21)
                self.assertFalse(self._reads(self.director))
                self.assertFalse(self._follower(self.director))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_it_is_no_flood_of_mail(self):
        self._run(10)
        self.assertTrue(self._follower(self.director))
        self.assertFalse(self._follower(self.director).subtype_ids)
        message = self._client_writes(self.ticket, 15)
        self.assertFalse(
            message.notified_partner_ids & (self.director + self.leader).partner_id
        )

    def test_who_could_read_anyway_is_no_follower_by_our_activity(self):
        self._run(10)
        self.assertIn((self.leader, "activity"), self._told(self.ticket))
        self.assertFalse(self._follower(self.leader))

    def test_a_real_follower_stays_one(self):
        self.ticket.message_subscribe(self.director.partner_id.ids)
        subtypes = self._follower(self.director).subtype_ids
        self.assertTrue(subtypes)
        self._run(10)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertEqual(self._follower(self.director).subtype_ids, subtypes)
        self.assertTrue(self._reads(self.director))

    def test_who_follows_in_the_meantime_stays_a_follower(self):
        self._run(10)
        self.ticket.message_subscribe(
            self.director.partner_id.ids,
            subtype_ids=self.env.ref("mail.mt_comment").ids,
        )
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertTrue(self._reads(self.director))

    def test_an_activity_done_leaves_nobody_behind(self):
        self._run(10)
        activity = self.ticket.activity_ids.filtered(
            lambda activity: activity.user_id == self.director
        )
        activity.with_user(self.director).action_feedback()
        self.assertEqual(self._incident(self.ticket).confirmed_by_id, self.director)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertFalse(self._follower(self.director))
        self.assertFalse(self._reads(self.director))

    def test_every_end_takes_it_back(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        for values in (
            {"escalation_muted": True},
            {"stage_id": closed.id},
            {"duplicate_id": self.another.id},
            {"active": False},
        ):
            with self.subTest(values), closing(self.env.cr.savepoint()) as savepoint:
                self._run(10)
                self.assertTrue(self._reads(self.director))
                self.ticket.write(values)
                self._run(15)
                self.assertEqual(self._incident(self.ticket).state, "resolved")
                self.assertFalse(self._follower(self.director))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_never_another_companys_ticket(self):
        stranger = self._new_user(
            "esc_stranger",
            USER,
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        self.policy.company_id = False
        self.policy.step_ids.user_ids = stranger + self.leader
        self._run(10)
        line = self._incident(self.ticket).notification_ids.filtered(
            lambda notification: notification.user_id == stranger
        )
        self.assertEqual(line.state, "skipped")
        self.assertIn("No access to", line.reason)
        self.assertFalse(self._follower(stranger))
        self.assertFalse(self._reads(stranger))


class TestPersonalLink(AccessCommon):
    """Who has the link can act as the person: it is in their mail and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.notification = self.incident.notification_ids.filtered("mail_id")
        self.assertIn(LINK, self.notification.mail_id.body_html)

    def test_no_user_reads_it(self):
        admin = self.env.ref("base.user_admin")
        for user in (self.leader, self.manager, admin):
            seen = self.notification.with_user(user)
            self.assertNotIn("confirm_url", seen.fields_get())
            with self.assertRaises(AccessError):
                seen.read(["confirm_url"])
            with self.assertRaises(UserError):
                seen.export_data(["confirm_url"])
            for values in seen.read():
                self.assertNotIn(LINK, str(values))

    @mute_logger("odoo.models", "odoo.addons.mail.models.mail_render_mixin")
    def test_no_user_has_the_mail_rendered_for_them(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        for user in (self.leader, self.manager, self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(UserError, "confirm_url"):
                template.with_user(user).send_mail(
                    self.notification.id,
                    email_values={"recipient_ids": user.partner_id.ids},
                )

    def test_it_is_in_no_message(self):
        messages = self.env["mail.message"].search([("body", "ilike", LINK)])
        self.assertFalse(messages)
        self.assertFalse(self.env["mail.activity"].search([("note", "ilike", LINK)]))

    @mute_logger("odoo.models")
    def test_the_mail_itself_is_for_the_system_alone(self):
        mail = self.notification.mail_id
        for user in (self.leader, self.manager):
            with self.assertRaises(AccessError):
                mail.with_user(user).read(["body_html"])
            with self.assertRaises(AccessError):
                self.notification.with_user(user).read(["mail_id"])

    def test_it_leaves_with_the_mail(self):
        """Once the mail is sent, the database holds the link no more."""
        mail = self.notification.mail_id
        mail.state = "sent"
        self._run(35)
        self.assertEqual(self.notification.state, "sent")
        self.assertFalse(mail.exists())
