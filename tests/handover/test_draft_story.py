"""The draft tells the whole story: who wrote what and when, and what it costs."""

from datetime import timedelta

from markupsafe import Markup

from ..support.handover import HandoverCommon

KATHMANDU = "Asia/Kathmandu"


class TestDraftStory(HandoverCommon):
    def _client_says(self, minute, body, author=None):
        message = self.ticket.message_post(
            body=Markup(body),
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=(author or self.client).id,
        )
        self._date(message, minute)
        return message

    def _agent_says(self, minute, body, subtype="mail.mt_comment", user=None):
        message = self.ticket.with_user(user or self.agent).message_post(
            body=body, message_type="comment", subtype_xmlid=subtype
        )
        self._date(message, minute)
        return message

    def _open(self, user=None, **context):
        ticket = self.ticket.with_user(user or self.agent).with_context(**context)
        action = ticket.action_escalation_escalate()
        return ticket.env[action["res_model"]].browse(action["res_id"])

    def _assert_in_order(self, text, *pieces):
        places = [text.find(piece) for piece in pieces]
        self.assertNotIn(-1, places, (pieces, text))
        self.assertEqual(places, sorted(places), text)

    def test_client_and_colleagues_in_time_order_with_date_and_time(self):
        self._client_says(1, "Nothing prints")
        self._agent_says(2, "Please restart it")
        self._client_says(3, "Done, no change")
        draft = self._open(tz=KATHMANDU)
        self._assert_in_order(
            draft.current_state,
            "Carla Client: Please help",
            "Carla Client: Nothing prints",
            "esc_agent: Please restart it",
            "Carla Client: Done, no change",
        )
        lines = draft.current_state.split("\n")
        for line, minute in zip(lines, (0, 1, 2, 3), strict=True):
            when = draft._format_when(self.t0 + timedelta(minutes=minute))
            self.assertTrue(line.startswith(f"{when}, "), line)
        self.assertIn("/", when, "with its date, as it is read on another day")
        self.assertIn(f"({KATHMANDU})", when)

    def test_the_asking_sentence_comes_first_and_says_why(self):
        self._client_says(1, "<p>Nothing prints.</p>")
        self._agent_says(2, "We have forwarded it")
        self._client_says(3, "<p>Really? I want to speak to your manager. Bye.</p>")
        draft = self._open()
        first = draft.current_state.split("\n")[0]
        self.assertIn("Carla Client asks: “I want to speak to your manager.”", first)
        self.assertEqual(draft.reason_kind, "client")

    def test_nobody_asks_for_a_manager(self):
        draft = self._open()
        self.assertNotIn("asks:", draft.current_state)
        self.assertFalse(draft.reason_kind)

    def test_tries_have_their_results_and_notes_are_there(self):
        self._agent_says(1, "Changed the cable", "mail.mt_note")
        self._agent_says(2, "Please restart it")
        self._client_says(3, "Still dead")
        self._agent_says(4, "Then please reinstall it")
        draft = self._open()
        self._assert_in_order(
            draft.troubleshooting,
            "esc_agent: Changed the cable",
            "esc_agent: Please restart it",
            "→ Result",
            "Carla Client: Still dead",
            "esc_agent: Then please reinstall it",
        )
        self.assertNotIn("Changed the cable", draft.current_state.split("\n")[0])

    def test_quotations_and_signatures_are_left_out(self):
        self._client_says(
            1,
            "<p>Still dead.</p><p>Kind regards,<br/>Carla Client<br/>+49 30 1234</p>"
            "<blockquote>We have forwarded it</blockquote>",
        )
        state = self._open().current_state
        self.assertIn("Still dead.", state)
        for gone in "regards", "+49", "forwarded":
            self.assertNotIn(gone, state)

    def test_the_impact_is_proposed_in_the_clients_words_and_marked(self):
        self._client_says(
            1, "<p>Nobody can print. It costs us 400 € an hour. It is cold.</p>"
        )
        self._agent_says(2, "12 people cannot work? Really?")
        impact = self._open().user_impact
        self._assert_in_order(
            impact,
            "Proposed from the client's own words, please check:",
            "“Nobody can print.” (Carla Client, ",
            "“It costs us 400 € an hour.”",
        )
        for other in "cold", "12 people":
            self.assertNotIn(other, impact)

    def test_an_agent_who_has_left_is_still_a_colleague(self):
        self._agent_says(1, "Changed the toner", "mail.mt_note", user=self.leader)
        self.leader.action_archive()
        self.assertIn("Changed the toner", self._open().troubleshooting)

    def test_machines_and_the_system_tell_nothing(self):
        self._run(10)
        self.ticket.message_post(
            body="I am away until Monday",
            message_type="out_of_office",
            subtype_xmlid="mail.mt_comment",
            author_id=self.client.id,
        )
        draft = self._open()
        for text in draft.current_state, draft.troubleshooting or "":
            self.assertNotIn("Escalation opened", text)
            self.assertNotIn("away until Monday", text)

    def test_what_came_as_a_picture_is_named(self):
        self.ticket.message_post(
            body="",
            attachments=[("screen.png", b"x")],
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.client.id,
        )
        self.assertIn("Carla Client: Attached: screen.png", self._open().current_state)

    def test_who_wrote_a_call_down_is_named(self):
        ticket = self.ticket.with_user(self.agent).create(
            {
                "name": "A call",
                "description": "<p>She cannot print</p>",
                "team_id": self.team.id,
                "user_id": self.agent.id,
                "partner_id": self.client.id,
            }
        )
        action = ticket.action_escalation_escalate()
        draft = ticket.env[action["res_model"]].browse(action["res_id"])
        self.assertIn(
            "esc_agent for Carla Client: She cannot print", draft.current_state
        )

    def test_a_long_thread_is_told_from_both_ends(self):
        for number in range(60):
            self._client_says(number, f"Message number {number}.")
        state = self._open().current_state
        self.assertIn("Message number 0.", state)
        self.assertIn("Message number 59.", state)
        self.assertNotIn("Message number 20.", state)
        self.assertIn("more messages in the ticket", state)

    def test_the_next_tier_also_gets_what_was_written_since(self):
        self._escalate(minute=5, to_user_id=self.expert.id)
        self._client_says(6, "Now it smokes")
        self._agent_says(7, "Pull the plug", user=self.expert)
        draft = self._open(self.expert)
        self._assert_in_order(
            draft.current_state,
            "The queue stops with error 0x42.",
            "Carla Client: Now it smokes",
            "esc_expert: Pull the plug",
        )
        self._assert_in_order(
            draft.troubleshooting, "Restarted the spooler", "Pull the plug"
        )
        self.assertNotIn("Please help", draft.current_state, "that is told above")
