"""What webhooks are told, and when; it is kept with what has happened."""

import base64
import hashlib
import hmac
import json
from contextlib import closing
from datetime import timedelta
from unittest import TestCase
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_webhook.tools.signature import (
    make_secret,
    read_secret,
    sign,
)

from ..support.webhook import WebhookCommon


class TestSignature(TestCase):
    def test_it_is_that_of_the_standard(self):
        """The example that the libraries of the Standard Webhooks are tested with."""
        signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        self.assertEqual(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")

    def test_a_secret_is_long_enough_and_well_formed(self):
        self.assertEqual(len(read_secret(make_secret())), 32)
        self.assertNotEqual(make_secret(), make_secret())
        for text in ("", "whsec_", "whsec_c2hvcnQ=", "whsec_ä" * 8, "password" * 5):
            self.assertIsNone(read_secret(text), text)


class TestMessages(WebhookCommon):
    def test_a_story_from_its_beginning_to_its_end(self):
        ticket = self._new_ticket(0)
        self._run(10)
        self._run(30)
        incident = self._incident(ticket)
        with self._at(31):
            ticket.with_user(self.leader).action_escalation_confirm()
        self._staff_answers(ticket, 40, self.leader)
        self._run(41)
        self.assertEqual(self.receiver.got, [], "the run talks to no other server")
        self._deliver(41)
        self.assertEqual(
            self.receiver.events,
            [
                "incident.opened",
                "incident.step_fired",
                "incident.step_fired",
                "incident.confirmed",
                "incident.resolved",
            ],
        )
        opened, first, second, confirmed, resolved = self.receiver.messages
        self.assertEqual(opened["version"], 1)
        self.assertEqual(opened["timestamp"], self._iso(10))
        self.assertEqual(
            opened["data"]["ticket"],
            {
                "id": ticket.id,
                "url": f"{ticket.get_base_url()}/odoo/helpdesk.ticket/{ticket.id}",
                "number": ticket.number,
                "name": "The printer is on fire",
                "priority": ticket.priority,
                "team": {"id": self.team.id, "name": "Support"},
                "responsible": {"id": self.agent.id, "name": "esc_agent"},
                "client": {"id": self.client.id, "name": "Carla Client"},
                "company": {"id": self.env.company.id, "name": self.env.company.name},
            },
        )
        self.assertEqual(
            opened["data"]["policy"], {"id": self.policy.id, "name": "Standard"}
        )
        self.assertEqual(opened["data"]["incident"]["id"], incident.id)
        self.assertEqual(opened["data"]["incident"]["state"], "active")
        self.assertEqual(opened["data"]["incident"]["waiting_since"], self._iso(0))
        self.assertEqual(first["data"]["step"]["delay_minutes"], 10)
        self.assertEqual(
            first["data"]["notified"],
            [
                {
                    "person": {"id": self.agent.id, "name": "esc_agent"},
                    "channel": "activity",
                }
            ],
        )
        self.assertEqual(second["data"]["step"]["id"], self.policy.step_ids[1].id)
        self.assertEqual(second["data"]["notified"][0]["channel"], "email")
        by = {"id": self.leader.id, "name": "esc_leader"}
        self.assertEqual(confirmed["data"]["incident"]["confirmed_by"], by)
        self.assertEqual(confirmed["data"]["incident"]["confirmed_date"], self._iso(31))
        ended = resolved["data"]["incident"]
        self.assertEqual(
            (ended["state"], ended["resolution"]), ("resolved", "answered")
        )
        self.assertEqual(ended["resolved_by"]["name"], "esc_leader")

    def _iso(self, minute):
        return f"{(self.t0 + timedelta(minutes=minute)).isoformat()}Z"

    def test_each_is_signed_and_named(self):
        self._new_ticket(0)
        self._run(10)
        self._deliver(10)
        key = base64.b64decode(self.webhook.secret.removeprefix("whsec_"))
        ids = set()
        for request in self.receiver.got:
            headers = {name.lower(): text for name, text in request.headers.items()}
            self.assertEqual(request.method, "POST")
            self.assertEqual(headers["content-type"], "application/json")
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}."
            digest = hmac.new(key, signed.encode() + request.body, hashlib.sha256)
            expected = base64.b64encode(digest.digest()).decode()
            self.assertEqual(headers["webhook-signature"], f"v1,{expected}")
            ids.add(headers["webhook-id"])
        self.assertEqual(len(ids), 2, "opened, and a step")

    def test_nothing_that_a_client_has_written_is_told(self):
        ticket = self._new_ticket(0, description="<p>My password is hunter2</p>")
        ticket.message_post(
            body="It is hunter2",
            author_id=self.client.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._run(30)
        self._deliver(30)
        self.assertTrue(self.receiver.got)
        self.assertNotIn(b"hunter2", b"".join(one.body for one in self.receiver.got))

    def test_who_was_passed_over_is_told_with_the_reason(self):
        self.leader.email = False
        self._new_ticket(0)
        self._run(30)
        lines = self._lines().filtered(lambda line: line.event == "incident.step_fired")
        told = [json.loads(line.body)["data"] for line in lines]
        (passed,) = (one for data in told for one in data["passed_over"])
        self.assertEqual(passed["person"]["name"], "esc_leader")
        self.assertEqual(passed["reason"], "No email address.")
        self.assertTrue(all(data["step"]["id"] for data in told))

    def test_a_fallback_is_told_as_one(self):
        self.policy.step_ids[1:].unlink()
        self.agent.active = False
        self._new_ticket(0, user_id=False)
        self._run(10)
        last = json.loads(self._lines()[-1].body)["data"]
        self.assertTrue(last["step"]["is_fallback"])
        self.assertEqual(last["notified"][0]["person"]["name"], "esc_leader")

    def test_who_takes_over_is_told_too(self):
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        incident.with_user(self.agent).action_confirm()
        incident.with_user(self.agent).action_confirm()
        incident.with_user(self.leader).action_take_over()
        lines = self._lines().filtered(lambda line: line.event == "incident.confirmed")
        names = [
            json.loads(line.body)["data"]["incident"]["confirmed_by"]["name"]
            for line in lines
        ]
        self.assertEqual(names, ["esc_agent", "esc_leader"], "and no double click")

    def test_a_change_of_hands_is_no_step(self):
        ticket = self._new_ticket(0)
        self._run(10)
        other = self._new_user("esc_other", "helpdesk_mgmt.group_helpdesk_user_team")
        self.team.user_ids += other
        ticket.user_id = other
        self._run(15)
        self.assertIn((other, "activity"), self._told(ticket))
        self.assertEqual(
            self._lines().mapped("event"), ["incident.opened", "incident.step_fired"]
        )

    # Who is told

    def test_only_of_the_policies_that_were_chosen(self):
        self.webhook.policy_ids = self._new_policy("Another", {"delay": 10})
        self._new_ticket(0)
        self._run(10)
        self.assertFalse(self._lines())
        self.webhook.policy_ids += self.policy
        self._run(30)
        self.assertEqual(self._lines().mapped("event"), ["incident.step_fired"])

    def test_a_policy_that_is_archived_is_still_one_of_them(self):
        self.webhook.policy_ids = self.policy
        self._new_ticket(0)
        self._run(10)
        self.policy.action_archive()
        self._run(15)
        self.assertEqual(self._lines()[-1].event, "incident.resolved")
        resolution = json.loads(self._lines()[-1].body)["data"]["incident"]
        self.assertEqual(resolution["resolution"], "no_policy")

    @mute_logger("odoo.sql_db")
    def test_the_last_policy_that_was_chosen_cannot_be_deleted(self):
        """Without it the webhook would be told of all."""
        other = self._new_policy("Another", {"delay": 10})
        self.webhook.policy_ids = other
        with self.assertRaises(IntegrityError), closing(self.env.cr.savepoint()):
            other.unlink()
        self.assertEqual(self.webhook.policy_ids, other)

    def test_another_company_is_not_told(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._new_webhook("Theirs", self.receiver, company_id=elsewhere.id)
        self._new_ticket(0)
        self._run(10)
        self.assertTrue(self._lines())
        self.assertFalse(self._lines(theirs))

    def test_nobody_is_told_where_there_is_no_webhook(self):
        self.webhook.action_archive()
        self._new_ticket(0)
        self._run(10)
        self.assertFalse(self.deliveries.search([]))

    def test_several_are_told_each(self):
        second = self._new_webhook("Chat", self.receiver)
        self._new_ticket(0)
        self._run(10)
        self.assertEqual(len(self._lines(second)), 2)
        keys = (self._lines() + self._lines(second)).mapped("message_key")
        self.assertEqual(len(set(keys)), 4)

    # All or nothing

    def test_what_did_not_happen_is_not_told(self):
        ticket = self._new_ticket(0)
        with closing(self.env.cr.savepoint()) as savepoint:
            self._run(10)
            self.assertTrue(self._lines())
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(ticket.escalation_incident_id)
        self.assertFalse(self._lines())

    def test_a_fault_stops_no_escalation(self):
        hook = type(self.env["helpdesk.escalation.webhook"])
        ticket = self._new_ticket(0)
        logger = "odoo.addons.helpdesk_escalation_webhook"
        with (
            patch.object(hook, "_prepare_data", side_effect=ZeroDivisionError),
            self.assertLogs(logger, "ERROR"),
        ):
            self._run(10)
        self.assertIn((self.agent, "activity"), self._told(ticket))
        self.assertFalse(self._incident(ticket).error)

    def test_a_deleted_ticket_is_told_as_its_end(self):
        ticket = self._new_ticket(0)
        self._run(10)
        incident = self._incident(ticket)
        ticket.unlink()
        self.assertFalse(incident.exists())
        self._deliver(11)
        last = self.receiver.messages[-1]
        self.assertEqual(last["type"], "incident.resolved")
        self.assertEqual(last["data"]["incident"]["id"], incident.id)
        self.assertEqual(last["data"]["incident"]["resolution"], "deleted")
        self.assertFalse(self._lines().incident_id)

    def test_many_cost_no_more_queries_than_few(self):
        """What is told of 40 incidents takes as many queries as of 10."""
        incidents = self.incidents
        for number in range(50):
            ticket = self._new_ticket(0, name=f"Fire {number}")
            incidents += incidents.create(
                {
                    "ticket_id": ticket.id,
                    "policy_id": self.policy.id,
                    "anchor_date": self.t0,
                }
            )
        costs = []
        for some in (incidents[:10], incidents[10:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._inform_webhooks("incident.opened")
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*costs)

    def test_people_of_a_policy_may_be_chosen_for_a_webhook(self):
        self.webhook.policy_ids = [Command.set(self.policy.ids)]
        manager = self.webhook.with_user(self.manager)
        self.assertEqual(manager.policy_ids, self.policy)


class TestErasure(WebhookCommon):
    def test_what_is_still_to_be_sent_names_no_client_who_was_erased(self):
        """Whoever was told that it is open still hears of its end."""
        ticket = self._new_ticket(0)
        self._run(10)
        self._deliver(11)
        with self._at(12):
            ticket.with_user(self.agent).action_escalation_confirm()
        deliveries = self.env["helpdesk.escalation.webhook.delivery"]
        name = ticket.partner_id.name
        self.assertIn(name, deliveries.search([("state", "=", "pending")]).body)
        self.env["helpdesk.escalation.erasure"]._erase_tickets(ticket)
        (left,) = deliveries.search([])
        self.assertEqual(left.event, "incident.confirmed")
        self.assertNotIn(name, left.body)
        self.assertNotIn(ticket.name, left.body)
        self._deliver(13)
        self.assertEqual(self.receiver.events[-1], "incident.confirmed")
        said = self.receiver.messages[-1]["data"]["ticket"]
        self.assertEqual((said["id"], said["client"]), (ticket.id, None))
