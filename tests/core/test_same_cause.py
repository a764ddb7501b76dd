"""One cause, many tickets: one alarm, one "I'm on it", one answer; nobody forgotten."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..support.common import TEAM, EscalationCommon


class SameCauseCommon(EscalationCommon):
    """Five clients have waited since minute 0 for the same fault."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = cls.env["res.partner"].create(
            [
                {"name": f"Client {number}", "email": f"c{number}@many.example"}
                for number in range(5)
            ]
        )
        cls.tickets = cls.env["helpdesk.ticket"].union(
            *(
                cls._new_ticket(0, name=f"Down at {client.name}", partner_id=client.id)
                for client in cls.clients
            )
        )
        cls.cause, cls.others = cls.tickets[0], cls.tickets[1:]

    def setUp(self):
        super().setUp()
        self._run(10)

    def _link(self, user=None, minute=15):
        """Choose all in the list, and press the button."""
        action = self.tickets.with_user(user or self.leader)
        with self._at(minute):
            action = action.action_escalation_same_cause()
            dialog = self._open(action, user)
            self.assertEqual(dialog.cause_ticket_id, self.cause)
            answer = dialog.action_link()
        self.env.invalidate_all()
        return answer

    def _open(self, action, user=None, **values):
        model = self.env[action["res_model"]].with_user(user or self.leader)
        return model.with_context(**action["context"]).create(values)

    def _open_cases(self, tickets):
        return self.incidents.search(
            [("ticket_id", "in", tickets.ids), ("state", "!=", "resolved")]
        )

    def _count_told(self):
        return {ticket: len(self._told(ticket)) for ticket in self.tickets}


class TestOneAlarm(SameCauseCommon):
    def test_the_others_are_left_in_peace_while_one_stands_for_them(self):
        self.assertEqual(len(self._open_cases(self.tickets)), 5)
        answer = self._link()
        self.assertIn("4 tickets have the same cause", answer["params"]["message"])
        self.assertEqual(self._open_cases(self.tickets).ticket_id, self.cause)
        ended = self.incidents.search([("ticket_id", "in", self.others.ids)])
        self.assertEqual(set(ended.mapped("resolution")), {"same_cause"})
        self.assertFalse(self.others.activity_ids)
        before = self._count_told()
        self._run(30)
        self._run(60)
        after = self._count_told()
        self.assertEqual(after.pop(self.cause), before.pop(self.cause) + 2)
        self.assertEqual(after, before)

    def test_one_confirmation_is_for_all(self):
        self._link()
        seen = self.others[0].with_user(self.agent)
        self.assertIn("which is escalated for both", seen.escalation_status_text)
        with self._at(16):
            self._incident(self.cause).with_user(self.leader).action_confirm()
        before = self._count_told()
        self._run(90)
        self.assertEqual(self._count_told(), before)
        seen = self.others[0].with_user(self.agent)
        self.assertEqual(seen.escalation_status, "waiting", "it is watched")
        self.assertIn("esc_leader has been on it since", seen.escalation_status_text)
        self.assertIn(self.cause.number, seen.escalation_status_text)
        card = self._incident(self.cause).with_user(self.leader)
        self.assertEqual(card.same_cause_count, 4)

    def test_a_new_ticket_is_linked_before_it_alarms_anybody(self):
        fresh = self._new_ticket(20, name="Down here, too")
        fresh.with_user(self.agent).escalation_cause_ticket_id = self.cause
        self._run(55)
        self.assertFalse(self._told(fresh))
        self.assertFalse(self._open_cases(fresh))

    def test_lists_find_it_as_watched(self):
        self._link()
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        found = tickets.search(
            [("id", "in", self.tickets.ids), ("escalation_status", "=", "waiting")]
        )
        self.assertEqual(set(found), set(self.others))


class TestNobodyIsForgotten(SameCauseCommon, CronMixinCase):
    """However it ends for the one: the others wait again, from when they began."""

    def _assert_back(self, minute):
        self._run(minute)
        self.assertEqual(self._open_cases(self.others).ticket_id, self.others)

    def test_only_one_is_answered(self):
        self._link()
        with self.capture_triggers("helpdesk_escalation.ir_cron_escalate") as captured:
            self._staff_answers(self.cause, 20)
        self.assertTrue(captured.records, "the run comes at once")
        self._assert_back(21)
        self.assertEqual(len(self._told(self.others[0])), 2, "notified anew")

    def test_it_is_closed(self):
        self._link()
        self.cause.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self._assert_back(21)

    def test_it_is_archived_muted_or_deleted(self):
        for change in (
            lambda: self.cause.write({"active": False}),
            lambda: self.cause.write({"escalation_muted": True}),
            lambda: self.cause.unlink(),
        ):
            with self.env.cr.savepoint() as savepoint:
                self._link()
                change()
                self._assert_back(21)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_they_are_unlinked(self):
        self._link()
        self.others.escalation_cause_ticket_id = False
        self._assert_back(21)

    def test_it_goes_to_another_company(self):
        self._link()
        other = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET company_id = %s WHERE id = %s",
            [other.id, self.cause.id],
        )
        self.env.invalidate_all()
        self._assert_back(21)


