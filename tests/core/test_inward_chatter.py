"""The incident's chatter faces inward, and what comes from outside counts (R2, R9)."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ..support.common import EscalationCommon, PatientHttpCase
from ..support.incoming import IncomingMail

THREAD = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_internal_thread"
REPLY = "odoo.addons.helpdesk_escalation.models.mail_thread_reply"


class InwardCommon(IncomingMail, EscalationCommon):
    """An incident that is open, and everybody who is not to hear of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._new_user("esc_portal", "base.group_portal")
        cls.leaver = cls._new_user("esc_leaver", "base.group_user")
        cls.leaver.action_archive()
        cls.outside = (
            cls.client
            + cls.client_company
            + cls.portal.partner_id
            + cls.leaver.partner_id
            + cls.env.ref("base.public_partner")
        )
        cls.inside = cls.agent.partner_id + cls.director.partner_id
        cls.everybody = cls.outside + cls.inside
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(10)
        self.incident = self._incident(self.ticket)
        self.threads = (self.incident, self.policy)

    def _each(self):
        for thread in self.threads:
            with self.subTest(model=thread._name):
                yield thread.with_user(self.manager)

    @contextmanager
    def _nobody_outside_hears(self):
        with self.mock_mail_gateway(), self.mock_datetime_and_now(self.t0):
            yield
        addresses = " ".join(
            str([mail["email_to"], mail["email_cc"], mail["headers"]])
            for mail in self._mails
        )
        for partner in self.outside.filtered("email"):
            self.assertNotIn(partner.email, addresses)
        self.assertFalse(self._new_mails.recipient_ids & self.outside)

    def _assert_named(self, message, partners):
        self.assertEqual(message.partner_ids, partners)
        self.assertFalse(message.notified_partner_ids & self.outside)


class TestNobodyOutsideIsNotified(InwardCommon):
    def test_by_a_message_of_code_or_an_automation(self):
        for thread in self._each():
            with self._nobody_outside_hears():
                message = thread.message_post(
                    body="Who takes it?",
                    subtype_xmlid="mail.mt_comment",
                    partner_ids=self.everybody.ids,
                    outgoing_email_to="carla@acme.example, stranger@nowhere.example",
                )
            self._assert_named(message, self.inside)
            self.assertFalse(message.outgoing_email_to)
            self.assertIn(self.director.partner_id, message.notified_partner_ids)

    def test_by_a_notification(self):
        for thread in self._each():
            with self._nobody_outside_hears():
                message = thread.message_notify(
                    body="Look!", partner_ids=self.everybody.ids
                )
                alone = thread.message_notify(
                    body="Look!", partner_ids=self.outside.ids
                )
            self._assert_named(message, self.inside)
            self.assertFalse(alone)

    def test_by_a_notification_about_it_from_elsewhere(self):
        for thread in self._each():
            with self._nobody_outside_hears():
                message = self.env["mail.thread"].message_notify(
                    body="Look!",
                    model=thread._name,
                    res_id=thread.id,
                    partner_ids=self.everybody.ids,
                )
            self._assert_named(message, self.inside)

    def test_by_an_address(self):
        """A colleague's own address is fine."""
        with self._nobody_outside_hears():
            message = self.incident.message_post(
                body="Look!", outgoing_email_to=f"x@y.example,{self.director.email}"
            )
        self.assertIn(self.director.email, message.outgoing_email_to)
        self.assertNotIn("x@y.example", message.outgoing_email_to)
        self.assertEqual(len(self._mails), 1)

    def test_by_naming_them_afterwards(self):
        for thread in self._each():
            message = thread.message_post(body="Who takes it?")
            for command in (
                [
                    Command.link(self.client.id),
                    Command.link(self.director.partner_id.id),
                ],
                [Command.set((self.client + self.director.partner_id).ids)],
                [Command.create({"name": "Somebody new"})],
                [self.client.id, self.director.partner_id.id],
            ):
                message.write({"partner_ids": command})
                self.assertFalse(message.partner_ids - self.director.partner_id)

    def test_by_a_template_on_it(self):
        for thread in self._each():
            template = self.env["mail.template"].create(
                {
                    "name": "All must know",
                    "model_id": self.env["ir.model"]._get_id(thread._name),
                    "subject": "Look!",
                    "body_html": "<p>Look!</p>",
                    "partner_to": ",".join(map(str, self.everybody.ids)),
                    "email_cc": "stranger@nowhere.example",
                    "use_default_to": False,
                    "auto_delete": False,
                }
            )
            with self._nobody_outside_hears():
                mail = self.env["mail.mail"].browse(
                    template.send_mail(thread.id, force_send=True)
                )
                thread.message_post_with_source(template)
                thread.message_mail_with_source(template)
            self.assertEqual(mail.recipient_ids, self.inside)
            self.assertFalse(mail.email_cc)

    def test_by_having_followed_as_a_colleague(self):
        """Who leaves, or becomes a portal user, hears no more."""
        self.incident.message_subscribe(self.director.partner_id.ids)
        self.director.action_archive()
        with self.mock_mail_gateway():
            message = self.incident.message_post(
                body="Public!", subtype_xmlid="mail.mt_comment"
            )
        self.assertFalse(self._mails)
        self.assertFalse(message.notified_partner_ids)

    def test_they_are_not_suggested(self):
        self.env["mail.message"].create(
            {
                "model": self.incident._name,
                "res_id": self.incident.id,
                "message_type": "email",
                "subtype_id": self.env.ref("mail.mt_comment").id,
                "author_id": self.client.id,
                "email_from": "stranger@nowhere.example",
                "incoming_email_cc": f"a@b.example, {self.leader.email}",
            }
        )
        for no_create in (True, False):
            suggested = self.incident._message_get_suggested_recipients(
                reply_discussion=True,
                no_create=no_create,
                additional_partners=self.client,
                primary_email="c@d.example",
            )
            ids = {one["partner_id"] for one in suggested}
            self.assertLessEqual(
                ids, {self.agent.partner_id.id, self.leader.partner_id.id}
            )

    def test_the_tickets_own_client_is_none_of_us_even_if_an_employee(self):
        self.ticket.partner_id = self.director.partner_id
        with self.mock_mail_gateway():
            message = self.incident.message_post(
                body="Difficult.",
                partner_ids=(self.director + self.manager).partner_id.ids,
            )
        self.assertEqual(message.partner_ids, self.manager.partner_id)
        self.incident.message_subscribe(self.director.partner_id.ids)
        self.assertNotIn(self.director.partner_id, self.incident.message_partner_ids)


