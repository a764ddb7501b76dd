from odoo import api, models
from odoo.tools import email_normalize, email_normalize_all

from ..tools.locks import lock_rows
from ..tools.mail_bounce import get_delivery_failure
from ..tools.message_kinds import ENDING

TICKET = "helpdesk.ticket"
FAILED = ("bounce", "exception", "canceled")


class MailThread(models.AbstractModel):
    """What becomes of a mail that comes back undelivered (R2, R9).

    *One of ours*: the person is notified by an activity. *An answer*: where nobody on
    the client's side got it, it is none, and the client's wait goes on from now.
    """

    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Let Odoo keep what bounced, and see who was not reached by it then."""
        result = super()._routing_handle_bounce(email_message, message_dict)
        # A fault of ours must not have the mail read again and again.
        self._escalation_guard(
            self._escalation_handle_bounce, None, email_message, message_dict
        )
        return result

    @api.model
    def _escalation_handle_bounce(self, email_message, message_dict):
        # Sudo: a bounce is routed, whoever it comes in as.
        message = message_dict["bounced_message"].sudo()
        # A report without the mail itself may still say what it answers.
        message = message or message.browse(message_dict.get("parent_id") or ())
        failure = get_delivery_failure(email_message) if message else None
        if not failure:
            return
        addresses, reason = failure
        if message_dict["bounced_email"]:
            addresses |= {email_normalize(message_dict["bounced_email"])}
        lines = (
            self.env["helpdesk.escalation.notification"]
            .sudo()
            .search([("mail_message_id", "=", message.id)])
        )
        if lines:
            lines._register_bounce(reason)
        elif message.model == TICKET and message.escalation_party == "staff":
            message._escalation_register_bounce(addresses, reason)


class HelpdeskEscalationNotification(models.Model):
    _inherit = "helpdesk.escalation.notification"

    def _register_bounce(self, reason):
        """Notify by an activity whom a mail did not reach, and keep why (R9).

        :param str reason: what the mail server says
        """
        lock_rows(self.incident_id, wait=True)
        lines = lock_rows(self, wait=True)
        lines.invalidate_recordset(["state"])
        lines = lines.filtered(lambda line: line.state in ("pending", "sent"))
        for speaking in lines.incident_id._in_company_terms():
            here = lines.filtered(
                lambda line, incidents=speaking: line.incident_id in incidents
            ).with_env(speaking.env)
            words = here.env._("The email came back: %s", reason)
            here.write({"state": "failed", "reason": words})
            here.incident_id.write({"mail_failed": True})
            here._fall_back_to_activity(words)


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _escalation_register_bounce(self, addresses, reason):
        """Count an answer that the client did not get as none (R2).

        Of several on the client's side, one who got it is enough.

        :param set addresses: that could not be reached, normalized
        :param str reason: what the mail server says
        """
        self.ensure_one()
        ticket = self.env[TICKET].browse(self.res_id).exists()
        if not ticket:
            return
        reached, missed = self._escalation_split_client_side(ticket, addresses)
        if reached or not missed:
            return
        self.escalation_party = False
        later = self.search_count(
            [
                ("model", "=", TICKET),
                ("res_id", "=", ticket.id),
                ("id", ">", self.id),
                ("escalation_party", "in", ENDING),
            ],
            limit=1,
        )
        ticket = ticket.with_context(
            lang=ticket.company_id.partner_id.lang or self.env.lang
        )
        ticket._message_log(
            body=ticket.env._(
                "An answer did not reach %(address)s: %(reason)s",
                address=", ".join(sorted(missed)),
                reason=reason,
            ),
            author_id=self.env.ref("base.partner_root").id,
        )
        is_settled = ticket.stage_id.closed or ticket.duplicate_id or not ticket.active
        if not later and not is_settled:
            ticket._escalation_come_back()

    def _escalation_split_client_side(self, ticket, addresses):
        """Say who on the client's side got a message, and who did not.

        The client's side are the contact, the address on the ticket and whoever wrote
        from outside; where none of them was written to, everybody from outside.

        :param set addresses: that bounced just now; a contact may have several
        :return: the addresses of both
        :rtype: tuple[set[str], set[str]]
        """
        spoken = self.search(
            [
                ("model", "=", TICKET),
                ("res_id", "=", ticket.id),
                ("escalation_party", "=", "client"),
            ]
        )
        theirs = {
            address
            for text in (
                ticket.partner_id.email,
                ticket.partner_email,
                *spoken.mapped("email_from"),
            )
            for address in email_normalize_all(text or "")
        }
        partners = ticket.partner_id | spoken.author_id
        status = {}
        for notification in self.notification_ids:
            person = notification.res_partner_id
            text = notification.mail_email_address or person.email or ""
            if notification.notification_type != "email":
                # They read it in Odoo.
                status[f"#{person.id}"] = (person in partners, person, False)
            for address in email_normalize_all(text):
                failed = (
                    notification.notification_status in FAILED or address in addresses
                )
                is_theirs = person in partners or address in theirs
                status[address] = (is_theirs, person, failed)
        for address in email_normalize_all(
            f"{self.incoming_email_to or ''},{self.incoming_email_cc or ''}"
        ):
            # The agent wrote from their own mailbox: that server knows.
            status.setdefault(address, (address in theirs, None, address in addresses))
        if not any(is_theirs for is_theirs, _person, _failed in status.values()):
            status = {
                address: (not person or person.partner_share, person, failed)
                for address, (_theirs, person, failed) in status.items()
            }
        reached, missed = set(), set()
        for address, (is_theirs, _person, failed) in status.items():
            if is_theirs:
                (missed if failed else reached).add(address)
        return reached, missed
