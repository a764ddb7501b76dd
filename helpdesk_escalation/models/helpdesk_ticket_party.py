import logging

from odoo import SUPERUSER_ID, Command, api, models
from odoo.tools import SQL, ormcache
from odoo.tools.mail import (
    email_domain_extract,
    email_normalize,
    email_normalize_all,
)

from ..tools.mail_content import has_content
from ..tools.mail_domains import is_public_provider
from ..tools.message_kinds import UNDELIVERED
from .groups import MANAGER_GROUP, STAFF_GROUP

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
            unless it is about to be created, and ``escalation_reached``, ids and
            addresses, once it is known whom it goes to
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
        if (
            voice in ("silent", UNDELIVERED)
            or vals.get("is_internal")
            or not self._escalation_is_public(vals.get("subtype_id"))
        ):
            return False
        return ticket._escalation_goes_to_client(vals) and "staff"

    def _escalation_is_of_client(self, vals, author, speaker, voice):
        """Whether one of us speaks on the client's side (R2).

        :param speaker: the employee who speaks, by whatever name; else the author
        """
        if (
            author
            and author == self.partner_id
            and (speaker == author or vals.get("message_type") == "email")
        ):
            # The contact, unless one of us writes in its name.
            return True
        if voice == "silent" and not self._escalation_find_users(speaker):
            # Without a login: a scanner, or a colleague whom it knows by address only.
            is_inside, address = self._escalation_find_client()
            sender = author.email_normalized or email_normalize(vals.get("email_from"))
            return (
                is_inside
                or bool(sender and sender == address)
                or self._escalation_is_own_address(address)
            )
        if not self._escalation_find_users(speaker):
            # The company's mailbox, and nobody knows who wrote.
            return False
        if speaker.partner_share:
            # They have left since: what counts is what they were.
            on_their_side = self._escalation_is_on_client_side(speaker)
        else:
            on_their_side = self._escalation_is_client(self, speaker)
        # A colleague's note is a note; the contact's own is their message.
        return on_their_side and (
            not vals.get("is_internal")
            and self._escalation_is_public(vals.get("subtype_id"))
            or speaker == self.partner_id
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
    # Employees on the client's side
    # ------------------------------------------------------------------

    def _escalation_is_on_client_side(self, author):
        """Whether an employee asks, and does not answer, on a ticket (R2).

        They do where the client is an employee too, or where they cannot work on the
        ticket, as their companies have no part in it.
        """
        if not self:
            return False
        users = self._escalation_find_users(author)
        has_access = any(
            self.company_id.id in user._get_company_ids() for user in users
        )
        if has_access and self._escalation_has_it_in_hand(author, users):
            # Nearly always: nothing has to be looked up.
            return False
        is_inside, address = self._escalation_find_client()
        if is_inside and address and author.email_normalized == address:
            # The contact is another one of the same person.
            return True
        return (is_inside or not has_access) and not (
            self._escalation_works_on_it(users, has_access)
        )

    def _escalation_has_it_in_hand(self, author, users):
        """Whether somebody is the responsible, leads the team or manages the helpdesk.

        And is not the client.

        :param users: the logins of the author
        """
        address = self.partner_id.email_normalized or email_normalize(
            self.partner_email
        )
        if address and address == author.email_normalized:
            return False
        if not self.partner_id and self.create_uid & users:
            return False
        return bool((self.user_id | self.team_id.user_id) & users) or any(
            user.has_group(MANAGER_GROUP) for user in users
        )

    def _escalation_find_client(self):
        """Tell whether the client is one of us, and by which address.

        :return: (whether they have, or had, a login of an employee; the address)
        :rtype: tuple[bool, str | bool]
        """
        partner_email = email_normalize(self.partner_email)
        users = self.env["res.users"]
        users.flush_model(["partner_id", "share"])
        self.env["res.partner"].flush_model(["email_normalized"])
        # In one statement, as every answer asks for it.
        ((is_user, address),) = self.env.execute_query(
            SQL(
                """
        SELECT EXISTS (
               SELECT FROM res_users
                WHERE res_users.share IS NOT TRUE AND res_users.id != %(root)s
                  AND res_users.partner_id = %(partner)s)
            OR EXISTS (
               SELECT FROM res_partner other
                 JOIN res_users ON res_users.partner_id = other.id
                WHERE res_users.share IS NOT TRUE AND res_users.id != %(root)s
                  AND other.email_normalized = client.address),
               client.address
          FROM (SELECT COALESCE(
                       (SELECT NULLIF(email_normalized, '') FROM res_partner
                         WHERE id = %(partner)s),
                       %(partner_email)s) AS address) client
                """,
                root=SUPERUSER_ID,
                partner=self.partner_id.id or None,
                partner_email=partner_email or None,
            )
        )
        if not self.partner_id and not address:
            is_user = self._escalation_is_person(self.create_uid)
        return is_user, address or False

    @api.model
    def _escalation_is_person(self, user):
        """Whether a user is one of us, and not the system's own account."""
        return bool(user) and user.id != SUPERUSER_ID and not user.share

    @api.model
    def _escalation_find_users(self, partner):
        """Return the logins of an employee, also those that are archived by now."""
        if partner and partner == self.env.user.partner_id:
            users = self.env.user.sudo()
        else:
            users = partner.sudo().with_context(active_test=False).user_ids
        return users.filtered(lambda user: not user.share)

    def _escalation_works_on_it(self, users, has_access):
        """Whether some logins are of one who answers on a ticket inside the house."""
        is_asking = not self.partner_id and self.create_uid & users
        if self.user_id & users and not is_asking:
            # Whoever creates a ticket may have been assigned it by default.
            return True
        teams = self.team_id.browse(self.team_id._get_escalation_path())
        teams = teams.with_context(active_test=False)
        if (teams.user_id | teams.user_ids) & users:
            return True
        groups = [MANAGER_GROUP] if self.team_id else [MANAGER_GROUP, STAFF_GROUP]
        if has_access and any(
            user.has_group(group) for user in users for group in groups
        ):
            return True
        return bool(
            self.env["helpdesk.escalation.notification"]
            .sudo()
            .search_count(
                [
                    ("ticket_id", "=", self.id),
                    ("user_id", "in", users.ids),
                    ("state", "!=", "skipped"),
                ],
                limit=1,
            )
        )

    # ------------------------------------------------------------------
    # Whether an answer goes to the client
    # ------------------------------------------------------------------

    def _escalation_goes_to_client(self, vals):
        """Whether a public message of staff is for the client, and not for others.

        One for nobody in particular is for everybody on the ticket.
        """
        explicit = self._escalation_get_explicit(vals)
        if explicit[1] and not explicit[0] and vals.get("message_type") == "email":
            explicit[1].difference_update(
                self._escalation_find_entry(vals, explicit[1])
            )
        if not any(explicit) and not vals.get("escalation_only_explicit"):
            return True
        ids, addresses = vals.get("escalation_reached") or explicit
        contact = self.partner_id
        if not contact and not self.partner_email:
            contact = self.create_uid.partner_id
        if contact.id in ids:
            return True
        # Sudo: whom it goes to does not depend on who may see them.
        partners = self.env["res.partner"].sudo().browse(ids)
        outside = partners.filtered("partner_share")
        addresses = {*addresses, *outside.mapped("email_normalized")} - {False, ""}
        if contact.email_normalized in addresses:
            return True
        on_ticket = email_normalize(self.partner_email)
        if on_ticket in addresses and not (
            # Who has forwarded the client's mail to us.
            contact and self._escalation_find_owner(contact.browse(), on_ticket)
        ):
            return True
        return bool(outside or addresses) and self._escalation_wrote(outside, addresses)

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

    def _escalation_wrote(self, partners, addresses):
        """Whether somebody from outside has written on a ticket, or a duplicate of it.

        Who waits on a duplicate is answered here as well (R3).
        """
        tickets = self._escalation_with_duplicates()
        messages = self.env["mail.message"].sudo()
        authors = messages.search_fetch(
            [
                ("model", "=", self._name),
                ("res_id", "in", tickets.ids),
                ("escalation_party", "=", "client"),
            ],
            ["author_id", "email_from"],
        )
        if (tickets - self).partner_id & partners:
            return True
        return any(
            message.author_id in partners
            if message.author_id
            else email_normalize(message.email_from) in addresses
            for message in authors
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
        return ids, set(email_normalize_all(", ".join(listed))) if listed else set()

    # ------------------------------------------------------------------
    # When it is known, and when it changes
    # ------------------------------------------------------------------

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        # Sudo: the poster need not read the message, nor who spoke in it.
        message = message.sudo()
        if not (msg_vals and self.ids and message.escalation_voice == "inside"):
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
        if message.escalation_party == "client" or not (
            self._escalation_is_public(vals.get("subtype_id"))
            and not vals.get("is_internal")
            and not self._escalation_is_empty(vals, "inside")
        ):
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
                "escalation_reached": (ids, addresses),
            }
        )
        if goes and not recipients and not addresses:
            goes = not self._escalation_is_left_out(vals)
        party = goes and "staff"
        if (message.escalation_party or False) != party:
            message.escalation_party = party

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
                ("escalation_voice", "in", ["inside", "silent", UNDELIVERED]),
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
