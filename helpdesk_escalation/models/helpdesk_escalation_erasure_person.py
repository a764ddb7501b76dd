from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..tools.erasing import Mask, Words
from .helpdesk_escalation_erasure import INCIDENT, MESSAGE_FIELDS

SHORTEST_NAME = 4
ACTIVITIES = Words("mail.activity", named=("note",))
MESSAGES = Words("mail.message", named=MESSAGE_FIELDS)


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: words go with whom they are about.

    What is said on a contact's tickets goes. Of people who work here their own reasons
    go, and from everything else the name and the addresses.
    """

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _find_tickets(self, partners, companies=None):
        """Find the tickets of contacts.

        Tickets without a contact are theirs by their address, or as they wrote there.
        Those of other contacts are not, whoever wrote there.

        :param companies: whose tickets; all if None
        """
        tickets = self.env["helpdesk.ticket"].with_context(active_test=False)
        written = self.env["mail.message"].search_fetch(
            [
                ("author_id", "in", partners.ids),
                ("model", "=", tickets._name),
                ("escalation_party", "=", "client"),
            ],
            ["res_id"],
        )
        of_companies = self._of_companies("company_id", companies)
        nobodys = Domain("partner_id", "=", False)
        found = tickets.search(
            of_companies
            & (
                Domain("partner_id", "in", partners.ids)
                | nobodys & Domain("id", "in", written.mapped("res_id"))
            )
        )
        emails = self._get_own_emails(partners)
        addressed = tickets.search(
            of_companies
            & nobodys
            & Domain.OR(Domain("partner_email", "ilike", email) for email in emails)
        )
        # Mail programs put the name before the address.
        return found | addressed.filtered(
            lambda ticket: email_normalize(ticket.partner_email) in emails
        )

    @api.model
    def _get_own_emails(self, partners):
        """Return the addresses that no other contact has, as one merged with them."""
        emails = {email for email in partners.mapped("email_normalized") if email}
        others = self.env["res.partner"].with_context(active_test=False)
        others = others.search(
            [("email_normalized", "in", list(emails)), ("id", "not in", partners.ids)]
        )
        return emails - set(others.mapped("email_normalized"))

    @api.model
    def _find_quotes(self, partners, tickets, companies=None, only_resolved=False):
        """Find what contacts said themselves on the tickets of others.

        :param tickets: their own, of which all goes
        """
        for words in self._get_words():
            if words.author:
                domain = (
                    Domain(words.author, "in", partners.ids)
                    & Domain(words.ticket, "not in", tickets.ids)
                    & self._of_companies(words.company, companies)
                )
                if only_resolved:
                    domain &= Domain(f"{words.incidents}.state", "=", "resolved")
                yield words, self._find(words, domain)

    @api.model
    def _erase_quotes(self, partners, tickets, companies=None, only_resolved=False):
        """Remove what contacts said themselves on the tickets of others."""
        for words, records in self._find_quotes(
            partners, tickets, companies, only_resolved
        ):
            incidents = records.mapped(words.incidents)
            quotes = Mask([one[name] for one in records for name in words.fields], [])
            for activity in self._find_activities(incidents):
                activity.note = quotes.clean(activity.note)
            self._empty(words, records)
            self._mark(incidents, False, "person")

    @api.model
    def _find_on_tickets(self, tickets):
        """Find the records that hold words about tickets: (words, records)."""
        yield from self._find_of_incidents(self._find_incidents(tickets), False)
        yield from self._find_loose_on_tickets(tickets)

    @api.model
    def _find_loose_on_tickets(self, tickets):
        """Find of them what belongs to no incident."""
        for words in self._get_words():
            if words.moment and words.ticket:
                domain = Domain(words.ticket, "in", tickets.ids)
                yield words, self._find(words, domain)

    @api.model
    def _find_incidents(self, tickets):
        return self.env[INCIDENT].search([("ticket_id", "in", tickets.ids)])

    @api.model
    def _find_activities(self, incidents):
        """Find what stands on people's plates: who waits, and why."""
        return incidents.notification_ids.activity_id.filtered("note")

    @api.model
    def _find_users(self, partners):
        """Find the logins of contacts, those of people who have left too."""
        return partners.with_context(active_test=False).user_ids

    @api.model
    def _find_of_users(self, users, companies=None):
        """Find the records that hold words about people who work here, or theirs."""
        for words in self._get_words() if users else ():
            if words.users:
                domain = Domain.OR(
                    [Domain(name, "in", users.ids) for name in words.users]
                )
                domain &= self._of_companies(words.company, companies)
                yield words, self._find(words, domain)

    @api.model
    def _of_companies(self, path, companies):
        """Keep to the records of some companies, and to those of all; all if None.

        :param str path: from the records to their company
        """
        if companies is None:
            return Domain.TRUE
        return Domain(path, "in", [False, *companies.ids])

    @api.model
    def _find_named(self, mask, companies=None):
        """Find where somebody is named: (words, records)."""
        for words in self._get_words():
            named = Words(words.model, named=words.fields + words.named)
            of_companies = self._of_companies(words.company, companies)
            domain = Domain(words.domain) & of_companies
            yield named, self._search_named(named, mask, domain)
        domain = Domain("model", "=", INCIDENT)
        if companies is not None:
            of_companies = self._of_companies("company_id", companies)
            incidents = self.env[INCIDENT].search(of_companies)
            domain &= Domain("res_id", "in", incidents.ids)
        lines = self.env["helpdesk.escalation.notification"].search(
            Domain("activity_id", "!=", False)
            & self._of_companies("ticket_id.company_id", companies)
        )
        of_lines = Domain("id", "in", lines.activity_id.ids)
        yield ACTIVITIES, self._search_named(ACTIVITIES, mask, of_lines)
        messages = self._search_named(MESSAGES, mask, domain)
        yield MESSAGES, self._leave_queued(messages)

    @api.model
    def _search_named(self, words, mask, domain):
        records = self.env[words.model].with_context(active_test=False)
        found = records.search(
            domain
            & Domain.OR(
                Domain(name, "ilike", wanted)
                for name in words.named
                for wanted in mask.wanted
            )
        )
        return found.filtered(
            lambda one: any(
                one[n] and mask.clean(one[n]) != one[n] for n in words.named
            )
        )

    @api.model
    def _erase_tickets(self, tickets):
        """Remove what is said on tickets, of open incidents too."""
        if not tickets:
            return
        incidents = self._find_incidents(tickets)
        for words, records in self._find_loose_on_tickets(tickets):
            self._empty(words, records)
        self._find_activities(incidents).write({"note": False})
        self._remove_from(incidents, False, "person")

    @api.model
    def _erase_users(self, users, companies=None):
        """Remove the reasons of people who work here, and those about them."""
        for words, records in self._find_of_users(users, companies):
            self._empty(words, records)

    @api.model
    def _erase_names(self, mask, companies=None):
        """Take somebody's name and addresses out of all that is left."""
        for words, records in self._find_named(mask, companies):
            for record in records:
                record.write(
                    {
                        name: mask.clean(record[name])
                        for name in words.named
                        if record[name]
                    }
                )

    @api.model
    def _make_mask(self, partners):
        """Return what takes contacts, and their logins, out of texts."""
        users = self._find_users(partners)
        # Of what belongs to one of them the address of a place names nobody, and a
        # short word might be any word.
        named = partners.filtered(
            lambda one: one.parent_id not in partners
            or (one.type == "contact" and _is_telling(one.name))
        )
        return Mask(
            named.mapped("name"),
            [
                *partners.mapped("email"),
                *partners.mapped("email_normalized"),
                *partners.mapped("phone"),
                *partners.mapped("phone_sanitized"),
                *users.mapped("login"),
            ],
        )


def _is_telling(name):
    """Whether a name is not to be taken for another word."""
    return bool(name) and (" " in name.strip() or len(name.strip()) >= SHORTEST_NAME)
