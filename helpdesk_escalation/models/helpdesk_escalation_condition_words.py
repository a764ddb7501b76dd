from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# How many operands more than the one that it is itself.
CONNECTORS = {"&": 1, "|": 1, "!": 0}


class HelpdeskEscalationCondition(models.AbstractModel):
    """Which part of a condition keeps a ticket out, put into words."""

    _inherit = "helpdesk.escalation.condition"

    def _get_failing_words(self, ticket):
        """Say which parts of the condition do not hold for a saved ticket.

        Whoever may not search by the condition is told no part of it.

        :return: words, False when there is nothing to tell
        :rtype: str | bool
        """
        self.ensure_one()
        fault = self._find_fault("helpdesk.ticket", self.condition)
        if fault:
            return fault
        if self.sudo(False)._is_hidden("helpdesk.ticket", self.condition):
            return False
        parts = self._split_domain(list(self._parse_domain(self.condition)))
        ((*holding,),) = self.env.execute_query(
            SQL(
                "SELECT %s",
                SQL(", ").join(
                    self._sql_condition(repr(part), SQL("%s", ticket.id))
                    for part in parts
                ),
            )
        )
        return "; ".join(
            self._get_domain_words(part)
            for part, holds in zip(parts, holding, strict=True)
            if not holds
        )

    @api.model
    def _split_domain(self, domain):
        """Split a domain in prefix notation into the parts that must all hold.

        :rtype: list[list]
        """
        if domain[0] != "&":
            return [domain]
        first, second = self._split_operands(domain[1:])
        return self._split_domain(first) + self._split_domain(second)

    @api.model
    def _split_operands(self, tokens):
        """Return the first operand, and the rest."""
        missing, end = 1, 0
        while missing:
            token = tokens[end]
            # A connector is a text, and takes two operands or one.
            missing += CONNECTORS[token] if isinstance(token, str) else -1
            end += 1
        return tokens[:end], tokens[end:]

    @api.model
    def _get_domain_words(self, domain):
        """Put a part of a condition into words, as the domain editor does."""
        token = domain[0]
        if token == "!":
            return self.env._("not (%s)", self._get_domain_words(domain[1:]))
        if isinstance(token, str):
            operands = self._split_operands(domain[1:])
            words = [self._get_domain_words(operand) for operand in operands]
            if token == "|":
                return self.env._("%(one)s or %(other)s", one=words[0], other=words[1])
            return self.env._("(%(one)s and %(other)s)", one=words[0], other=words[1])
        return self._get_leaf_words("helpdesk.ticket", *token)

    @api.model
    def _get_leaf_words(self, model, path, operator, value):
        if not isinstance(path, str):
            return self.env._("always") if path == value else self.env._("never")
        labels = []
        field = None
        for name in path.split("."):
            field = self.env[model]._fields.get(name)
            if not field:
                break
            labels.append(field._description_string(self.env))
            model = field.comodel_name or model
        name = " > ".join(labels) or path
        if operator in ("any", "not any"):
            inner = self._get_domain_words(list(Domain(value))) if value else ""
            return f"{name} ({inner})"
        if value is False or value is None:
            words = {
                "=": self.env._("%s is not set", name),
                "!=": self.env._("%s is set", name),
            }
            if operator in words:
                return words[operator]
        if value is True and operator in ("=", "!="):
            return (
                self.env._("%s is set", name)
                if operator == "="
                else self.env._("%s is not set", name)
            )
        words = self._get_operator_words(operator), self._get_value_words(field, value)
        return " ".join([name, *words])

    @api.model
    def _get_operator_words(self, operator):
        return {
            "=": self.env._("is"),
            "!=": self.env._("is not"),
            "in": self.env._("is one of"),
            "not in": self.env._("is none of"),
            "like": self.env._("contains"),
            "ilike": self.env._("contains"),
            "not like": self.env._("does not contain"),
            "not ilike": self.env._("does not contain"),
            "child_of": self.env._("is within"),
            "parent_of": self.env._("is above"),
        }.get(operator, operator)

    @api.model
    def _get_value_words(self, field, value):
        """Name what a field is compared with; records only to who may read them."""
        values = list(value) if isinstance(value, (list, tuple, set)) else [value]
        labels = {}
        if field and field.type == "selection":
            labels = dict(field._description_selection(self.env))
        elif field and field.comodel_name:
            ids = [one for one in values if type(one) is int and one]
            records = self.env[field.comodel_name].browse(ids).exists()
            if records.sudo(False).has_access("read"):
                labels = {record.id: record.display_name for record in records}
        return ", ".join(str(labels.get(one, one)) for one in values)
