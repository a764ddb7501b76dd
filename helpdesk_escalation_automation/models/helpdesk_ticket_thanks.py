import logging
import re

from odoo import models
from odoo.tools import SQL

from odoo.addons.helpdesk_escalation.tools.mail_text import (
    get_new_text,
    is_repeated_subject,
)

_logger = logging.getLogger(__name__)

# A picture or a link may be what the message is about.
MORE_THAN_WORDS = re.compile(
    r"<(img|video|audio|iframe|svg|a)\b|https?:", re.IGNORECASE
)


class HelpdeskTicket(models.Model):
    """R3 "Only thanks": a client who only says thanks waits for nothing.

    It is waived as by the button, in the name of OdooBot, and taken back the same way.
    What cannot be certain is left waiting: nobody is hushed up by a fault of ours.
    """

    _inherit = "helpdesk.ticket"

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        # Sudo: the poster need not read who spoke in it.
        if message.sudo().escalation_party == "client" and len(self) == 1:
            self.sudo()._escalation_waive_thanks(message.sudo())
        return result

    def _escalation_waive_thanks(self, message):
        """Waive a message that is only thanks, where the policy wants it; never raise.

        Only where the client had been answered before: thanks after an open question
        do not settle the question.
        """
        policy_ids = self.env["helpdesk.escalation.policy"]._get_waiving_ids()
        if not policy_ids:
            return
        try:
            with self.env.cr.savepoint():
                if (
                    self._escalation_is_thanks(message)
                    and self._escalation_was_answered(message)
                    and self._escalation_waives(policy_ids)
                ):
                    note = self._message_log(
                        body=self.env._("Only thanks: no answer needed."),
                        author_id=self.env.ref("base.partner_root").id,
                    )
                    note.escalation_party = "waived"
                    self._escalation_resolve(True)
        except Exception:
            # R2: no mail is lost by a fault of ours; the client goes on waiting.
            _logger.info("Ticket %s: not waived", self.id, exc_info=True)

    def _escalation_is_thanks(self, message):
        body = message.body or ""
        if message.attachment_ids or MORE_THAN_WORDS.search(body):
            return False
        subject = message.subject
        titles = (self.name or "", f"{self.number} - {self.name}")
        if subject and not is_repeated_subject(subject, titles):
            return False
        names = (message.author_id.name, self.user_id.name)
        return self.env["helpdesk.escalation.phrase"]._is_only_thanks(
            get_new_text(body), " ".join(filter(None, names))
        )

    def _escalation_was_answered(self, message):
        """Whether the message before, of those that count, ended the wait."""
        before = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("escalation_party", "!=", False),
                ("id", "<", message.id),
            ],
            order="id desc",
            limit=1,
        )
        return before.escalation_party in ("staff", "waived")

    def _escalation_waives(self, policy_ids):
        """Whether a policy counts that waives thanks and does not go on counting.

        Where a policy counts until the ticket is closed, a waiver would end that.
        """
        clock = self.env["helpdesk.escalation.clock"]
        rows = self.env.execute_query(
            SQL(
                "SELECT clock.policy_id, clock.is_open FROM %s AS clock "
                "WHERE clock.id = %s",
                clock._table_sql,
                self.id,
            )
        )
        for policy_id, is_open in rows:
            policy = self.env["helpdesk.escalation.policy"].browse(policy_id)
            return policy_id in policy_ids and not (
                is_open and policy.count_from == "unresolved"
            )
        return False

    def _get_waiver_words(self, waiver):
        if waiver.author_id == self.env.ref("base.partner_root"):
            return self.env._(
                "Only thanks, no answer needed since %s",
                self.env["helpdesk.escalation.incident"]._format_moment(
                    waiver.create_date
                ),
            )
        return super()._get_waiver_words(waiver)
