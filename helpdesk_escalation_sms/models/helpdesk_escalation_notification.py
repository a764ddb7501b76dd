from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.locks import lock_rows
from odoo.addons.helpdesk_escalation.tools.mail_links import make_link
from odoo.addons.helpdesk_escalation.tools.mail_text import one_line, shorten

# Of a text in Odoo's queue that the provider has.
SENT_STATES = ("process", "pending", "sent")
# A text is charged by its length.
MAX_NAME = 40
MAX_TITLE = 70


class HelpdeskEscalationNotification(models.Model):
    """R9, SMS: what is written, and taken back."""

    _inherit = "helpdesk.escalation.notification"

    channel = fields.Selection(
        selection_add=[("sms", "SMS")], ondelete={"sms": "set other"}
    )
    sms_id = fields.Many2one(
        comodel_name="sms.sms",
        string="SMS",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="base.group_system",
    )
    sms_uuid = fields.Char(
        string="SMS Number at the Provider",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_system",
        help="By it the provider reports what became of the SMS, also once Odoo has "
        "removed it.",
    )
    sms_failure = fields.Char(
        string="SMS Failure",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="What the provider has reported later: the SMS did not arrive.",
    )

    def _deliver_sms(self):
        """Open the ticket to them; the texts are written at the end of the run.

        Only then is it known how many a person would get.
        """
        self._grant_access()

    def _get_confirm_way(self):
        return "sms" if self.channel == "sms" else super()._get_confirm_way()

    def _prepare_sms(self):
        """Return the values of one SMS to the person of these notifications."""
        number = self.user_id.partner_id.phone_sanitized
        if len(self) == 1:
            body = self._in_terms_of_person()._get_sms_text()
        else:
            body = self[:1]._in_terms_of_person()._get_sms_digest_text(self)
        return {
            "body": body,
            "number": number,
            "partner_id": self.user_id.partner_id.id,
        }

    def _get_sms_text(self):
        """Say in one line what waits, and where to confirm."""
        link = make_link(self, self._get_link_hours())
        if self.headline:
            said = shorten(self.headline, 1, MAX_NAME + MAX_TITLE)
        else:
            said = self.env._(
                "%(client)s has been waiting for %(waited)s: %(ticket)s",
                client=shorten(self.client_name or "", 1, MAX_NAME),
                waited=self.waited,
                ticket=shorten(self.ticket_name or "", 1, MAX_TITLE),
            )
        # A sign that is not in the alphabet of SMS halves what a text may hold.
        said = said.replace("…", "...")
        return one_line(
            self.env._("%(said)s - I'm on it: %(link)s", said=said, link=link)
        )

    def _get_sms_digest_text(self, lines):
        """Say of many tickets how many they are.

        :param lines: all that the text is about, this one included
        """
        oldest = lines.sorted(lambda line: line.incident_id.anchor_date)[0]
        return one_line(
            self.env._(
                "%(count)s tickets are waiting for an answer, the longest for "
                "%(waited)s: %(link)s",
                count=len(lines.ticket_id),
                waited=oldest.with_env(self.env).waited,
                link=f"{(self.get_base_url() or '').rstrip('/')}/odoo/escalated-to-me",
            )
        )

    def _withdraw(self, keep_user=None):
        # Sudo: the queue is Odoo's.
        waiting = self.sudo().filtered(lambda line: line.state == "pending")
        texts = waiting.sms_id
        # What is on its way cannot be taken back, though no run has learned of it yet.
        waiting.filtered(lambda line: line.sms_id.state in SENT_STATES).write(
            {"state": "sent", "sent_date": fields.Datetime.now()}
        )
        result = super()._withdraw(keep_user=keep_user)
        texts._escalation_take_back()
        return result

    @api.model
    def _get_sms_taken_back(self, texts):
        """Return those of the texts that nobody is to get any more (R7, R10)."""
        lines = self.search([("sms_id", "in", texts.ids)])
        wanted = lines.filtered(
            lambda line: (
                line.state not in ("cancelled", "failed")
                and not line._get_obstacle("sms")
            )
        )
        return lines.sms_id - wanted.sms_id

    def _give_up_sms(self, reason):
        """Keep that texts did not arrive, and why, and notify by an activity (R9)."""
        wanted = self.filtered(lambda line: line.incident_id.state == "active")
        (self - wanted).filtered(lambda line: line.state == "pending").write(
            {"state": "cancelled", "reason": reason}
        )
        wanted.write({"state": "failed", "reason": reason})
        lock_rows(self.sms_id).filtered(
            lambda text: text.state == "outgoing"
        ).action_set_canceled()
        wanted._fall_back_to_activity(reason)
