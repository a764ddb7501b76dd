from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from ..tools.mail_addresses import get_addresses, get_partner_addresses
from .groups import MANAGER_GROUP, STAFF_GROUP


class HelpdeskTicket(models.Model):
    """R2, R7, R10: which employees are on the client's side of a ticket."""

    _inherit = "helpdesk.ticket"

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
        if self._escalation_is_named_as_client(author, users):
            return True
        if has_access and self._escalation_has_it_in_hand(users):
            # Nearly always: nothing has to be looked up.
            return False
        is_inside, _addresses = self._escalation_find_client()
        return (is_inside or not has_access) and not (
            self._escalation_works_on_it(users, has_access)
        )

    def _escalation_is_own(self, user):
        """Whether a ticket is an employee's own: nobody hushes up their own wait (R10).

        It is also by another contact of theirs, and where they have created it for
        nobody else, unless they answer on it.
        """
        ticket = self.sudo()  # who its client is does not depend on who may see them
        person = user.sudo().partner_id
        if ticket.partner_id == person:
            return True
        if ticket.partner_id or ticket.partner_email:
            return ticket._escalation_is_named_as_client(person, user.sudo())
        return ticket.create_uid == user and not ticket._escalation_is_in_charge(
            user, ticket.company_id.id in user._get_company_ids()
        )

    def _escalation_is_named_as_client(self, person, users):
        """Whether the contact, or the address on a ticket, is an employee's.

        It may be another card of theirs: one below it, or with an address of theirs.

        :param users: the logins of the person
        """
        return self._escalation_is_one_of(
            person, users, self.partner_id, self._escalation_get_client_addresses()
        )

    @api.model
    def _escalation_is_one_of(self, person, users, contacts, addresses):
        """Whether some contacts or addresses are an employee's, by whatever card.

        :param users: the logins of the person
        """
        if person in contacts | contacts.parent_id:
            return True
        if not addresses:
            return False
        logins = {login.lower() for login in users.mapped("login") if login}
        return not addresses.isdisjoint(get_partner_addresses(person) | logins)

    def _escalation_get_client_addresses(self):
        """Return the addresses of the contact; without any, those on the ticket."""
        return get_partner_addresses(self.partner_id) or get_addresses(
            self.partner_email
        )

    def _escalation_has_it_in_hand(self, users):
        """Whether somebody is the responsible, leads the team or manages the helpdesk.

        And has not created a ticket that is for nobody else.

        :param users: the logins of the author
        """
        if not self.partner_id and self.create_uid & users:
            return False
        return bool((self.user_id | self.team_id.user_id) & users) or any(
            user.has_group(MANAGER_GROUP) for user in users
        )

    def _escalation_find_client(self):
        """Tell whether the client is one of us, and by which addresses.

        :return: (whether they have, or had, a login of an employee, by whatever card;
            the addresses)
        :rtype: tuple[bool, set[str]]
        """
        contact = self.partner_id
        addresses = self._escalation_get_client_addresses()
        if not contact and not addresses:
            return self._escalation_is_person(self.create_uid), addresses
        self.env["res.users"].flush_model(["login", "partner_id", "share"])
        self.env["res.partner"].flush_model(["email", "email_normalized"])
        # In one statement, as many an answer asks for it.
        ((is_user,),) = self.env.execute_query(
            SQL(
                """
        SELECT EXISTS (
               SELECT FROM res_users
                 JOIN res_partner person ON person.id = res_users.partner_id
                WHERE res_users.share IS NOT TRUE AND res_users.id != %(root)s
                  AND (person.id = ANY(%(cards)s)
                       OR person.email_normalized = ANY(%(addresses)s)
                       OR lower(res_users.login) = ANY(%(addresses)s)
                       OR (person.email LIKE '%%@%%@%%'
                           AND regexp_split_to_array(
                               lower(person.email), '[[:space:],;<>"]+')
                               && %(addresses)s::text[])))
                """,
                root=SUPERUSER_ID,
                cards=(contact | contact.parent_id).ids,
                addresses=list(addresses),
            )
        )
        return is_user, addresses

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
        return self._escalation_is_in_charge(users, has_access) or bool(
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

    def _escalation_is_in_charge(self, users, has_access):
        """Whether some logins answer on a ticket, notified or not.

        As its responsible, in the team or a team above it, or as the helpdesk.
        """
        is_asking = not self.partner_id and self.create_uid & users
        if self.user_id & users and not is_asking:
            # Whoever creates a ticket may have been assigned it by default.
            return True
        teams = self.team_id.browse(self.team_id._get_escalation_path())
        teams = teams.with_context(active_test=False)
        if (teams.user_id | teams.user_ids) & users:
            return True
        groups = [MANAGER_GROUP] if self.team_id else [MANAGER_GROUP, STAFF_GROUP]
        return has_access and any(
            user.has_group(group) for user in users for group in groups
        )
