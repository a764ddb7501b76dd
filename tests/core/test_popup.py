"""R9, R10: a notice in the open windows of whoever is notified in the app."""

import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support.common import OWN, TEAM, EscalationCommon

ALARM = "helpdesk_escalation/alarm"
ALARM_OVER = "helpdesk_escalation/alarm_over"
TICKET_CHANGED = "helpdesk_escalation/ticket_changed"


class PopUpCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        first, second, third = cls.policy.step_ids.sorted()
        (second + third).channel = "activity"
        cls.env["bus.bus"].sudo().search([]).unlink()

    def _heard(self, kind):
        """What was sent on Odoo's bus since the last look: (channel, payload)."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        news = [(json.loads(row.channel)[1:], json.loads(row.message)) for row in rows]
        rows.unlink()
        return [
            (channel, message["payload"])
            for channel, message in news
            if message["type"] == kind
        ]

    def _channel(self, user):
        return ["res.partner", user.partner_id.id]


class TestPopUp(PopUpCommon):
    def test_whoever_is_notified_is_shown_what_it_is_about_and_nobody_else(self):
        ticket = self._new_ticket()
        self._client_writes(ticket, 0)
        self._heard(ALARM)
        self._run(9)
        self.assertEqual(self._heard(ALARM), [])
        self._run(10)
        line = self._incident(ticket).notification_ids
        ((channel, message),) = self._heard(ALARM)
        self.assertEqual(channel, self._channel(self.agent))
        self.assertEqual(message["more"], [])
        (alarm,) = message["alarms"]
        self.assertEqual(
            (alarm["id"], alarm["incident_id"], alarm["ticket_id"]),
            (line.id, line.incident_id.id, ticket.id),
        )
        self.assertEqual(alarm["title"], ticket.display_name)
        for words in (
            "Carla Client (ACME) has been waiting for 10min",
            "Carla Client wrote: “Is anybody there?”",
            "Responsible: esc_agent",
        ):
            self.assertIn(words, alarm["text"])
        self._run(30)
        ((channel, message),) = self._heard(ALARM)
        self.assertEqual(channel, self._channel(self.leader))
        self.assertIn(
            "Notified before: esc_agent (notification", message["alarms"][0]["text"]
        )

    def test_who_gets_a_mail_gets_no_notice(self):
        self.policy.step_ids.sorted()[0].channel = "email"
        self._new_ticket()
        self._run(10)
        self.assertEqual(self._heard(ALARM), [])

    def test_an_employee_who_is_the_client_gets_none(self):
        ticket = self._new_ticket(partner_id=self.agent.partner_id.id)
        self._run(10)
        self.assertTrue(self._incident(ticket))
        self.assertNotIn(
            self._channel(self.agent), [channel for channel, _ in self._heard(ALARM)]
        )

    def test_a_mail_that_does_not_arrive_becomes_one(self):
        self.policy.step_ids.sorted()[0].channel = "email"
        ticket = self._new_ticket()
        self._run(10)
        self._incident(ticket).notification_ids._fall_back_to_activity("Bounced")
        self.assertEqual(
            [channel for channel, _message in self._heard(ALARM)],
            [self._channel(self.agent)],
        )

    def test_a_flood_is_a_few_notices_and_a_number(self):
        tickets = [self._new_ticket() for _number in range(8)]
        self._run(10)
        messages = [message for _channel, message in self._heard(ALARM)]
        self.assertEqual(sum(len(message["alarms"]) for message in messages), 5)
        self.assertEqual(
            {
                line["ticket_id"]
                for message in messages
                for line in message["alarms"] + message["more"]
            },
            {ticket.id for ticket in tickets},
        )

    def _notified(self):
        """An incident of which the agent and the leader have been notified."""
        ticket = self._new_ticket()
        self._run(10)
        self._run(30)
        self._heard(ALARM)
        return self._incident(ticket)

    def _assert_over(self, incident, *users):
        over = self._heard(ALARM_OVER)
        self.assertCountEqual(
            [channel for channel, _message in over], map(self._channel, users)
        )
        for _channel, message in over:
            self.assertEqual(message, {"incident_ids": incident.ids})

    def test_once_somebody_is_on_it_it_goes_from_all_windows(self):
        incident = self._notified()
        incident.with_user(self.leader).action_confirm()
        self._assert_over(incident, self.agent, self.leader)

    def test_once_the_client_is_answered_it_goes_from_all_windows(self):
        incident = self._notified()
        self._staff_answers(incident.ticket_id, 31, self.manager)
        self.assertEqual(incident.state, "resolved")
        self._assert_over(incident, self.agent, self.leader)

    def test_whoever_removes_their_own_notification_is_shown_it_no_more(self):
        incident = self._notified()
        activity = incident.notification_ids[0].activity_id
        activity.with_user(self.agent).unlink()
        self._assert_over(incident, self.agent)

    def test_whoever_it_is_reassigned_to_is_shown_it(self):
        incident = self._notified()
        activity = incident.notification_ids[0].activity_id
        activity.with_user(self.agent).user_id = self.manager
        self.env.flush_all()
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([])
        heard = {
            (json.loads(row.message)["type"], tuple(json.loads(row.channel)[1:]))
            for row in rows
        }
        self.assertIn((ALARM, tuple(self._channel(self.manager))), heard)
        self.assertIn((ALARM_OVER, tuple(self._channel(self.agent))), heard)

    def test_in_another_round_it_comes_again(self):
        incident = self._notified()
        incident.with_user(self.leader).action_confirm()
        self._heard(ALARM)
        incident.with_user(self.leader).action_release()
        self._run(50)
        self.assertIn(
            self._channel(self.agent), [channel for channel, _ in self._heard(ALARM)]
        )


class TestOnItFromThePopUp(PopUpCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket()
        for minute in (10, 30, 60):
            self._run(minute)
        self.incident = self._incident(self.ticket)
        self.agents, self.leaders, self.directors = self.incident.notification_ids

    def test_whoever_was_notified_is_on_it_helpdesk_user_or_not(self):
        self.assertEqual(self.directors.user_id, self.director)
        self.assertIs(self.directors.with_user(self.director).action_confirm(), True)
        self.assertEqual(self.incident.confirmed_by_id, self.director)
        self.assertEqual(self.incident.confirmed_via, "popup")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_nobody_presses_somebody_elses(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        for user in (
            self.leader,
            self.manager,
            portal,
            self.env.ref("base.public_user"),
        ):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.agents.with_user(user).action_confirm()
        self.assertEqual(self.incident.state, "active")

    def test_late_clicks_are_answered_kindly(self):
        self.agents.with_user(self.agent).action_confirm()
        self.assertIs(self.agents.with_user(self.agent).action_confirm(), True)
        late = self.leaders.with_user(self.leader).action_confirm()
        self.assertIn("esc_agent has been on it", late["params"]["message"])
        self._staff_answers(self.ticket, 61)
        self.assertFalse(self.ticket.with_user(self.director).has_access("read"))
        late = self.directors.with_user(self.director).action_confirm()
        self.assertIn("Resolved", late["params"]["message"])
        self.ticket.unlink()
        late = self.directors.with_user(self.director).action_confirm()
        self.assertIn("nothing left to do", late["params"]["message"])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_whoever_may_see_the_ticket_no_more_may_not(self):
        self.env["mail.followers"].search(
            [
                ("res_model", "=", "helpdesk.ticket"),
                ("res_id", "=", self.ticket.id),
                ("partner_id", "=", self.director.partner_id.id),
            ]
        ).unlink()
        with self.assertRaises(AccessError):
            self.directors.with_user(self.director).action_confirm()
        self.assertEqual(self.incident.state, "active")


class TestPush(PopUpCommon):
    """Whoever has allowed it in a browser gets it there, also with no window open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        devices = cls.env["mail.push.device"].sudo()
        devices.search([]).unlink()
        devices.get_web_push_vapid_public_key()
        for user in (cls.agent, cls.manager):
            for number in range(2 if user == cls.agent else 1):
                devices.create(
                    {
                        "partner_id": user.partner_id.id,
                        "endpoint": f"https://push.example/{user.login}/{number}",
                        "keys": "{}",
                    }
                )

    def _pushed(self):
        """What waits to be sent: (partner, payload)."""
        return [
            (push.mail_push_device_id.partner_id, json.loads(push.payload))
            for push in self.env["mail.push"].sudo().search([], order="id")
        ]

    def _count_wake_ups(self):
        job = self.env.ref("mail.ir_cron_web_push_notification")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])

    def test_each_browser_of_whoever_is_notified_and_no_other(self):
        before = self._count_wake_ups()
        ticket = self._new_ticket()
        self._client_writes(ticket, 0)
        self._run(10)
        pushed = self._pushed()
        self.assertEqual([who for who, _push in pushed], [self.agent.partner_id] * 2)
        push = pushed[0][1]
        self.assertEqual(push["title"], ticket.display_name)
        self.assertIn("Is anybody there?", push["options"]["body"])
        self.assertEqual(
            push["options"]["data"], {"model": "helpdesk.ticket", "res_id": ticket.id}
        )
        self.assertEqual(self._count_wake_ups(), before + 1)
        self._run(30)
        self.assertEqual(len(self._pushed()), 2, "the leader has allowed none")

    def test_a_flood_is_a_few_and_a_number(self):
        for _number in range(8):
            self._new_ticket()
        self._run(10)
        titles = [push["title"] for _who, push in self._pushed()]
        self.assertEqual(len(titles), 2 * 6)
        self.assertIn("More tickets escalated to you: 3", titles)

    def test_what_is_too_long_for_a_push_is_cut(self):
        self.client.name = "🔥" * 200
        ticket = self._new_ticket(name="🔥" * 200)
        message = self._client_writes(ticket, 0)
        message.body = "😱" * 900
        self._run(10)
        pushes = self.env["mail.push"].sudo().search([])
        self.assertEqual(len(pushes), 2)
        for push in pushes:
            self.assertLess(len(push.payload.encode()), 4000)
            self.assertIn("🔥", json.loads(push.payload)["options"]["body"])


