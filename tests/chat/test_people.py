"""The channel Chat: a direct message to a person, in Discuss or where they chose."""

import re

from odoo.tests import tagged

from ..support.chat import ChatCommon
from ..support.common import PatientHttpCase


class TestPeople(ChatCommon):
    def test_without_an_address_odoobot_writes_to_them_in_discuss(self):
        ticket = self._new_ticket(0)
        self._run(30)
        line = self._lines(ticket)
        self.assertEqual((line.user_id, line.state), (self.leader, "pending"))
        self.assertEqual(self._chat_with(self.leader), [], "the run sends nothing")
        self._send(30)
        (words,) = self._chat_with(self.leader)
        self.assertIn("Waiting 30min: Carla Client", words)
        self.assertIn("The printer is on fire", words)
        self.assertIn("Step 2 of 3", words)
        self.assertIn(f"/odoo/helpdesk.ticket/{ticket.id}", words)
        self.assertNotIn("/confirm/", words, "what is written there is kept")
        self.assertEqual(line.state, "sent")
        self.assertEqual(line.sent_date, self.t0 + self._minutes(30))

    def test_with_an_address_they_get_a_link_to_confirm(self):
        self.leader._escalation_set_chat_address(self._mattermost())
        self._new_ticket(0)
        self._run_and_send(30)
        (words,) = self.server.texts
        self.assertIn("Waiting 30min: Carla Client", words)
        self.assertRegex(words, r"Open the ticket: http\S+/odoo/helpdesk.ticket/\d+")
        self.assertRegex(words, r"I'm on it: http\S+/helpdesk_escalation/confirm/\S+")
        self.assertEqual(self._chat_with(self.leader), [], "not twice")
        self._send(31)
        self.assertEqual(len(self.server.posts), 1)

    def test_a_substitute_is_told_whose_place_it_is(self):
        self.leader.write(
            {
                "out_of_office_from": self.t0 - self._minutes(60),
                "escalation_substitute_id": self.director.id,
            }
        )
        self.policy.skip_on_leave = True
        self._new_ticket(0)
        self._run_and_send(30)
        (words,) = self._chat_with(self.director)
        self.assertIn("You stand in for esc_leader", words)

    def test_it_speaks_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.leader.lang = "fr_FR"
        line = self.notifications.new({"user_id": self.leader.id, "channel": "chat"})
        self.assertEqual(line._in_terms_of_reader().env.lang, "fr_FR")

    def test_who_may_not_see_the_ticket_is_lent_it(self):
        """As by any other channel (R8)."""
        step = self.policy.step_ids.sorted()[2]
        step.channel = "chat"
        ticket = self._new_ticket(0)
        self.assertFalse(ticket.with_user(self.director).has_access("read"))
        self._run_and_send(60)
        self.assertTrue(ticket.with_user(self.director).has_access("read"))

    def test_what_was_taken_back_is_not_sent(self):
        ticket = self._new_ticket(0)
        self._run(30)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._send(30)
        self.assertEqual(self._chat_with(self.leader), [])
        self.assertEqual(self._lines(ticket).state, "cancelled")

    def test_who_was_archived_meanwhile_gets_nothing(self):
        self.leader._escalation_set_chat_address(self._mattermost())
        ticket = self._new_ticket(0)
        self._run(30)
        self.leader.active = False
        self._send(30)
        self.assertEqual(self.server.posts, [])
        self.assertEqual(self._lines(ticket).state, "cancelled")
        self.assertEqual(self._lines(ticket).reason, "The person has left.")

    def test_a_flood_is_one_message(self):
        self.leader._escalation_set_chat_address(self._mattermost())
        tickets = [self._new_ticket(0, name=f"Question {n}") for n in range(12)]
        self._run_and_send(30)
        (words,) = self.server.texts
        self.assertIn("12 tickets are waiting for an answer", words)
        self.assertIn("Question 0", words)
        self.assertIn("/odoo/escalated-to-me", words)
        self.assertNotIn("/confirm/", words)
        states = {self._lines(ticket).state for ticket in tickets}
        self.assertEqual(states, {"sent"})

    def test_what_one_change_causes_is_one_message(self):
        """A new leader has all of the former one's tickets (R6)."""
        for number in range(3):
            self._new_ticket(0, name=f"Question {number}")
        self._run_and_send(30)
        self.assertEqual(len(self._chat_with(self.leader)), 3)
        self.team.user_id = self.manager
        self._run_and_send(31)
        (words,) = self._chat_with(self.manager)
        self.assertIn("3 tickets are waiting for an answer", words)

    def test_a_strangers_title_calls_nobody_in_the_room(self):
        self.leader._escalation_set_chat_address(self._mattermost())
        self._new_ticket(0, name="<!channel> @all @here: free phones")
        self._run_and_send(30)
        (words,) = self.server.texts
        self.assertNotIn("<!channel>", words)
        self.assertNotRegex(words, r"@(all|here|channel)\b")
        self.assertIn("free phones", words)


@tagged("post_install", "-at_install")
class TestPersonalLink(ChatCommon, PatientHttpCase):
    def test_the_link_is_the_page_of_the_mails(self):
        self.leader._escalation_set_chat_address(self._mattermost())
        ticket = self._new_ticket(0)
        self._run_and_send(30)
        link = re.search(r"I'm on it: (\S+)", self.server.texts[0])[1]
        path = link[link.index("/helpdesk_escalation/") :]
        page = self.url_open(path)
        self.assertIn("The printer is on fire", page.text)
        incident = self._incident(ticket)
        self.assertEqual(incident.state, "active", "to look at it changes nothing")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        page = self.url_open(path, data={"csrf_token": token})
        self.assertIn("Thank you, you are on it", page.text)
        incident.invalidate_recordset()
        self.assertEqual(incident.confirmed_by_id, self.leader)
        self.assertEqual(incident.confirmed_via, "chat")