class TestAPersonIsToldSo(InwardCommon):
    """On a screen, whoever chooses somebody outside is refused, by name."""

    def _refused(self):
        return self.assertRaisesRegex(UserError, "Only colleagues .* Carla Client")

    def _composer(self, thread, **values):
        return (
            self.env["mail.compose.message"]
            .with_user(self.manager)
            .create(
                {
                    "model": thread._name,
                    "res_ids": thread.ids,
                    "body": "<p>Look!</p>",
                    "subject": "Look!",
                    "partner_ids": [Command.set(self.everybody.ids)],
                    **values,
                }
            )
        )

    def test_in_the_composer(self):
        for thread in self._each():
            for mode in ("comment", "mass_mail"):
                with self._refused(), self._nobody_outside_hears():
                    self._composer(thread, composition_mode=mode).action_send_mail()
            with self.mock_mail_gateway():
                self._composer(
                    thread, partner_ids=[Command.set(self.inside.ids)]
                ).action_send_mail()
            self.assertTrue(self._mails)

    def test_in_a_mail_for_later(self):
        later = fields.Datetime.add(fields.Datetime.now(), days=1)
        for thread in self._each():
            with self._refused():
                self._composer(
                    thread, scheduled_date=later.isoformat(" ", "seconds")
                ).action_schedule_message()
            with self._refused():
                self.env["mail.scheduled.message"].with_user(self.manager).create(
                    {
                        "model": thread._name,
                        "res_id": thread.id,
                        "author_id": self.manager.partner_id.id,
                        "body": "Look!",
                        "partner_ids": [Command.set(self.everybody.ids)],
                        "scheduled_date": later,
                    }
                )

    def test_where_followers_are_added(self):
        for thread in self._each():
            wizard = self.env["mail.followers.edit"].with_user(self.manager)
            values = {
                "res_model": thread._name,
                "res_ids": str(thread.ids),
                "operation": "add",
                "notify": True,
            }
            with self._refused():
                wizard.create(
                    {**values, "partner_ids": [Command.set(self.everybody.ids)]}
                ).edit_followers()
            self.assertFalse(thread.message_partner_ids & self.outside)

    def test_elsewhere_all_is_as_ever(self):
        wizard = self.env["mail.followers.edit"].create(
            {
                "res_model": "helpdesk.ticket",
                "res_ids": str(self.ticket.ids),
                "partner_ids": [Command.set(self.client.ids)],
            }
        )
        wizard.edit_followers()
        self.assertIn(self.client, self.ticket.message_partner_ids)


