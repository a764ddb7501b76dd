"""A copy of the database that is made to test with informs nobody."""

from odoo.modules.neutralize import get_neutralization_queries

from ..support.webhook import WebhookCommon


class TestCopies(WebhookCommon):
    def test_a_neutralized_copy_knows_no_address_and_sends_nothing(self):
        heartbeat = self.heartbeats.create({"name": "Watch", "url": self.receiver.url})
        self._new_ticket(0)
        self._run(10)
        secret = self.webhook.secret
        self.env.flush_all()
        for statement in get_neutralization_queries(["helpdesk_escalation_webhook"]):
            self.env.cr.execute(statement)
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertFalse(self.webhook.active)
        self.assertFalse(heartbeat.active)
        self.env.cr.execute(
            "SELECT url, secret FROM helpdesk_escalation_webhook "
            "UNION ALL SELECT url, NULL FROM helpdesk_escalation_heartbeat"
        )
        kept = str(self.env.cr.fetchall())
        self.assertNotIn("s3cret", kept)
        self.assertNotIn(secret, kept)
        self.assertFalse(self.webhook._get_private_hosts())
        self._deliver(10)
        self.assertEqual(self.receiver.got, [])

    def test_nor_does_one_in_which_somebody_sets_it_up_again(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self._new_ticket(0)
        self._run(10)
        self._deliver(10)
        self.assertEqual(self.receiver.got, [])
        self.assertIn("calls nobody", self._lines()[0].error)
