"""What the tests of a first installation share."""

from odoo.addons.helpdesk_escalation.hooks import post_init_hook

from .common import EscalationCommon
from .incoming import IncomingMail

MONTH = 30 * 24 * 60


class FirstInstallCommon(IncomingMail, EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reading = cls.env["helpdesk.escalation.message.reading"]
        cls.reading_job = cls.env.ref("helpdesk_escalation.ir_cron_read_messages")

    def _install(self):
        """Forget who spoke, as if the messages were from before us, and judge them."""
        self._install_only()
        self._read()

    def _install_only(self):
        """The job that judges the messages has not come yet."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET escalation_party = NULL, escalation_voice = NULL"
        )
        self.env.invalidate_all()
        self.reading_job.active = True
        post_init_hook(self.env)

    def _read(self):
        """Let the real job run; it calls itself again until all is read."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.assertIs(self.reading_job.method_direct_trigger(), True)
        self.env.invalidate_all()

    @classmethod
    def _comment(cls, ticket, author, **values):
        message = ticket.message_post(
            author_id=author.id,
            **{
                "body": "Well?",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **values,
            },
        )
        cls._date(message, -MONTH)
        return message