class TestAPersonIsToldSoInTheChatter(InwardCommon, PatientHttpCase):
    def _call(self, route, **params):
        return self.make_jsonrpc_request(route, params)

    def _refused(self):
        return self.assertRaisesRegex(JsonRpcException, "UserError")

    @mute_logger("odoo.http")
    def test_who_mentions_somebody_outside(self):
        self.authenticate("esc_manager", "esc_manager")
        place = {"thread_model": self.incident._name, "thread_id": self.incident.id}
        before = self.incident.message_ids
        said = {"body": "Look!", "message_type": "comment"}
        for chosen in (
            {"partner_ids": self.client.ids},
            {"partner_emails": ["carla@acme.example"]},
        ):
            with self._refused():
                self._call("/mail/message/post", post_data={**said, **chosen}, **place)
        self.assertEqual(self.incident.message_ids, before)
        result = self._call(
            "/mail/message/post",
            post_data={**said, "partner_ids": self.director.partner_id.ids},
            **place,
        )
        message = self.env["mail.message"].browse(result["message_id"])
        self.assertEqual(message.partner_ids, self.director.partner_id)
        with self._refused():
            self._call(
                "/mail/message/update_content",
                message_id=message.id,
                update_data={"body": "Look!!", "partner_ids": self.client.ids},
            )


