"""The health says what does not arrive, with the way there."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from ..support.health import HealthCommon
from ..support.webhook import WebhookCommon


class TestWebhookHealth(WebhookCommon, HealthCommon):
    def _add(self, webhook=None, **values):
        return self.deliveries.create(
            {
                "webhook_id": (webhook or self.webhook).id,
                "event": "webhook.test",
                "body": "{}",
                **values,
            }
        )

    def test_what_has_failed_is_said_until_it_is_sent_again(self):
        self.assertEqual(self._problems(), {})
        failed = self._add(state="failed")
        self._add()
        problem = self._one("webhooks")
        self.assertIn("Status board (1)", problem["text"])
        self.assertEqual(self._shown(problem), failed)
        failed.with_user(self.manager).action_send_again()
        self.assertEqual(self._problems(), {})

    def test_what_is_long_ago_or_archived_is_no_problem(self):
        failed = self._add(state="failed")
        self.webhook.active = False
        self.assertEqual(self._problems(), {})
        self.webhook.active = True
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_escalation_webhook_delivery "
            "SET write_date = write_date - interval '8 days' WHERE id = %s",
            failed.ids,
        )
        self.env.invalidate_all()
        self.assertEqual(self._problems(), {})

    def test_another_companys_is_not_shown(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._new_webhook("Theirs", self.receiver, company_id=elsewhere.id)
        self._add(theirs, state="failed")
        self.assertEqual(self._problems(), {})

    def test_a_heartbeat_that_does_not_arrive(self):
        heartbeat = self.heartbeats.create({"name": "Watch", "url": self.receiver.url})
        self.assertEqual(self._problems(), {})
        heartbeat.error = "No answer in time."
        problem = self._one("heartbeats")
        self.assertIn("Watch (No answer in time).", problem["text"])
        self.assertEqual(self._shown(problem), heartbeat)
        heartbeat.call_date = fields.Datetime.now() - timedelta(minutes=10)
        self.assertEqual(self._problems(), {}, "once may be an accident")

    def test_a_job_that_is_off_is_switched_on(self):
        self.job.active = False
        problem = self._one("webhook_job_off")
        health = self.env["helpdesk.escalation.health"]
        with self.assertRaises(AccessError):
            health.with_user(self.leader).action_switch_on_webhooks()
        self._press(problem)
        self.assertTrue(self.job.active)
        self.job.active = False
        self.webhook.active = False
        self.assertEqual(self._problems(), {}, "nobody is to be informed")
