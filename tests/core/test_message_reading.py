"""After installing, a job reads old messages; nobody is alarmed before it ends."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.models import helpdesk_escalation_message_reading

from ..support.answers import COMMENT, AnswerCommon
from ..support.common import OWN, USER
from ..support.first_install import MONTH, FirstInstallCommon

READING = helpdesk_escalation_message_reading.__name__


class ReadingCommon(FirstInstallCommon):
    def _read_some(self):
        """One call of the job, which has time for two messages."""
        self.env.flush_all()
        with (
            patch.object(helpdesk_escalation_message_reading, "BATCH_SIZE", 2),
            patch.object(helpdesk_escalation_message_reading, "RUN_SECONDS", 0),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            self.reading.with_env(self.env(cr=cr))._cron_read_messages()
        self.env.invalidate_all()

    def _old_server_posts(self, ticket, author, **values):
        """A message of a server that does not know of us yet."""
        message = self._comment(ticket, author, **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET escalation_party = NULL WHERE id = %s",
            [message.id],
        )
        self.env.invalidate_all()
        return message


class TestNothingBeforeItIsDone(ReadingCommon):
    def test_the_run_does_nothing_before_and_all_afterwards(self):
        ticket = self._new_ticket(-MONTH)
        self._client_writes(ticket, 0)
        self._install_only()
        self._run(60)
        self.assertFalse(self.incidents.search([]))
        self._read()
        self._run(60)
        self.assertEqual(len(self._told(ticket)), 3)

    def test_an_old_answer_is_known_before_anybody_is_alarmed(self):
        ticket = self._new_ticket(0)
        self._comment(ticket, self.agent.partner_id)
        self._install_only()
        self._run(60)
        self._read()
        self._run(65)
        self.assertFalse(self.incidents.search([]))

    def test_the_escalation_job_comes_at_once_when_it_is_done(self):
        self._comment(self._new_ticket(0), self.client)
        self._install_only()
        triggers = self.env["ir.cron.trigger"]
        of_run = [("cron_id", "=", self.cron.id)]
        triggers.search(of_run).unlink()
        self._read()
        self.assertTrue(triggers.search(of_run))

    def test_before_it_is_done_the_run_asks_one_question(self):
        self._comment(self._new_ticket(0), self.client)
        self._install_only()
        run = self.env["helpdesk.escalation.engine"]._cron_escalate
        run()  # whether there is news of mails is known from then on
        with self.assertQueryCount(1):
            run()

    def test_new_messages_are_judged_meanwhile(self):
        ticket = self._new_ticket(0)
        self._comment(ticket, self.client)
        self._install_only()
        question = self._client_writes(ticket, 5)
        answer = self._staff_answers(ticket, 6)
        self.assertEqual(question.escalation_party, "client")
        self.assertEqual(answer.escalation_party, "staff")

    def test_installing_on_an_empty_helpdesk_leaves_nothing_to_do(self):
        self.env["mail.message"].search([("model", "=", "helpdesk.ticket")]).unlink()
        self._install_only()
        self.assertIsNone(self.reading._get_progress())
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self._incident(ticket).state, "active")
        self._read()
        self.assertFalse(self.reading_job.active)


class TestStepByStep(ReadingCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket(minute=-MONTH)
        self.messages = self.env["mail.message"]
        for _turn in range(3):
            self.messages += self._comment(self.ticket, self.client)
            self.messages += self._comment(self.ticket, self.agent.partner_id)

    def test_it_ends_itself_when_all_is_read(self):
        self._install()
        self.assertEqual(
            self.messages.mapped("escalation_party"), ["client", "staff"] * 3
        )
        self.assertFalse(self.reading_job.active)
        self.assertIsNone(self.reading._get_progress())

    def test_the_newest_are_read_first(self):
        self._install_only()
        self._read_some()
        self.assertEqual(
            self.messages.mapped("escalation_party"),
            [False, False, False, False, "client", "staff"],
        )

    def test_a_run_that_broke_off_is_made_up_for(self):
        """What it had read is kept, and what it had not noted is read again."""
        self._install_only()
        parameter = self.reading._get_parameter()
        noted = parameter.value
        self._read_some()
        self._read_some()
        parameter.value = noted
        self._read()
        self.assertEqual(
            self.messages.mapped("escalation_party"), ["client", "staff"] * 3
        )
        self.assertFalse(self.reading_job.active)

    def test_it_goes_on_where_it_was(self):
        self._install_only()
        left = [self.reading._parse(self.reading._get_parameter().value).left]
        for _run in range(3):
            self._read_some()
            left.append(self.reading._parse(self.reading._get_parameter().value).left)
        self.assertEqual(left, sorted(set(left), reverse=True))

    def test_what_is_said_late_is_found_by_the_second_pass(self):
        """By a server that did not know of us: with a lower number, or a higher one."""
        self._install_only()
        late = self.messages[-2:]
        self._read_some()
        self.env.cr.execute(
            "UPDATE mail_message SET escalation_party = NULL WHERE id IN %s",
            [late._ids],
        )
        question = self._old_server_posts(self.ticket, self.client)
        answer = self._old_server_posts(self.ticket, self.agent.partner_id)
        self._read()
        self.assertEqual(late.mapped("escalation_party"), ["client", "staff"])
        self.assertEqual(question.escalation_party, "client")
        self.assertEqual(answer.escalation_party, "staff")

    def test_what_comes_in_during_the_second_pass_is_found_at_its_end(self):
        self._install_only()
        parameter = self.reading._get_parameter()
        while True:
            self._read_some()
            reading = self.reading._parse(parameter.value)
            if reading.top > reading.before:
                break
        question = self._old_server_posts(self.ticket, self.client)
        self.assertGreaterEqual(question.id, reading.top)
        self._read()
        self.assertEqual(question.escalation_party, "client")

    def test_an_automatic_reply_meanwhile_does_not_pass_for_an_answer(self):
        """What came without a party may have been judged: its headers are not kept."""
        self._install_only()
        question = self._comment(self.ticket, self.client)
        away = self._reply(
            question, self.agent.email_formatted, Auto_Submitted="auto-replied"
        )
        self.assertFalse(away.escalation_party)
        self._read()
        self.assertFalse(away.escalation_party)
        self.assertTrue(self.ticket.escalation_waiting_since)

    def test_a_mail_meanwhile_that_nobody_judged_counts_as_the_clients(self):
        self._install_only()
        mail = self._old_server_posts(self.ticket, self.client, message_type="email")
        self._read()
        self.assertEqual(mail.escalation_party, "client")

    @mute_logger(READING)
    def test_a_note_that_cannot_be_read_begins_anew(self):
        for value in ("", "half", "[]", '{"before": -1}', '{"before": "many"}', "7"):
            with self.subTest(value):
                self._install_only()
                self.env.cr.execute(
                    "UPDATE ir_config_parameter SET value = %s WHERE key = %s",
                    [value, helpdesk_escalation_message_reading.PARAMETER],
                )
                self.env.invalidate_all()
                self.assertEqual(self.reading._get_progress(), 0)
                self._read()
                self.assertIsNone(self.reading._get_progress())
                self.assertEqual(
                    self.messages.mapped("escalation_party"), ["client", "staff"] * 3
                )

    def test_numbers_may_have_gaps(self):
        """As after an import: no run is lost on what is not there."""
        self.env.cr.execute(
            "SELECT setval(pg_get_serial_sequence('mail_message', 'id'), 2000000000)"
        )
        self._install_only()
        self._read_some()
        self.assertEqual(self.messages[-1].escalation_party, "staff")
        self._read()
        self.assertEqual(self.messages[0].escalation_party, "client")


class TestTheSameRule(AnswerCommon, FirstInstallCommon):
    """Old messages are judged as they would have been when they were written."""

    def _assert_read_as_judged(self, messages):
        """Forget who spoke and read it again: nothing is another one's then."""
        judged = {
            what: (message.sudo().escalation_party, message.sudo().escalation_voice)
            for what, message in messages.items()
        }
        with self.mock_mail_gateway():
            self._install()
        read = {
            what: (message.sudo().escalation_party, message.sudo().escalation_voice)
            for what, message in messages.items()
        }
        self.assertEqual(read, judged)
        return {what: party for what, (party, _voice) in read.items()}

    def test_in_whose_name_one_of_us_speaks(self):
        cards = {
            "company": self.company,
            "own contact": {"parent_id": self.agent.partner_id.id},
            "desk": {"parent_id": self.company.id},
            "alias": {"email": self.address},
            "mailbox": {"email": "info@ours.example"},
            "nobody's": {"email": "noreply@ours.example"},
            "at home": {"email": "agent@home.example"},
            "client's colleague": {"email": "carl@acme.example"},
        }
        self.agent.partner_id.email = "esc_agent@helpdesk.example, agent@home.example"
        messages = {}
        for what, card in cards.items():
            if isinstance(card, dict):
                card = self.env["res.partner"].create({"name": what, **card})
            messages[what] = self._post(author_id=card.id)
            with self.mock_mail_gateway():
                messages[f"{what}, by itself"] = self.ticket.message_post(
                    body="Hello", author_id=card.id, **COMMENT
                )
        messages["alias, no author"] = self._post(
            author_id=False, email_from=f"Support <{self.address}>"
        )
        messages["stranger"] = self._post(
            author_id=False, email_from="Stranger <stranger@nowhere.example>"
        )
        parties = self._assert_read_as_judged(messages)
        self.assertEqual(
            {what: party for what, party in parties.items() if "," not in what},
            {**dict.fromkeys(cards, "staff"), "client's colleague": "client"}
            | {"stranger": "client"},
        )

    def test_from_which_address_a_mail_is(self):
        self.agent.partner_id.email = "esc_agent@helpdesk.example, agent@home.example"
        for name, parent in ("own", self.agent.partner_id), ("worker", self.company):
            self.env["res.partner"].create(
                {
                    "name": name,
                    "email": f"{name}@private.example",
                    "parent_id": parent.id,
                }
            )
        senders = {
            "info@ours.example": "staff",
            "agent@home.example": "staff",
            "own@private.example": "staff",
            "reception@ours.example": False,
            "trainee@helpdesk.example": False,
            f"scanner@{self.alias_domain}": False,
            "worker@private.example": "client",
            "stranger@nowhere.example": "client",
        }
        messages = {
            sender: self._reply_of_staff(f"Somebody <{sender}>") for sender in senders
        }
        self.assertEqual(self._assert_read_as_judged(messages), senders)

    def test_where_the_client_is_one_of_us_by_another_card(self):
        employee = self._new_user("esc_employee", "base.group_user")
        employee.partner_id.email = f"{employee.email}, employee@home.example"
        colleague = self._new_user("esc_colleague", "base.group_user")
        partners = self.env["res.partner"]
        tickets = [
            {"partner_id": False, "partner_email": "E <employee@home.example>"},
            *(
                {"partner_id": partners.create({"name": "Card", **card}).id}
                for card in (
                    {"parent_id": employee.partner_id.id},
                    {"email": "employee@home.example"},
                    {"email": f"worker@{self.alias_domain}"},
                )
            ),
        ]
        messages, expected = {}, {}
        for number, values in enumerate(tickets):
            ticket = self._new_ticket(**values)
            is_inside = number < 3
            for user, party in (
                (employee, is_inside and "client" or "staff"),
                (colleague, is_inside and "client" or "staff"),
                (self.agent, "staff"),
            ):
                what = f"{number} {user.login}"
                messages[what], expected[what] = self._post(user, ticket), party
            if ticket.partner_id:
                what = f"{number} filed for the contact"
                author = ticket.partner_id.id
                messages[what] = self._post(ticket=ticket, author_id=author)
                expected[what] = "client"
            with self.mock_mail_gateway():
                what = f"{number} trainee"
                question = messages[f"{number} {employee.login}"]
                messages[what] = self._reply(question, "trainee@helpdesk.example")
                expected[what] = "client"
        self.assertEqual(self._assert_read_as_judged(messages), expected)

    def test_to_whom_it_went(self):
        self._client_writes(self.ticket, 2, author=self.vendor)
        other = self.env["res.partner"].create(
            {"name": "Other", "email": "o@o.example"}
        )
        card = self.env["res.partner"].create(
            {"name": "Help", "email": self.vendor.email}
        )
        messages = {
            "nobody": self._post(),
            "client": self._post(partner_ids=self.client.ids),
            "vendor": self._post(partner_ids=self.vendor.ids),
            "their other card": self._post(partner_ids=card.ids),
            "other": self._post(partner_ids=other.ids),
        }
        parties = self._assert_read_as_judged(messages)
        self.assertEqual(parties, {**dict.fromkeys(parties, "staff"), "other": False})
        self.ticket._message_update_content(
            messages["other"], body="Look, please", partner_ids=[]
        )
        self.assertParty(messages["other"], False)


