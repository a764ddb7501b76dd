"""Posts in a room: a step that fires, who is on it, and how it ends."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError

from ..support.chat import ChatCommon


class TestRooms(ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.room = cls._new_room()
        cls.first_step = cls.policy.step_ids.sorted()[0]
        cls.first_step.chat_room_id = cls.room

    def test_a_step_that_fires_is_posted_in_its_room(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual(self.server.posts, [], "the run sends nothing")
        self.assertIn((self.agent, "activity"), self._told(ticket))
        self._send(10)
        (words,) = self.server.texts
        self.assertIn("Waiting 10min: Carla Client", words)
        self.assertIn("Step 1 of 3 · Standard", words)
        self.assertIn("Notified: esc_agent.", words)
        self.assertIn(f"/odoo/helpdesk.ticket/{ticket.id}", words)
        self.assertNotIn("/confirm/", words, "a link would be everybody's")
        self.assertEqual(self._lines(ticket, "room").state, "sent")

    def test_who_is_on_it_is_posted_and_how_it_ends(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        with self._at(12):
            self._incident(ticket)._confirm(self.agent, "ticket")
        self._send(12)
        self.assertIn("esc_agent is on it", self.server.texts[1])
        self.assertIn("The printer is on fire", self.server.texts[1])
        self._staff_answers(ticket, 20)
        self._run_and_send(20)
        self.assertIn("Answered (esc_agent)", self.server.texts[2])
        self._run_and_send(25)
        self.assertEqual(len(self.server.posts), 3)

    def test_what_nobody_read_of_needs_no_second_post(self):
        """Somebody was quicker than the first one, which is then not made either."""
        ticket = self._new_ticket(0)
        self._run(10)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._send(11)
        self.assertEqual(self.server.posts, [])
        self.assertEqual(self._lines(ticket, "room").state, "cancelled")

    def test_what_ended_before_the_second_post_is_only_said_to_have_ended(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._staff_answers(ticket, 12)
        self._run_and_send(12)
        self.assertEqual(len(self.server.posts), 2)
        self.assertIn("Answered", self.server.texts[1])

    def test_who_takes_over_is_posted_too(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        incident = self._incident(ticket)
        incident._confirm(self.agent, "ticket")
        self._send(11)
        incident.with_user(self.leader).action_take_over()
        self._send(12)
        self.assertIn("esc_leader is on it", self.server.texts[2])

    def test_a_room_notifies_nobody(self):
        """A step that reaches nobody passes on, however many read of it (R7)."""
        ticket = self._new_ticket(0, user_id=False)
        self._run_and_send(10)
        self.assertIn((self.leader, "chat"), self._told(ticket), "the next step")
        self.assertIn("Notified: esc_leader.", self.server.texts[0])
        self.assertNotIn(
            self.env["res.users"], self._incident(ticket).notified_user_ids
        )

    def test_it_says_so_where_nobody_is_left_to_notify(self):
        ticket = self._new_ticket(0)
        self._run(10)
        line = self._lines(ticket, "room")
        self._incident(ticket).notification_ids.filtered("user_id").state = "skipped"
        words = line._prepare_chat_message().lines
        self.assertIn(("Nobody could be notified.", False), words)

    def test_a_teams_room_gets_every_step(self):
        self.first_step.chat_room_id = False
        self.team.escalation_chat_room_id = self.room
        self._new_ticket(0)
        for minute in (10, 30, 60):
            self._run_and_send(minute)
        self.assertEqual(len(self.server.posts), 3)
        self.assertIn("Step 3 of 3", self.server.texts[2])

    def test_step_and_team_with_the_same_room_post_once(self):
        self.team.escalation_chat_room_id = self.room
        self._new_ticket(0)
        self._run_and_send(10)
        self.assertEqual(len(self.server.posts), 1)

    def test_it_ends_once_in_a_room_however_many_steps_were_posted_there(self):
        self.team.escalation_chat_room_id = self.room
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._run_and_send(30)
        self._staff_answers(ticket, 31)
        self._run_and_send(31)
        self.assertEqual(len(self.server.posts), 3)

    def test_a_flood_is_one_post(self):
        tickets = [self._new_ticket(0, name=f"Question {n}") for n in range(8)]
        self._run_and_send(10)
        (words,) = self.server.texts
        self.assertIn("8 tickets are waiting for an answer", words)
        self.assertIn("/odoo/escalations", words)
        states = {self._lines(ticket, "room").state for ticket in tickets}
        self.assertEqual(states, {"sent"})

    def test_a_discuss_channel_is_a_room(self):
        channel = self._new_channel()
        self.first_step.chat_room_id = self._new_room(
            kind="discuss", channel_id=channel.id
        )
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self._incident(ticket)._confirm(self.agent, "ticket")
        self._send(11)
        first, second = self._posts_in(channel)
        self.assertIn("Notified: esc_agent.", first)
        self.assertIn("esc_agent is on it", second)
        self.assertEqual(self.server.posts, [])

    def test_an_archived_room_gets_nothing_and_stops_nothing(self):
        self.room.active = False
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        self.assertEqual(self.server.posts, [])
        self.assertFalse(self._lines(ticket, "room"))
        self.assertIn((self.agent, "activity"), self._told(ticket))

    def test_a_room_that_is_deleted_meanwhile(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self.room.unlink()
        self._send(10)
        line = self._lines(ticket, "room")
        self.assertEqual((line.state, line.reason), ("failed", "The room is gone."))

    def test_the_story_names_the_room(self):
        ticket = self._new_ticket(0)
        self._run_and_send(10)
        story = str(self._incident(ticket).story)
        self.assertIn("chat room", story)
        self.assertIn(self.room.name, story)

    def test_the_dry_run_shows_channel_and_room(self):
        preview = self.env["helpdesk.escalation.preview"].create(
            {
                "policy_id": self.policy.id,
                "team_id": self.team.id,
                "user_id": self.agent.id,
            }
        )
        shown = str(preview.result)
        self.assertIn("chat room", shown)
        self.assertIn(self.room.name, shown)
        self.assertIn("After 30min: chat to the team leader", shown)

    def test_test_on_me_sends_the_chat_message_to_me(self):
        notice = self.policy.with_user(self.manager).action_test_on_me()
        self.assertIn("3.", notice["params"]["message"])
        (words,) = self._chat_with(self.manager)
        self.assertIn("[Test]", words)
        self.assertIn("nobody else was notified", words)
        self.assertEqual(self.server.posts, [], "a room is read by others")

    def test_two_steps_in_two_rooms_are_not_the_same(self):
        step = self.first_step
        self.assertNotEqual(
            step._get_kind(), step.copy({"chat_room_id": False})._get_kind()
        )

    # ------------------------------------------------------------------
    # Setting one up
    # ------------------------------------------------------------------

    def test_post_a_test(self):
        notice = self.room.with_user(self.manager).action_test()
        self.assertEqual(notice["params"]["message"], "Posted in the room.")
        (words,) = self.server.texts
        self.assertIn("Test of the room Support", words)
        self.assertIn("esc_manager has sent this", words)

    def test_post_a_test_says_what_is_wrong(self):
        self.server.status = 404
        with self.assertRaisesRegex(UserError, r"did not accept the message \(404\)"):
            self.room.with_user(self.manager).action_test()

    def test_a_room_in_discuss_needs_a_channel_to_post_in(self):
        with self.assertRaisesRegex(ValidationError, "Choose a channel or a group"):
            self._new_room(kind="discuss")
        chat = self.env["helpdesk.escalation.chat.sender"]._get_discuss_chat(
            self.agent.partner_id
        )
        with self.assertRaisesRegex(ValidationError, "Choose a channel or a group"):
            self._new_room(kind="discuss", channel_id=chat.id)

    def test_nobody_has_a_channel_named_that_they_do_not_see(self):
        group = self.env.ref("base.group_system")
        channel = self.env["discuss.channel"]._create_channel("secret plans", group.id)
        values = {"name": "X", "channel_id": channel.id}
        with self.assertRaises(AccessError) as caught:
            self.rooms.with_user(self.manager).create(values)
        self.assertNotIn("secret plans", str(caught.exception))
        room = self.rooms.create(values)
        self.assertNotIn("channel_id", room.with_user(self.leader).fields_get())

    def test_a_room_of_another_company_is_refused(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        room = self._new_room(company_id=elsewhere.id)
        refused = self.assertRaisesRegex(ValidationError, "belongs to another company")
        with refused, self.env.cr.savepoint():
            self.team.escalation_chat_room_id = room
        with refused, self.env.cr.savepoint():
            self.first_step.chat_room_id = room
        with (
            self.assertRaisesRegex(ValidationError, "used by a team or a policy"),
            self.env.cr.savepoint(),
        ):
            self.room.company_id = elsewhere

    def test_it_is_never_posted_in_a_room_of_another_company(self):
        """Of a policy that was of this company when the room was chosen."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.policy.company_id = self.env.company
        self.room.company_id = self.env.company
        self.policy.company_id = False
        self.agent.company_ids += elsewhere
        team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "There",
                "company_id": elsewhere.id,
                "user_ids": [Command.set(self.agent.ids)],
            }
        )
        self._set_policy(team, self.policy)
        ticket = self._new_ticket(0, team_id=team.id, company_id=elsewhere.id)
        self._run_and_send(10)
        self.assertTrue(self._told(ticket))
        self.assertFalse(self._lines(ticket, "room"))

    def _incidents_of_team(self):
        return self.incidents.search([("ticket_id.team_id", "=", self.team.id)])

    def test_posting_costs_a_run_no_query_a_ticket(self):
        counts = []
        for number in (10, 40):
            for _ticket in range(number):
                self._new_ticket(0)
            self._run(10)
            incidents = self._incidents_of_team()
            values = [
                {**incident._prepare_notification(self.first_step), "round": 99}
                for incident in incidents
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            incidents._post_in_rooms(values)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_an_end_costs_no_query_a_ticket(self):
        counts = []
        for number in (5, 10, 40):
            for _ticket in range(number):
                self._new_ticket(0)
            self._run_and_send(10)
            incidents = self._incidents_of_team()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            incidents._get_posted()._tell_rooms("ended")
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