class TestNobodyOutsideFollows(InwardCommon):
    def _assert_no_followers_outside(self, thread):
        thread.invalidate_recordset()
        followers = thread.sudo().message_follower_ids.partner_id
        self.assertFalse(followers & self.outside)
        return followers

    def test_by_being_subscribed(self):
        for thread in self._each():
            sudo = thread.sudo()
            sudo.message_subscribe(self.everybody.ids)
            self.assertLessEqual(self.inside, self._assert_no_followers_outside(thread))
            subtype = self.env.ref("mail.mt_comment").ids
            sudo.message_subscribe(self.outside.ids, subtype_ids=subtype)
            sudo.message_partner_ids = [Command.link(self.client.id)]
            sudo.with_context(mail_post_autofollow=True).message_post(
                body="Look!", partner_ids=self.outside.ids
            )
            self._assert_no_followers_outside(thread)

    def test_by_an_automation(self):
        for thread in self._each():
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Follow",
                    "model_id": self.env["ir.model"]._get_id(thread._name),
                    "state": "followers",
                    "partner_ids": [Command.set(self.everybody.ids)],
                }
            )
            action.with_context(
                active_model=thread._name, active_id=thread.id, active_ids=thread.ids
            ).run()
            self._assert_no_followers_outside(thread)

    def test_by_a_follower_that_is_created_directly(self):
        for thread in self._each():
            for partner in self.outside:
                with self.assertRaisesRegex(ValidationError, "Only colleagues"):
                    self.env["mail.followers"].create(
                        {
                            "res_model": thread._name,
                            "res_id": thread.id,
                            "partner_id": partner.id,
                        }
                    )
            follower = self.env["mail.followers"].create(
                {
                    "res_model": thread._name,
                    "res_id": thread.id,
                    "partner_id": self.director.partner_id.id,
                }
            )
            with self.assertRaisesRegex(ValidationError, "Only colleagues"):
                follower.partner_id = self.client

    def test_by_an_activity(self):
        for thread in self._each():
            with self._nobody_outside_hears():
                self.env["mail.activity"].create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(thread._name),
                        "res_id": thread.id,
                        "activity_type_id": self.env.ref(
                            "mail.mail_activity_data_todo"
                        ).id,
                        "user_id": self.portal.id,
                    }
                )
            self._assert_no_followers_outside(thread)

    def test_by_taking_the_ticket(self):
        self.ticket.user_id = self.leader
        self.ticket.with_user(self.leader).message_post(
            body="I have it.", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        self._assert_no_followers_outside(self.incident)


class InwardMailCommon(InwardCommon):
    """An escalation mail went to the leader, and from there to wherever."""

    def setUp(self):
        super().setUp()
        self._run(31)
        notification = self.incident.notification_ids.filtered(
            lambda line: line.channel == "email"
        )
        with self.mock_mail_gateway():
            notification.mail_id.send()
        (self.sent,) = self._mails
        self.on_incident = self.incident.message_ids

    def _mail(self, sender, to=None, **headers):
        headers.setdefault("References", self.sent["message_id"])
        raw = self._raw(sender, To=to or self.sent["reply_to"], **headers)
        return self._receive_at(32, raw)

    def _receive_at(self, minute, raw):
        moment = fields.Datetime.add(self.t0, minutes=minute)
        with self.mock_datetime_and_now(moment), self.mock_mail_gateway():
            message = self._receive(raw)
        self.env.invalidate_all()
        return message

    def _assert_clients_message(self, message):
        self.assertEqual(
            (message.model, message.res_id), ("helpdesk.ticket", self.ticket.id)
        )
        self.assertEqual(message.escalation_party, "client")
        self.assertFalse(message.is_internal)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(self.incident.message_ids, self.on_incident)
        self.assertFalse(message.parent_id.model == self.incident._name)


class TestMailFromOutsideReachesTheIncident(InwardMailCommon):
    def test_of_the_client(self):
        message = self._mail(self.client.email_formatted)
        self.assertEqual(message.author_id, self.client)
        self._assert_clients_message(message)

    def test_of_an_unknown_sender(self):
        message = self._mail("carla.at.home@nowhere.example")
        self.assertFalse(message.author_id)
        self._assert_clients_message(message)

    def test_of_a_portal_user_and_of_a_leaver(self):
        for partner in self.portal.partner_id + self.leaver.partner_id:
            message = self._mail(partner.email_formatted)
            self.assertEqual(message.author_id, partner)
            self._assert_clients_message(message)

    def test_of_an_employee_who_is_the_client(self):
        self.ticket.partner_id = self.director.partner_id
        self._assert_clients_message(self._mail(self.director.email_formatted))

    def test_in_answer_to_a_note_on_the_incident(self):
        note = self.incident.with_user(self.leader).message_post(body="Who?")
        self.on_incident |= note
        message = self._mail(self.client.email, References=note.message_id)
        self._assert_clients_message(message)

    def test_sent_to_the_address_of_the_team(self):
        """Odoo alone would open another ticket."""
        tickets = self.env["helpdesk.ticket"].search_count([])
        self._assert_clients_message(self._mail(self.client.email, self.address))
        both = f"{self.sent['reply_to']}, {self.address}"
        self._assert_clients_message(self._mail(self.client.email, both))
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), tickets)

    def test_it_makes_the_client_wait(self):
        self._staff_answers(self.ticket, 31)
        self.assertEqual(self.incident.state, "resolved")
        self._mail(self.client.email)
        self.assertEqual(
            self.ticket.escalation_waiting_since,
            fields.Datetime.add(self.t0, minutes=32),
        )

    def test_with_all_that_is_attached(self):
        raw = "\n".join(
            [
                f"From: {self.client.email}",
                f"To: {self.sent['reply_to']}",
                "Subject: Re: Fire",
                f"References: {self.sent['message_id']}",
                "Message-Id: <photo@acme.example>",
                "MIME-Version: 1.0",
                'Content-Type: multipart/mixed; boundary="x"',
                "",
                "--x",
                "Content-Type: text/plain",
                "",
                "See the photo.",
                "--x",
                'Content-Type: image/png; name="fire.png"',
                'Content-Disposition: attachment; filename="fire.png"',
                "Content-Transfer-Encoding: base64",
                "",
                "aGVscA==",
                "--x--",
            ]
        )
        message = self._receive_at(32, raw)
        self._assert_clients_message(message)
        self.assertIn("See the photo.", message.body)
        attachment = message.attachment_ids
        self.assertEqual((attachment.name, attachment.raw), ("fire.png", b"help"))
        self.assertEqual(attachment.res_model, "helpdesk.ticket")

    def test_it_goes_to_colleagues_only_as_it_quotes_them(self):
        colleague = self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@acme.example"}
        )
        followers = self.client + colleague + self.agent.partner_id
        self.ticket.message_subscribe(followers.ids)
        message = self._mail("carla.at.home@nowhere.example")
        self.assertEqual(message.notified_partner_ids, self.agent.partner_id)
        self.assertEqual(len(self._mails), 1)

    def test_an_automatic_one_is_kept_there_and_counts_for_nothing(self):
        message = self._mail(self.client.email, Auto_Submitted="auto-replied")
        self.assertEqual(message.res_id, self.ticket.id)
        self.assertFalse(message.escalation_party)

    def test_of_a_vendor_where_a_company_sees_those_differently(self):
        """Nobody's word, and none for the incident either."""
        self.patch(
            self.env.registry["helpdesk.ticket"],
            "_escalation_is_client",
            lambda self, ticket, author: author == ticket.partner_id,
        )
        message = self._mail("help@vendor.example")
        self.assertEqual(message.res_id, self.ticket.id)
        self.assertEqual(message.model, "helpdesk.ticket")
        self.assertFalse(message.escalation_party)