class TestProgress(ReadingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._new_user("esc_own", OWN)
        cls.env["ir.mail_server"].create(
            {"name": "Post office", "smtp_host": "mail.example"}
        )

    def setUp(self):
        super().setUp()
        ticket = self._new_ticket(minute=-MONTH)
        for _turn in range(10):
            self._comment(ticket, self.client)
        self._install_only()
        self.cron.lastcall = fields.Datetime.now()

    def _shown(self, user):
        self.env.invalidate_all()
        dashboard = self.incidents.with_user(user).get_dashboard()
        problems = {problem["name"]: problem for problem in dashboard["problems"]}
        return problems.get("reading"), dashboard["start"]

    def test_everybody_in_the_helpdesk_sees_how_far_it_is(self):
        for user in self.own, self.agent, self.leader, self.manager:
            problem, start = self._shown(user)
            self.assertEqual(
                problem["text"],
                "Reading old messages: 0 %. Escalations start when it is done.",
            )
            self.assertEqual(problem["level"], "info")
            self.assertFalse(problem["button"])
            self.assertEqual(start["title"], "Escalations start soon")
            self.assertIn("0 %", start["text"])
        self._read()
        for user in self.own, self.agent, self.leader, self.manager:
            problem, start = self._shown(user)
            self.assertIsNone(problem)
            self.assertNotIn("Escalations start soon", start["title"])

    def test_the_figure_grows(self):
        percents = [self.reading._get_progress()]
        while percents[-1] is not None:
            self._read_some()
            percents.append(self.reading._get_progress())
        self.assertIsNone(percents.pop())
        self.assertEqual(percents, sorted(percents))
        self.assertEqual((percents[0], percents[-1]), (0, 99))

    def test_open_pages_are_told_of_each_step(self):
        for _run in range(2):
            with patch.object(type(self.incidents), "_announce_change") as announced:
                self._read_some()
            announced.assert_called_once()

    def test_where_the_job_is_off_managers_let_it_read(self):
        self.reading_job.active = False
        problem, _start = self._shown(self.agent)
        self.assertIn("switched off", problem["text"])
        self.assertFalse(problem["button"])
        problem, _start = self._shown(self.manager)
        self.assertEqual(problem["level"], "danger")
        self._press(problem)
        self.assertIsNone(self.reading._get_progress())

    def test_where_it_fails_or_stands_still_it_is_said(self):
        self.reading_job.failure_count = 1
        problem, _start = self._shown(self.manager)
        self.assertIn("makes no progress", problem["text"])
        self.reading_job.failure_count = 0
        self.assertEqual(self._shown(self.manager)[0]["level"], "info")
        long_ago = fields.Datetime.now() - timedelta(minutes=20)
        parameter = self.reading._get_parameter()
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET write_date = %s WHERE id = %s",
            [long_ago, parameter.id],
        )
        problem, _start = self._shown(self.manager)
        self.assertIn("makes no progress", problem["text"])
        self._press(problem)
        self.assertIsNone(self.reading._get_progress())

    def _press(self, problem):
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        self.assertEqual(problem["button"]["method"], "action_read_messages")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            health.action_read_messages()
            if self.reading._get_progress() is not None:
                # The job goes on with it.
                self.reading_job.method_direct_trigger()

    def test_only_managers_let_it_read(self):
        leader = self._new_user("esc_reader", USER)
        health = self.env["helpdesk.escalation.health"].with_user(leader)
        with self.assertRaisesRegex(AccessError, "helpdesk managers"):
            health.action_read_messages()
