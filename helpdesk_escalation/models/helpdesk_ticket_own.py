from collections import Counter, namedtuple

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL
from odoo.tools.mail import email_domain_extract

from ..tools.mail_addresses import get_card_addresses
from ..tools.mail_domains import is_public_provider

Own = namedtuple("Own", "companies mailboxes alias_domains domains owners employees")
Own.__doc__ = """By what one of us is known in old messages, beside a login (R2).

:ivar set[int] companies: the companies' own partners
:ivar set[str] mailboxes: the companies' addresses, and those of aliases
:ivar set[str] alias_domains: mail domains of aliases
:ivar set[str] domains: all mail domains of ours
:ivar dict[str, int] owners: employees' addresses and logins, and whose they are
:ivar dict[str, int] employees: also of those who have left
"""


class HelpdeskTicket(models.Model):
    """Who we are: few enough to be found first, for all old messages of a batch."""

    _inherit = "helpdesk.ticket"

    @api.model
    def _escalation_find_own(self):
        """Return what ``_escalation_find_speaker`` goes by.

        An alias that takes mails at any domain is known by its own here.

        :rtype: Own
        """
        companies, alias_domains = self._escalation_get_own()
        company_addresses = self._escalation_get_company_addresses()
        # Sudo: old messages are read for everybody.
        aliases = self.env["mail.alias"].sudo().search([("alias_name", "!=", False)])
        of_domains = self.env["mail.alias.domain"].sudo()
        of_domains = of_domains.search([("name", "!=", False)])
        mailboxes = {
            *company_addresses,
            *aliases.mapped("alias_full_name"),
            *of_domains.mapped("bounce_email"),
            *of_domains.mapped("catchall_email"),
            *of_domains.mapped("default_from_email"),
        }
        owners, employees, shared = {}, {}, Counter()
        for user_id, active, login, email, address in self._escalation_read_employees():
            found = {login.lower()} if "@" in login else set()
            for one in found | get_card_addresses(email, address):
                employees.setdefault(one, user_id)
                if active:
                    owners.setdefault(one, user_id)
            if active and address:
                shared[address.rpartition("@")[2]] += 1
        domains = {
            *alias_domains,
            *map(email_domain_extract, filter(None, company_addresses)),
            *(domain for domain, count in shared.items() if count > 1),
        }
        return Own(
            companies=companies,
            mailboxes=mailboxes - {False, None, ""},
            alias_domains=alias_domains,
            domains={one for one in domains if one and not is_public_provider(one)},
            owners=owners,
            employees=employees,
        )

    @api.model
    def _escalation_read_employees(self):
        """Return the logins of employees: id, whether active, login, addresses."""
        self.env["res.users"].flush_model(["active", "login", "partner_id", "share"])
        self.env["res.partner"].flush_model(["email", "email_normalized"])
        return self.env.execute_query(
            SQL(
                """
        SELECT res_users.id, res_users.active, res_users.login, person.email,
               person.email_normalized
          FROM res_users JOIN res_partner person ON person.id = res_users.partner_id
         WHERE res_users.share IS NOT TRUE AND res_users.id != %s
         ORDER BY person.name, res_users.login
                """,
                SUPERUSER_ID,
            )
        )
