"""R3: a client who only says thanks waits for nothing, where the policy says so."""

from ..support.incoming import IncomingMail
from ..support.triggers import TriggerCommon


class TestOnlyThanks(IncomingMail, TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.waive_thanks = True

    def _answered_ticket(self, **values):
        ticket = self._new_ticket(0, **values)
        self._staff_answers(ticket, 1)
        return ticket

    def _waits(self, ticket):
        self.env.invalidate_all()
        return bool(ticket.escalation_waiting_since)

    def test_thanks_after_an_answer_wait_for_nothing_and_it_is_shown(self):
        ticket = self._answered_ticket()
        self._write_words(ticket, 2, "<p>Thank you very much, Carla Client</p>")
        self.assertFalse(self._waits(ticket))
        self._run(60)
        self.assertFalse(ticket.escalation_incident_ids)
        ticket = ticket.with_user(self.agent)
        self.assertIn("Only thanks", ticket.escalation_waiver_text)
        self.assertTrue(ticket.escalation_may_take_back)
        self.assertIn("Only thanks", " ".join(self._notes(ticket)))

    def test_one_click_takes_it_back(self):
        ticket = self._answered_ticket()
        self._write_words(ticket, 2, "<p>Thanks!</p>")
        with self._at(3):
            ticket.with_user(self.agent).action_escalation_answer_needed()
        self.assertTrue(self._waits(ticket))
        self._run(14)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_anything_more_than_thanks_waits(self):
        for number, (body, values) in enumerate(
            (
                ("<p>Thanks, but it is still down</p>", {}),
                ("<p>Thanks?</p>", {}),
                ("<p>Thanks</p>", {"attachments": [("log.txt", b"error")]}),
                ("<p>Thanks <img src='/web/image/1'/></p>", {}),
                ("<p>Thanks <a href='https://x.example'>ok</a></p>", {}),
                ("<p>Thanks</p>", {"subject": "Another printer is broken"}),
                ("<p>" + "thanks " * 40 + "</p>", {}),
                ("<p>👍</p>", {}),
            )
        ):
            with self.subTest(body, **values):
                ticket = self._answered_ticket(name=f"Hello {number}")
                self._write_words(ticket, 2, body, **values)
                self.assertTrue(self._waits(ticket))

    def test_thanks_do_not_settle_an_open_question(self):
        ticket = self._new_ticket(0)
        self._write_words(ticket, 1, "<p>Thanks!</p>")
        self.assertTrue(self._waits(ticket))
        self._staff_answers(ticket, 2)
        self._client_writes(ticket, 3)
        self._write_words(ticket, 4, "<p>Thanks!</p>")
        self.assertTrue(self._waits(ticket))

    def test_it_is_off_unless_the_policy_wants_it(self):
        self.policy.waive_thanks = False
        ticket = self._answered_ticket()
        self._write_words(ticket, 2, "<p>Thanks!</p>")
        self.assertTrue(self._waits(ticket))

    def test_what_counts_until_the_ticket_is_closed_goes_on_counting(self):
        self.policy.count_from = "unresolved"
        ticket = self._answered_ticket()
        self._write_words(ticket, 2, "<p>Thanks!</p>")
        self._run(10)
        self.assertTrue(ticket.escalation_incident_ids)

    def test_thanks_on_a_closed_ticket_wait_for_nothing(self):
        ticket = self._answered_ticket()
        with self._at(2):
            ticket.stage_id = self.env["helpdesk.ticket.stage"].search(
                [("closed", "=", True)], limit=1
            )
        self._write_words(ticket, 3, "<p>Merci beaucoup !</p>")
        self.assertFalse(self._waits(ticket))
        self._write_words(ticket, 4, "<p>It is broken again</p>")
        self.assertTrue(self._waits(ticket))

    def test_a_mail_of_thanks_arrives_whoever_takes_it_in(self):
        ticket = self._new_ticket(0)
        answer = self._staff_answers(ticket, 1)
        quoted = "\n\nOn Monday Anna wrote:\n> Is it still down?\n"
        self._reply(answer, body=f"Thanks a lot!{quoted}")
        self.assertFalse(self._waits(ticket))
        self._reply(answer, body=f"Thanks a lot!{quoted}It is.")
        self.assertTrue(self._waits(ticket))

    def test_a_fault_of_ours_costs_no_mail_and_nobody_is_hushed_up(self):
        ticket = self._answered_ticket()
        phrases = type(self.env["helpdesk.escalation.phrase"])
        self.patch(phrases, "_is_only_thanks", lambda *args: 1 / 0)
        message = self._write_words(ticket, 2, "<p>Thanks!</p>")
        self.assertTrue(message.exists())
        self.assertTrue(self._waits(ticket))
