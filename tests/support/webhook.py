"""What the tests of webhooks share: a receiver on loopback, and the job that sends."""

from odoo.addons.helpdesk_escalation_webhook.models.res_config_settings import HOSTS

from .common import EscalationCommon
from .receiver import Receiver
from .server import HOST


class WebhookCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(HOSTS, HOST)
        cls.job = cls.env.ref("helpdesk_escalation_webhook.ir_cron_deliver")
        cls.deliveries = cls.env["helpdesk.escalation.webhook.delivery"]
        cls.heartbeats = cls.env["helpdesk.escalation.heartbeat"]
        cls.receiver = cls.enterClassContext(Receiver())
        cls.webhook = cls._new_webhook("Status board", cls.receiver)

    def setUp(self):
        super().setUp()
        for name, value in vars(Receiver()).items():
            setattr(self.receiver, name, value)

    @classmethod
    def _new_webhook(cls, name, receiver, **values):
        return cls.env["helpdesk.escalation.webhook"].create(
            {"name": name, "url": receiver.url, **values}
        )

    def _deliver(self, minute):
        """Let the real job send at a minute."""
        self.env.flush_all()
        with self._at(minute), self.enter_registry_test_mode():
            self.assertIs(self.job.method_direct_trigger(), True)
        self.env.invalidate_all()

    def _lines(self, webhook=None):
        """What was kept for a webhook, in order."""
        webhook = webhook or self.webhook
        return self.deliveries.search([("webhook_id", "=", webhook.id)], order="id")
