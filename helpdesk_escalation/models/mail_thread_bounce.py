from odoo import api, models
from odoo.tools import email_normalize, email_normalize_all

from ..tools.locks import lock_rows
from ..tools.mail_addresses import get_addresses
from ..tools.mail_bounce import get_delivery_failure
from ..tools.message_kinds import UNDELIVERED

TICKET = "helpdesk.ticket"
INCIDENT = "helpdesk.escalation.incident"
FAILED = ("bounce", "exception", "canceled")


class MailThread(models.AbstractModel):
    """What becomes of a mail that comes back undelivered (R2, R9).

    *One of ours*: the person is notified by an activity. *An answer*: where nobody on
    the client's side got it, it is none, and the client's wait goes on from then.
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
        is_answer = message.model == TICKET and message.escalation_party == "staff"
        if not is_answer and message.model != INCIDENT:
            return
        news = self.env["helpdesk.escalation.delivery"]._add(
            message, addresses=", ".join(sorted(addresses - {False})), reason=reason
        )
        news._see_to_now()


class HelpdeskEscalationNotification(models.Model):
    _inherit = "helpdesk.escalation.notification"

    def _register_bounce(self, reason):
        """Notify by an activity whom a mail did not reach, and keep why (R9).

        :param str reason: what the mail server says
        :return: whether it is done; not while somebody is at work on one of these
        """
        incidents = self.incident_id
        if lock_rows(incidents) != incidents or lock_rows(self) != self:
            return False
        lines = self
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
        return True


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _escalation_register_delivery(self, news):
        """Count an answer that the client did not get as none (R2).

        Of several on the client's side, one who got it is enough. Once it has been
        sent after all it is an answer again.

        :param news: a ``helpdesk.escalation.delivery``
        :return: whether it is done; not while somebody is at work on the ticket
        """
        self.ensure_one()
        ticket = self.env[TICKET].browse(self.res_id).exists()
        if self.model != TICKET or not ticket:
            return True
        # What is said on a duplicate counts for the ticket it is one of.
        tickets = ticket | ticket._escalation_get_originals()
        if lock_rows(tickets) != tickets or not lock_rows(self):
            return False
        addresses = get_addresses(news.addresses)
        reached, missed = self._escalation_split_client_side(ticket, addresses)
        if news.has_arrived and self.escalation_voice == UNDELIVERED:
            if reached & self._escalation_get_sent_addresses():
                self.escalation_voice = "inside"
                self._judge_escalation_again(anew=True)
                tickets._escalation_resolve(True)
        elif missed and not reached and self.escalation_party == "staff":
            before = tickets._escalation_read_waiting_since()
            self.write({"escalation_party": False, "escalation_voice": UNDELIVERED})
            ticket._escalation_tell_undelivered(missed, news.reason or "")
            tickets._escalation_wait_again(before, news.date)
        return True

    def _escalation_get_sent_addresses(self):
        """Return the addresses that Odoo has sent the message to."""
        sent = self.notification_ids.filtered(
            lambda one: one.notification_status == "sent"
        )
        return get_addresses(
            *(one.mail_email_address or one.res_partner_id.email for one in sent)
        )

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
        theirs = get_addresses(
            ticket.partner_id.email,
            ticket.partner_email,
            *spoken.mapped("email_from"),
        )
        partners = ticket.partner_id | spoken.author_id
        status = {}
        for notification in self.notification_ids:
            person = notification.res_partner_id
            text = notification.mail_email_address or person.email or ""
            if notification.notification_type == "inbox":
                # They read it in Odoo.
                status[f"#{person.id}"] = (person in partners, person, False)
            if notification.notification_type != "email":
                continue
            # What is no address has failed as well, but nobody is missed without any.
            for address in email_normalize_all(text) or filter(None, [text.strip()]):
                failed = (
                    notification.notification_status in FAILED or address in addresses
                )
                is_theirs = person in partners or address in theirs
                status[address] = (is_theirs, person, failed)
        for address in get_addresses(self.incoming_email_to, self.incoming_email_cc):
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


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def _escalation_read_waiting_since(self):
        return {
            clock.id: clock.waiting_since for clock in self._read_escalation_clocks()
        }

    def _escalation_wait_again(self, before, moment):
        """Let those go on waiting from a moment whom an answer did not reach (R2, R3).

        Who waited all the same, having written after it, goes on waiting from then.

        :param dict before: since when somebody waited before that was known, by the
            ticket's id
        :param datetime moment: when it failed
        """
        for clock in self._read_escalation_clocks():
            since = before[clock.id]
            if clock.waiting_since == since:
                continue
            # Where an answer ends no wait, one that failed begins none.
            if not (clock.is_open and clock.policy_id.count_from == "unresolved"):
                self.browse(clock.id)._escalation_come_back(since or moment)

    def _escalation_tell_undelivered(self, addresses, reason):
        ticket = self.with_context(
            lang=self.company_id.partner_id.lang or self.env.lang
        )
        ticket._message_log(
            body=ticket.env._(
                "An answer did not reach %(address)s: %(reason)s",
                address=", ".join(sorted(addresses)),
                reason=reason,
            ),
            author_id=self.env.ref("base.partner_root").id,
        )