class TestStaffAnswersAnEscalationMail(InwardMailCommon):
    def _assert_note(self, message, author):
        self.assertEqual(message.model, self.incident._name)
        self.assertEqual(message.res_id, self.incident.id)
        self.assertEqual(message.author_id, author.partner_id)
        self.assertTrue(message.is_internal)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(message.escalation_party)

    def test_it_stays_a_note_whoever_is_in_copy(self):
        message = self._mail(
            self.leader.email_formatted,
            Cc=f"{self.client.email}, {self.director.email}, x@y.example",
        )
        self._assert_note(message, self.leader)
        self.assertEqual(message.partner_ids, self.director.partner_id)
        self.assertNotIn("@y.example", message.incoming_email_cc)
        self.assertNotIn(self.client.email, message.incoming_email_cc)
        reached = [str([mail["email_to"], mail["headers"]]) for mail in self._mails]
        self.assertNotIn("acme.example", "".join(reached))

    def test_also_to_a_public_comment_there(self):
        comment = self.incident.with_user(self.manager).message_post(
            body="Well?", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        message = self._mail(self.leader.email, References=comment.message_id)
        self._assert_note(message, self.leader)

    def test_also_where_the_companys_address_is_the_teams(self):
        """Without a catchall it is what one answers to."""
        self.env.company.email = self.address
        notification = self.incident.notification_ids[-1:]
        sent = self.env["mail.message"].search(
            [("message_id", "=", self.sent["message_id"])]
        )
        sent.write({"email_from": self.address, "reply_to": self.address})
        self.assertTrue(notification)
        message = self._mail(self.leader.email, self.address)
        self._assert_note(message, self.leader)

    def test_passed_on_to_another_team_it_is_that_teams_ticket(self):
        other = self.env["helpdesk.ticket.team"].create({"name": "Second line"})
        other.alias_name = "second"
        message = self._mail(self.leader.email, f"second@{self.alias_domain}")
        ticket = self.env["helpdesk.ticket"].browse(message.res_id)
        self.assertEqual(message.model, "helpdesk.ticket")
        self.assertEqual(ticket.team_id, other)


class TestFaultOnTheWay(InwardMailCommon):
    """What goes wrong in our hooks never costs the mail."""

    def _python(self, *args, **kwargs):
        raise ValueError("a fault of ours")

    def _database(self, *args, **kwargs):
        self.env.cr.execute("SELECT 1/0")

    @contextmanager
    def _fault(self, model, method, error):
        with patch.object(self.env.registry[model], method, error):
            yield

    def test_in_deciding_where_a_mail_goes(self):
        for error in (self._python, self._database):
            for sender in (self.client, self.leader.partner_id):
                for headers in ({}, {"Auto_Submitted": "auto-replied"}):
                    with (
                        self.subTest(error=error.__name__, sender=sender.name),
                        self._fault("mail.thread", "_escalation_get_answered", error),
                        mute_logger("odoo.sql_db"),
                        self.assertLogs(REPLY, "ERROR") as logs,
                    ):
                        message = self._mail(sender.email, **headers)
                    self.assertIn("takes Odoo's own way", logs.output[0])
                    self.assertEqual(message.res_id, self.incident.id)
                    self.assertEqual(message.author_id, sender)
                    self.assertFalse(self._mails, "nobody outside hears")

    def test_in_telling_who_is_a_colleague(self):
        for error in (self._python, self._database):
            with (
                self._fault("res.partner", "_escalation_get_colleagues", error),
                mute_logger("odoo.sql_db"),
                self.assertLogs(THREAD, "ERROR"),
            ):
                message = self._mail(self.leader.email, Cc=self.client.email)
            self.assertEqual(message.res_id, self.incident.id)
            self.assertEqual(message.author_id, self.leader.partner_id)
            self.assertFalse(message.partner_ids)

    def test_in_telling_whose_addresses_are_in_copy(self):
        logger = "odoo.addons.helpdesk_escalation.models.mail_message_internal"
        for error in (self._python, self._database):
            with (
                self._fault("res.partner", "_escalation_keep_inside", error),
                mute_logger("odoo.sql_db"),
                self.assertLogs(logger, "ERROR"),
            ):
                message = self._mail(self.leader.email, Cc="x@y.example")
            self.assertEqual(message.res_id, self.incident.id)
            self.assertFalse(message.incoming_email_cc)
