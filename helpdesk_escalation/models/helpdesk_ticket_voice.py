from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.mail import email_domain_extract, email_escape_char, email_normalize

from ..tools.automatic_mail import has_automatic_subject
from ..tools.mail_addresses import get_partner_addresses
from ..tools.mail_domains import is_public_provider
from ..tools.message_kinds import ASIDE, MADE_BY_CODE, NOBODY_WRITES, PEOPLE_WRITE
from ..tools.program import is_program

# So soon after a mail of ours, what a machine sends acknowledges it.
ACKNOWLEDGED = timedelta(minutes=2)
# What code posts that people are notified by, whoever is named as the author.
MAILED_BY_CODE = ["auto_comment", "email_outgoing", "out_of_office"]


class HelpdeskTicket(models.Model):
    """R2: whose voice a message has, decided once, when it is written.

    It goes by what is not kept or may be another one later: who was logged in, who had
    a login then, and what the headers of a mail said.
    """

    _inherit = "helpdesk.ticket"

    @api.model
    def _escalation_voice(self, vals):
        """Say whose voice a message has that is about to be created on a ticket.

        outside
            Somebody from outside.
        inside
            One of us, by their own name or by one of ours: it may be an answer.
        silent
            One of us, by what is never an answer: it opens the ticket, a machine has
            sent it, or it is from an address of ours that nobody logs in with.
        nobody
            A machine, or a module, whoever is named as the author.

        :param dict vals: values of a ``mail.message``
        """
        context = self.env.context
        author = self._escalation_get_author(vals)
        message_type = vals.get("message_type", "comment")
        if (
            context.get("escalation_automatic_mail")
            or author.id == self._escalation_get_root()
            or message_type in NOBODY_WRITES
            or vals.get("tracking_value_ids")
        ):
            return "nobody"
        ticket = self.sudo().browse(vals.get("res_id"))
        side, speaker = self._escalation_find_speaker(ticket, vals, author)
        if side == "nobody":
            return side
        is_email = message_type == "email"
        if side == "inside":
            if message_type not in PEOPLE_WRITE:
                return "nobody"
            if is_email:
                if self._escalation_opens(vals) and ticket.escalation_auto_opened:
                    return "nobody"
                is_silent = (
                    # Somebody in the name of one of ours: that must not end a wait.
                    context.get("escalation_failed_mail")
                    or context.get("escalation_machine_mail")
                    or has_automatic_subject(vals.get("subject"), ticket.name)
                    or self._escalation_opens(vals)
                )
                return "silent" if is_silent else "inside"
            return "nobody" if self._escalation_is_made_by_code(vals) else "inside"
        if message_type not in PEOPLE_WRITE and vals.get("subtype_id") != (
            self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        ):
            return "nobody"
        if (
            is_email
            and context.get("escalation_machine_mail")
            and ticket._escalation_was_just_written_to()
        ):
            return "nobody"
        return side

    @api.model
    def _escalation_get_root(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")

    @api.model
    def _escalation_get_author(self, vals):
        # Sudo: who speaks does not depend on who may see them.
        own = self.env.user.sudo().partner_id
        if vals.get("author_id") == own.id:
            # Nearly always.
            return own
        if not vals.get("id") and not (self.env.su or self.env.user._is_internal()):
            # Nobody from outside speaks in another's name.
            return own
        return self.env["res.partner"].sudo().browse(vals.get("author_id") or ())

    @api.model
    def _escalation_opens(self, vals):
        """Whether a mail is the one that has opened the ticket."""
        return vals.get("subtype_id") == self.env["ir.model.data"]._xmlid_to_res_id(
            "helpdesk_mgmt.hlp_tck_created"
        )

    @api.model
    def _escalation_is_made_by_code(self, vals):
        """Whether a module posts a comment by itself, such as that tickets were merged.

        Nothing but its text tells: it is for nobody in particular, and links a record
        as only code does.
        """
        return bool(MADE_BY_CODE.search(vals.get("body") or "")) and not any(
            self._escalation_get_explicit(vals)
        )

    def _escalation_was_just_written_to(self):
        """Whether a machine acknowledges a mail of ours, while nobody waited."""
        of_ours = Domain("message_type", "in", MAILED_BY_CODE) | (
            Domain("is_internal", "=", False)
            & Domain("subtype_id.internal", "!=", True)
            & (
                (
                    Domain("message_type", "=", "comment")
                    & Domain("escalation_voice", "!=", "outside")
                )
                | (
                    Domain("message_type", "=", "email")
                    & Domain("escalation_voice", "in", ["inside", ASIDE, "silent"])
                )
                | (
                    Domain("message_type", "=", "notification")
                    & Domain("notification_ids", "!=", False)
                )
            )
        )
        # Sudo: whoever the mail comes in as.
        if (
            not self.env["mail.message"]
            .sudo()
            .search_count(
                Domain("model", "=", self._name)
                & Domain("res_id", "=", self.id)
                & Domain("create_date", ">=", self.env.cr.now() - ACKNOWLEDGED)
                & of_ours,
                limit=1,
            )
        ):
            return False
        self.env.flush_all()
        clock = self.env["helpdesk.escalation.clock"].sudo().browse(self.id)
        clock.invalidate_recordset()
        return not clock.is_waiting

    # ------------------------------------------------------------------
    # In whose name
    # ------------------------------------------------------------------

    @api.model
    def _escalation_get_speaker(self, vals, author):
        """Return the employee who speaks, by whatever name; else the author."""
        if author and self._escalation_find_users(author):
            return author
        user = self.env["res.users"].sudo().browse(vals.get("create_uid"))
        user = user if vals.get("create_uid") else self.env.user.sudo()
        if self._escalation_is_person(user):
            return user.partner_id
        sender = author.email_normalized or email_normalize(vals.get("email_from"))
        return self._escalation_find_owner(author, sender) or author

    @api.model
    def _escalation_find_speaker(self, ticket, vals, author):
        """Tell on which side somebody is, and which of us it is.

        :return: "outside", "silent" or "nobody" and the author, or "inside" and the
            employee if they are known, else the author
        """
        if author and not author.partner_share:
            return "inside", author
        sender = author.email_normalized or email_normalize(vals.get("email_from"))
        company_ids, domains = self._escalation_get_own()
        is_company = author.id in company_ids
        if (
            author
            and author == ticket.partner_id
            and not is_company
            and email_domain_extract(sender) not in domains
        ):
            # Nearly always: nothing has to be looked up.
            return "outside", author
        user = self.env.user.sudo()
        is_person = self._escalation_is_person(user)
        is_contact = bool(author) and author == ticket.partner_id
        if is_person or vals.get("message_type") == "email":
            if (
                is_company
                or (
                    is_person
                    and not is_contact
                    and author.commercial_partner_id.id in company_ids
                )
                or self._escalation_is_own_mailbox(sender)
            ):
                return "inside", user.partner_id if is_person else author
        elif is_company:
            # Nobody is there who would speak in its name.
            return "nobody", author
        if owner := self._escalation_find_owner(author, sender):
            return "inside", owner
        # Who has left us had a login, and is an outsider now.
        logins = author.with_context(active_test=False).user_ids
        if logins or not self._escalation_is_own_address(sender):
            return "outside", author
        if (
            is_person
            and vals.get("message_type") != "email"
            and not (is_contact or is_program())
            and not ticket._escalation_find_client()[0]
        ):
            # In the name of the house, such as by a template from "noreply". Where the
            # client is inside it may be what a colleague said.
            return "inside", user.partner_id
        return "silent", author

    @api.model
    @ormcache()
    def _escalation_get_own(self):
        """Return who we are: the companies' partners, and the domains of our aliases.

        :rtype: tuple[frozenset[int], frozenset[str]]
        """
        # Sudo, here and below: one answer is kept for everybody.
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        domains = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        return (
            frozenset(companies.search([("partner_id", "!=", False)]).partner_id.ids),
            frozenset(domains.mapped("name")),
        )

    @api.model
    def _escalation_get_company_addresses(self):
        companies = self.env["res.company"].sudo().search([("email", "!=", False)])
        return [email_normalize(email) for email in companies.mapped("email")]

    @api.model
    def _escalation_is_own_mailbox(self, address):
        """Whether an address is the company's, or a team's alias."""
        if not address:
            return False
        return address in self._escalation_get_company_addresses() or bool(
            self.env["mail.alias.domain"].sudo()._find_aliases([address])
        )

    @api.model
    def _escalation_is_own_address(self, address):
        """Whether an address is at a mail domain of our own.

        That is a domain of our aliases, of a company's address, or one that several
        employees have theirs at; never one at which anybody may have an address.
        """
        domain = email_domain_extract(address)
        if not domain or is_public_provider(domain):
            return False
        if domain in self._escalation_get_own()[1]:
            return True
        addresses = self._escalation_get_company_addresses()
        if domain in map(email_domain_extract, addresses):
            return True
        users = self.env["res.users"].sudo()
        return 1 < users.search_count(
            [
                ("share", "=", False),
                ("partner_id.email_normalized", "=like", f"%@{domain}"),
            ],
            limit=2,
        )

    @api.model
    def _escalation_find_owner(self, author, address):
        """Return the employee whose own contact or other address it is, if anybody's.

        :param author: a partner without a login, or empty
        """
        if author.parent_id and self._escalation_find_users(author.parent_id):
            return author.parent_id
        if not address:
            return author.browse()
        users = self.env["res.users"].sudo()
        found = users.search(
            [
                ("share", "=", False),
                "|",
                ("login", "=ilike", email_escape_char(address)),
                ("partner_id.email", "ilike", email_escape_char(address)),
            ]
        )
        return found.filtered(
            lambda user: address in get_partner_addresses(user.partner_id)
            or address == user.login.lower()
        ).partner_id[:1]
