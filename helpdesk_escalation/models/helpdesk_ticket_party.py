import logging

from odoo import Command, api, models
from odoo.tools import ormcache
from odoo.tools.mail import email_domain_extract, email_normalize

from ..tools.mail_addresses import get_addresses, get_partner_addresses
from ..tools.mail_content import has_content
from ..tools.mail_domains import is_public_provider
from ..tools.message_kinds import ASIDE, OF_OURS, UNDELIVERED

_logger = logging.getLogger(__name__)

# The ticket's contact, or what stands for one.
CONTACT_FIELDS = {"partner_id", "partner_email"}


class HelpdeskTicket(models.Model):
    """R2: who speaks in a message on a ticket.

    In two steps. The *voice* is kept, as it was true when the message was written:
    somebody from outside, one of us, one of us by what is never an answer, or nobody.
    The *party* follows from it and from what the message and the ticket say now, and is
    judged again when that changes.
    """

    _inherit = "helpdesk.ticket"

    # ------------------------------------------------------------------
    # The party
    # ------------------------------------------------------------------

    @api.model
    def _escalation_party(self, vals):
        """Say who speaks in a message on a ticket (R2).

        :param dict vals: values of a ``mail.message``, with its ``escalation_voice``
            unless it is about to be created, and ``escalation_reached`` once it is
            known whom it goes to: ids and addresses, or True where it is the client
        :return: "client", "staff" or False when it is nobody's
        """
        voice = vals.get("escalation_voice") or self._escalation_voice(vals)
        if voice == "nobody" or self._escalation_is_empty(vals, voice):
            return False
        # Sudo, here and below: who speaks does not depend on who may see them.
        ticket = self.sudo().browse(vals.get("res_id"))
        author = self._escalation_get_author(vals)
        if voice == "outside":
            if author and not author.partner_share:
                # They were an outsider when they wrote it.
                author = author.browse()
            return self._escalation_is_client(ticket, author) and "client"
        speaker = self._escalation_get_speaker(vals, author)
        if ticket._escalation_is_of_client(vals, author, speaker, voice):
            return "client"
        if voice in ("silent", UNDELIVERED) or not self._escalation_is_shown(vals):
            return False
        return ticket._escalation_goes_to_client(vals) and "staff"

    @api.model
    def _escalation_is_shown(self, vals):
        """Whether a message is one that clients may see."""
        return not vals.get("is_internal") and self._escalation_is_public(
            vals.get("subtype_id")
        )

    @api.model
    def _escalation_answers(self, vals):
        """Whether one of us says what is an answer if it goes to the client."""
        return self._escalation_is_shown(vals) and not self._escalation_is_empty(
            vals, "inside"
        )

    def _escalation_is_of_client(self, vals, author, speaker, voice):
        """Whether one of us speaks on the client's side (R2).

        :param speaker: the employee who speaks, by whatever name; else the author
        """
        if (
            author
            and author == self.partner_id
            and (
                speaker == author
                or voice == "silent"
                or vals.get("message_type") == "email"
            )
        ):
            # The contact, unless one of us writes in its name.
            return True
        has_login = bool(self._escalation_find_users(speaker))
        if voice == "silent" and not has_login:
            # Without a login: a scanner, or a colleague whom it knows by address only.
            is_inside, addresses = self._escalation_find_client()
            sender = author.email_normalized or email_normalize(vals.get("email_from"))
            return (
                is_inside
                or sender in addresses
                or any(map(self._escalation_is_own_address, addresses))
            )
        if not has_login:
            # The company's mailbox, and nobody knows who wrote.
            return False
        if speaker.partner_share:
            # They have left since: what counts is what they were.
            on_their_side = self._escalation_is_on_client_side(speaker)
        else:
            on_their_side = self._escalation_is_client(self, speaker)
        # A colleague's note is a note; the contact's own is their message.
        return on_their_side and (
            self._escalation_is_shown(vals) or speaker == self.partner_id
        )

    @api.model
    @ormcache("subtype_id")
    def _escalation_is_public(self, subtype_id):
        """Whether clients see messages of a subtype; Odoo forgets it on any change."""
        # Sudo: one answer is kept for everybody.
        subtype = self.env["mail.message.subtype"].sudo().browse(subtype_id)
        return bool(subtype) and not subtype.internal

    @api.model
    def _escalation_is_empty(self, vals, voice):
        """Whether a message says nothing, such as one that was deleted in the chatter.

        What the client has put into the subject of a mail, they have said.
        """
        if vals.get("attachment_ids") or has_content(vals.get("body")):
            return False
        subject = (vals.get("subject") or "").strip()
        return not (
            voice == "outside"
            and vals.get("message_type") == "email"
            and subject
            # Nothing is said by repeating it, as mail programs do.
            and ":" not in subject
        )

    @api.model
    def _escalation_is_client(self, ticket, author):
        """Whether an author speaks for the client: any outsider, or the contact (R2).

        Where the client is one of us, so do their colleagues, unless they work on it.
        A company that sees third parties differently overrides this method.

        :param author: a partner, empty for an unknown sender
        """
        return (
            not author
            or author.partner_share
            or author == ticket.partner_id
            or ticket._escalation_is_on_client_side(author)
        )

    # ------------------------------------------------------------------
    # Whether an answer goes to the client
    # ------------------------------------------------------------------

    def _escalation_goes_to_client(self, vals):
        """Whether a public message of staff is for the client, and not for others.

        One for nobody in particular is for everybody on the ticket.
        """
        reached = vals.get("escalation_reached")
        if reached is True:
            return True
        explicit = self._escalation_get_explicit(vals)
        to_some = (
            vals.get("escalation_only_explicit")
            or vals.get("escalation_voice") == ASIDE
        )
        if not to_some:
            if explicit[1] and not explicit[0] and vals.get("message_type") == "email":
                explicit[1].difference_update(
                    self._escalation_find_entry(vals, explicit[1])
                )
            if not any(explicit):
                return True
        ids, addresses = reached or explicit
        contact = self.partner_id
        if not contact and not self.partner_email:
            contact = self.create_uid.partner_id
        if contact.id in ids:
            return True
        # Sudo: whom it goes to does not depend on who may see them.
        partners = self.env["res.partner"].sudo().browse(ids)
        outside = partners.filtered("partner_share")
        addresses = addresses | get_partner_addresses(outside)
        if not addresses.isdisjoint(get_partner_addresses(contact)):
            return True
        on_ticket = get_addresses(self.partner_email) & addresses
        if on_ticket and not (
            # Who has forwarded the client's mail to us.
            contact
            and all(
                self._escalation_find_owner(contact.browse(), address)
                for address in on_ticket
            )
        ):
            return True
        return bool(outside or addresses) and self._escalation_wrote(
            outside, addresses, vals.get("id")
        )

    def _escalation_find_entry(self, vals, addresses):
        """Return the address by which a mail of ours came in, where it is no alias.

        Such as the mailbox that Odoo fetches mails from: one of our own that no
        employee has.

        :param set addresses: what *To* and *Cc* name
        """
        if self.env.context.get("escalation_by_alias"):
            return set()
        author = self.env["res.partner"].sudo().browse(vals["author_id"] or ())
        domain = email_domain_extract(author.email_normalized or vals["email_from"])
        entries = {
            address
            for address in addresses
            if self._escalation_is_own_address(address)
            or (
                email_domain_extract(address) == domain
                and not is_public_provider(domain)
            )
        }
        entries = {
            address
            for address in entries
            if not self._escalation_find_owner(author.browse(), address)
        }
        return entries if len(entries) == 1 else set()

    def _escalation_wrote(self, partners, addresses, before=None):
        """Whether somebody from outside has written on a ticket, or a duplicate of it.

        Who waits on a duplicate is answered here as well (R3). Odoo tells by addresses
        only who was in *To* and *Cc* of a mail, and one may have several cards.

        :param int before: the message that would answer them, once it is written
        """
        tickets = self._escalation_with_duplicates()
        if (tickets - self).partner_id & partners:
            return True
        messages = self.env["mail.message"].sudo()
        written = messages.search_fetch(
            [
                ("model", "=", self._name),
                ("res_id", "in", tickets.ids),
                ("escalation_party", "=", "client"),
                *([("id", "<", before)] if before else ()),
            ],
            ["author_id", "email_from", "escalation_voice"],
        )
        if written.author_id & partners:
            return True
        written = written.filtered(
            lambda one: not one.author_id or one.escalation_voice == "outside"
        )
        senders = get_addresses(*set(written.mapped("email_from")))
        return not addresses.isdisjoint(senders) or not addresses.isdisjoint(
            get_partner_addresses(written.author_id)
        )

    def _escalation_with_duplicates(self):
        """Return a ticket and all whose chain of duplicates leads to it."""
        # Sudo: who wrote on them does not depend on who may see them.
        found = added = self.sudo().with_context(active_test=False)
        while added := added.duplicate_ids - found:
            found |= added
        return found

    @api.model
    def _escalation_get_explicit(self, vals):
        """Return whom a message names as its recipients: ids, and addresses.

        Addresses of our own, at which mails come in, Odoo has left out.
        """
        ids = set()
        for command in vals.get("partner_ids") or ():
            if isinstance(command, int):
                ids.add(command)
            elif command[0] == Command.LINK:
                ids.add(command[1])
            elif command[0] == Command.SET:
                ids.update(command[2])
        listed = [
            vals[name]
            for name in ("incoming_email_to", "incoming_email_cc", "outgoing_email_to")
            if vals.get(name)
        ]
        return ids, get_addresses(*listed)

    # ------------------------------------------------------------------
    # When it is known, and when it changes
    # ------------------------------------------------------------------

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        # Sudo: the poster need not read the message, nor who spoke in it.
        message = message.sudo()
        if not (
            msg_vals and self.ids and message.escalation_voice in ("inside", ASIDE)
        ):
            return recipients
        only_explicit = kwargs.get("notify_skip_followers")
        careful = message.message_type == "email"
        # Where those who follow are notified, and nobody is named, all is said.
        if (
            only_explicit
            or not recipients
            or any(self._escalation_get_explicit(msg_vals))
        ):
            self.sudo()._escalation_guard_answer(
                careful,
                lambda: self.sudo()._escalation_judge_notified(
                    message, msg_vals, recipients, only_explicit
                ),
            )
        if message.escalation_party == "staff":
            # The run would find the answer: this only ends the incident at once.
            author = self._message_compute_real_author(message.author_id.id)
            self._escalation_resolve(careful, speaker=author)
        return recipients

    def _escalation_judge_notified(self, message, vals, recipients, only_explicit):
        """Tell whether an answer goes to the client, now that Odoo has chosen whom.

        :param dict vals: what the message was created with
        :param list recipients: as ``_notify_thread`` returns them
        :param only_explicit: whether those who follow were left out on purpose
        """
        if message.escalation_party == "client" or not self._escalation_answers(vals):
            return
        ids = {recipient["id"] for recipient in recipients if recipient["id"]}
        addresses = {
            recipient["email_normalized"]
            for recipient in recipients
            if not recipient["id"]
        }
        # A mail of an agent's own has gone to those in its To and Cc.
        written = {**vals, "partner_ids": [], "outgoing_email_to": False}
        addresses |= self._escalation_get_explicit(written)[1]
        goes = self._escalation_goes_to_client(
            {
                **vals,
                "escalation_only_explicit": only_explicit,
                "escalation_voice": "inside",
                "escalation_reached": (ids, addresses),
            }
        )
        if goes and not recipients and not addresses:
            goes = not self._escalation_is_left_out(vals)
        # Kept: that those who follow were left out is known only now.
        party, voice = ("staff", "inside") if goes else (False, ASIDE)
        if (message.escalation_party or False, message.escalation_voice) != (
            party,
            voice,
        ):
            message.write({"escalation_party": party, "escalation_voice": voice})

    def _escalation_is_left_out(self, vals):
        """Whether the client follows the ticket, and yet nobody is notified.

        So it is where a module lets one choose not to notify who follows.
        """
        if not self.partner_id or self.partner_id.id == vals.get("author_id"):
            return False
        followers = self.env["mail.followers"].sudo()
        return bool(
            followers.search_count(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("partner_id.active", "=", True),
                    ("subtype_ids", "in", vals.get("subtype_id")),
                ],
                limit=1,
            )
        )

    def write(self, vals):
        if CONTACT_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = {
            ticket: (ticket.partner_id, ticket.partner_email) for ticket in self.sudo()
        }
        result = super().write(vals)
        changed = self.sudo().filtered(
            lambda ticket: before[ticket] != (ticket.partner_id, ticket.partner_email)
        )
        if changed:
            self._escalation_guard_answer(True, changed._escalation_judge_all)
        return result

    def _escalation_judge_all(self):
        """Judge all messages on tickets again, whose contact is another one now (R2).

        What somebody from outside wrote is the client's, whoever the contact is.
        """
        messages = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("escalation_voice", "in", OF_OURS),
            ]
        )
        messages._judge_escalation_again(anew=True)

    @api.model
    def _escalation_guard_answer(self, careful, judge):
        """Judge, and lose no message by a fault of ours.

        :param bool careful: nobody can repeat this: not even an error of the database
            may be left behind
        """
        try:
            if careful:
                with self.env.cr.savepoint(flush=False):
                    judge()
            else:
                judge()
        except Exception:
            _logger.exception("Who spoke on tickets %s is left as it was", self.ids)