class TestOpenForms(PopUpCommon):
    """An open form of a ticket is told that something changed, and nothing else."""

    def test_all_that_happens_to_the_escalation_is_told_once(self):
        tickets = [self._new_ticket() for _number in range(2)]
        expected = [
            (
                ["helpdesk.ticket", ticket.id, "helpdesk_escalation"],
                {"ticket_id": ticket.id},
            )
            for ticket in tickets
        ]
        self._heard(TICKET_CHANGED)
        self._run(5)
        self.assertEqual(self._heard(TICKET_CHANGED), [])
        self._run(10)
        self.assertCountEqual(self._heard(TICKET_CHANGED), expected)
        incident = self._incident(tickets[0])
        incident.with_user(self.leader).action_confirm()
        self.assertEqual(self._heard(TICKET_CHANGED), expected[:1])
        self._staff_answers(tickets[0], 31)
        self.assertEqual(self._heard(TICKET_CHANGED), expected[:1])

    def test_only_staff_who_may_read_the_ticket_can_follow_it(self):
        ticket = self._new_ticket()
        channel = f"helpdesk_escalation.ticket_{ticket.id}"
        expected = [(ticket, "helpdesk_escalation")]
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = self._new_user(
            "esc_abroad",
            OWN,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        stranger = self._new_user("esc_stranger", TEAM)
        may = {self.agent: True, self.leader: True, self.manager: True}
        may |= dict.fromkeys((portal, abroad, stranger, self.director), False)
        may[self.env.ref("base.public_user")] = False
        for user, allowed in may.items():
            with self.subTest(user.login):
                ours, others = (
                    self.env["helpdesk.ticket"]
                    .with_user(user)
                    ._escalation_split_channels(["broadcast", channel])
                )
                self.assertEqual(ours, expected if allowed else [])
                self.assertEqual(others, ["broadcast"])

    def test_what_is_no_ticket_of_ours_is_no_channel(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.manager)
        gone = self._new_ticket()
        gone_id = gone.id
        gone.unlink()
        for channel in (
            f"helpdesk_escalation.ticket_{gone_id}",
            "helpdesk_escalation.ticket_0",
            "helpdesk_escalation.ticket_999999999",
        ):
            with self.subTest(channel):
                self.assertEqual(
                    tickets._escalation_split_channels([channel]), ([], [])
                )
        for channel in (
            "helpdesk_escalation.ticket_",
            "helpdesk_escalation.ticket_1 or 1",
            "helpdesk_escalation.ticket_99999999999999999999",
            ("res.partner", 3),
        ):
            with self.subTest(channel):
                self.assertEqual(
                    tickets._escalation_split_channels([channel]), ([], [channel])
                )