class TestOneAnswer(SameCauseCommon):
    def _answer(self, body="<p>The line is up again.</p>", user=None):
        user = user or self.leader
        action = self.cause.with_user(user).action_escalation_answer_all()
        return self._open(action, user, body=body).action_send()

    def test_each_client_is_answered_in_their_own_thread(self):
        self._link()
        with self.mock_mail_gateway(mail_unlink_sent=False):
            answer = self._answer()
            self.env["mail.mail"].process_email_queue()
        self.assertIn("5 clients have been answered", answer["params"]["message"])
        self.env.invalidate_all()
        for ticket in self.tickets:
            message = ticket.message_ids.filtered(lambda m: "up again" in m.body)
            self.assertEqual(len(message), 1)
            self.assertEqual(message.escalation_party, "staff")
            self.assertFalse(ticket.escalation_waiting_since)
            self.assertLessEqual(
                message.notified_partner_ids & self.clients, ticket.partner_id
            )
        for client in self.clients:
            mails = [
                mail
                for mail in self._mails
                if any(client.email in address for address in mail["email_to"])
            ]
            self.assertEqual(len(mails), 1)
            strangers = (self.clients - client).mapped("name")
            self.assertFalse([n for n in strangers if n in str(mails[0])])
        self.assertFalse(self._open_cases(self.tickets))
        self.assertFalse(self.others.escalation_cause_ticket_id, "it is over")
        before = self._count_told()
        self._run(70)
        self.assertEqual(self._count_told(), before)

    def test_who_writes_again_waits_again_by_themselves(self):
        self._link()
        self._answer()
        ticket = self.others[0]
        self._client_writes(ticket, 80, author=ticket.partner_id)
        self._run(90)
        self.assertEqual(self._open_cases(self.tickets).ticket_id, ticket)

    def test_where_nobody_can_be_reached_they_go_on_waiting(self):
        self.others[0].partner_id.email = False
        self.others[0].partner_email = False
        self._link()
        answer = self._answer()
        self.assertIn(self.others[0].number, answer["params"]["message"])
        self.env.invalidate_all()
        self.assertTrue(self.others[0].escalation_waiting_since)
        self._run(21)
        self.assertEqual(self._open_cases(self.tickets).ticket_id, self.others[0])

    def test_a_sender_without_a_contact_is_answered_too(self):
        self.others[0].write({"partner_id": False, "partner_email": "eve@else.example"})
        self._link()
        self._answer()
        self.env.invalidate_all()
        self.assertFalse(self.others[0].escalation_waiting_since)

    def test_under_a_policy_until_resolved_an_answer_leaves_the_one_alarm(self):
        self.policy.count_from = "unresolved"
        self._link()
        self._answer()
        self.env.invalidate_all()
        self.assertEqual(self.others.escalation_cause_ticket_id, self.cause)
        before = self._count_told()
        before.pop(self.cause)
        self._run(60)
        after = self._count_told()
        after.pop(self.cause)
        self.assertEqual(after, before)

    def test_nothing_is_sent_without_a_text(self):
        self._link()
        with self.assertRaisesRegex(UserError, "Write the answer first"):
            self._answer(body="<p><br/></p>")


class TestWhoMay(SameCauseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls._new_user("esc_stranger", TEAM)
        cls.own = cls._new_ticket(0, team_id=False, user_id=cls.stranger.id)

    def test_nobody_names_a_ticket_that_they_may_not_read(self):
        own = self.own.with_user(self.stranger)
        with self.assertRaises(AccessError) as caught:
            own.escalation_cause_ticket_id = self.cause.id
        self.assertNotIn(self.cause.name, str(caught.exception))

    def test_nobody_links_or_answers_what_they_may_not_change(self):
        model = self.env["helpdesk.escalation.same.cause"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            model.create(
                {
                    "cause_ticket_id": self.cause.id,
                    "ticket_ids": [Command.set(self.own.ids)],
                }
            )
        with self.assertRaises(AccessError):
            self.tickets.with_user(self.stranger).action_escalation_same_cause()
        self._link()
        for name in "answer_all", "view_same_cause":
            with self.assertRaises(AccessError):
                cause = self.cause.with_user(self.stranger)
                getattr(cause, f"action_escalation_{name}")()
        model = self.env["helpdesk.escalation.answer.all"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            model.create({"ticket_id": self.cause.id, "body": "<p>Hi</p>"})

    def test_whom_one_does_not_see_is_not_answered_and_waits_again(self):
        self.cause.user_id = self.agent
        self._link()
        boss = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Elsewhere",
                "user_id": self.leader.id,
                "user_ids": [Command.set(self.leader.ids)],
                "escalation_policy_id": self.policy.id,
            }
        )
        self.others[0].write({"team_id": boss.id, "user_id": self.leader.id})
        self.others[0].message_unsubscribe(self.agent.partner_id.ids)
        self.env.invalidate_all()
        action = self.cause.with_user(self.agent).action_escalation_answer_all()
        dialog = self._open(action, self.agent, body="<p>It is up again.</p>")
        self.assertNotIn(self.others[0], dialog.ticket_ids)
        dialog.action_send()
        self.env.invalidate_all()
        self.assertTrue(self.others[0].escalation_waiting_since)

    def test_one_ticket_stands_for_all_others(self):
        fresh = self._new_ticket(10)
        with self.assertRaisesRegex(UserError, "is not escalated"):
            self.others._escalation_name_cause(fresh)
        self._link()
        for ticket, cause in (
            (self.cause, self.cause),
            (self.cause, self.own),
            (self.own, self.others[0]),
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                ticket.escalation_cause_ticket_id = cause
                self.env.flush_all()
        other = self.env["res.company"].create({"name": "Other"})
        elsewhere = self._new_ticket(0, company_id=other.id, team_id=False)
        with self.assertRaisesRegex(ValidationError, "same company"):
            elsewhere.escalation_cause_ticket_id = self.cause
