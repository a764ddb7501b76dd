import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..tools.literals import MAX_LENGTH, parse_literal
from .helpdesk_escalation_condition_scope import ConditionFault

_logger = logging.getLogger(__name__)

NO_CONDITION = (False, "", "[]")


class HelpdeskEscalationCondition(models.AbstractModel):
    """Policies and steps that count for some tickets only.

    The condition is a domain of Odoo's domain editor. It is put into the statements
    that the run reads anyway, so that it costs no query a ticket. A domain that has
    broken, because a field is gone, matches nothing and is shown.
    """

    _name = "helpdesk.escalation.condition"
    _description = "Condition on Tickets"
    _inherit = ["helpdesk.escalation.condition.scope", "helpdesk.escalation.cached"]
    _cache_fields = frozenset({"condition"})

    condition = fields.Char(
        help="Only tickets like these. A ticket that changes is re-evaluated at the "
        "next run. Empty: every ticket.",
    )
    condition_error = fields.Char(
        compute="_compute_condition_error",
        help="Why the condition matches no ticket any more.",
    )
    condition_hidden = fields.Boolean(
        compute="_compute_condition_hidden",
        help="The condition looks at what the current user may not see.",
    )

    @api.depends("condition")
    @api.depends_context("lang")
    def _compute_condition_error(self):
        for record in self:
            record.condition_error = record._has_condition() and record._find_fault(
                "helpdesk.ticket", record.condition
            )

    @api.depends("condition")
    @api.depends_context("uid")
    def _compute_condition_hidden(self):
        for record in self:
            record.condition_hidden = record._has_condition() and record._is_hidden(
                "helpdesk.ticket", record.condition
            )

    @api.constrains("condition")
    def _check_condition(self):
        for record in self.filtered(lambda record: record._has_condition()):
            fault = record._find_fault("helpdesk.ticket", record.condition)
            record._refuse_condition(
                fault or record._find_unreadable("helpdesk.ticket", record.condition)
            )

    def _has_condition(self):
        return self.condition not in NO_CONDITION

    # ------------------------------------------------------------------
    # Domains
    # ------------------------------------------------------------------

    @api.model
    def _parse_domain(self, text):
        """Read a domain in which no fault was found.

        :rtype: Domain
        """
        return Domain(parse_literal(text or "[]"))

    @api.model
    def _find_fault(self, model, text):
        """Say in a sentence what is wrong with a domain, False when nothing is."""
        # What is too long is not remembered either.
        return self._find_known_fault(model, (text or "[]")[: MAX_LENGTH + 1])

    @api.model
    @ormcache("self.env.lang", "model", "text")
    def _find_known_fault(self, model, text):
        """The same. Odoo forgets the answer when fields or modules change.

        The database is asked too, which reads no row for it.
        """
        try:
            self._check_fields(model, text)
            query = self._search_all(model, self._parse_domain(text))
            with self.env.cr.savepoint(flush=False):
                self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        except ConditionFault as fault:
            return str(fault)
        except Exception as error:
            _logger.info("The domain %s is broken", text, exc_info=True)
            return self.env._(
                "Choose its fields again in the editor. (%s)",
                (str(error) or repr(error)).splitlines()[0],
            )
        return False

    @api.model
    def _find_unreadable(self, model, text):
        """Name what the author may not read or search by, False when there is nothing.

        The author is who saves it, also where that goes as superuser. The system
        itself has no rights of its own to ask for.

        :param str text: a domain without fault
        """
        if self.env.uid == SUPERUSER_ID:
            return False
        field = self.sudo(False)._find_unreadable_field(model, text)
        if not field and self.sudo(False)._is_hidden(model, text):
            field = self.env._("all that it looks at")
        return bool(field) and self.env._(
            "You may not read %s, so a condition of yours cannot look at it. Choose a "
            "field that you may read.",
            field,
        )

    @api.model
    def _refuse_condition(self, fault):
        """Refuse to save a condition in which a fault was found.

        :param fault: a sentence, False when there is none
        """
        if fault:
            raise ValidationError(
                self.env._("This condition cannot be used. %s", fault)
            )

    @api.model
    def _is_hidden(self, model, text):
        """Whether the user may not search by a domain, which works all the same.

        The domain editor calls such a domain invalid.
        """
        if self._find_fault(model, text):
            return False
        try:
            self.env[model]._search(self._parse_domain(text))
        except AccessError:
            return True
        return False

    @api.model
    def _search_all(self, model, domain):
        """Prepare a search among all records, whoever asks."""
        records = (
            self.env[model].with_user(SUPERUSER_ID).with_context(active_test=False)
        )
        return records._search(domain, active_test=False, bypass_access=True)

    @api.model
    def _sql_condition(self, text, ticket_id):
        """Put a condition into SQL: whether it holds for a ticket.

        :param SQL ticket_id: the column with the ticket's id
        """
        if self._find_fault("helpdesk.ticket", text):
            return SQL("FALSE")
        try:
            query = self._search_all("helpdesk.ticket", self._parse_domain(text))
        except Exception:
            # A moment that is reckoned from now may leave the calendar one day.
            _logger.info("The domain %s is broken", text, exc_info=True)
            return SQL("FALSE")
        query.add_where(SQL("%s = %s", SQL.identifier(query.table, "id"), ticket_id))
        return SQL("EXISTS (%s)", query.select(SQL("1")))

    def _condition_holds(self, ticket):
        """Whether the condition holds for one saved ticket."""
        self.ensure_one()
        return not self._has_condition() or bool(
            self.env.execute_query(
                SQL(
                    "SELECT 1 WHERE %s",
                    self._sql_condition(self.condition, SQL("%s", ticket.id)),
                )
            )
        )
