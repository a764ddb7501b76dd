import re

from odoo import api, models
from odoo.models import READ_GROUP_NUMBER_GRANULARITY

from ..tools.literals import MAX_LENGTH, NotPlain, TooLarge, read_literal

MAX_CONDITIONS = 50
# So many fields one after the other: the ticket's contact's company's country is three.
MAX_STEPS = 6

OPERATORS = {
    *("=", "!=", "<", "<=", ">", ">=", "=?", "<>", "in", "not in"),
    *("like", "ilike", "=like", "=ilike", "child_of", "parent_of"),
    *("not like", "not ilike", "not =like", "not =ilike"),
    *("any", "not any"),
}
NESTING = {"any", "not any"}
CONNECTORS = ("&", "|", "!")

# Models whose fields are for conditions, and which of them where not all are.
ALL = None
MODELS = {
    "helpdesk.ticket": ALL,
    "helpdesk.ticket.category": ALL,
    "helpdesk.ticket.channel": ALL,
    "helpdesk.ticket.stage": ALL,
    "helpdesk.ticket.tag": ALL,
    "helpdesk.ticket.team": ALL,
    "helpdesk.ticket.type": ALL,
    "product.category": ALL,
    "product.product": ALL,
    "product.tag": ALL,
    "product.template": ALL,
    "res.company": {"name"},
    "res.country": ALL,
    "res.country.group": ALL,
    "res.country.state": ALL,
    "res.lang": ALL,
    "res.partner": ALL,
    "res.partner.category": ALL,
    "res.partner.industry": ALL,
    "res.users": {"login", "name"},
}
# Not everybody reads all of these: from where one gets to them. Another ticket or any
# contact with the same tag may be another company's.
REACHED_FROM = {
    "helpdesk.ticket": set(),
    "res.partner": {"helpdesk.ticket", "res.partner"},
}
# Fields of any model that tell nothing that its name does not.
PLAIN_FIELDS = {"display_name", "id"}
HIDDEN_TYPES = {"binary", "image", "json", "properties_definition", "reference"}
# Secrets lie in plain fields too: who knows a ticket's token reads it in the portal.
SECRET = re.compile(r"passw|secret|token|(^|_)(keys?|t?otp)($|_)")


class ConditionFault(Exception):
    """Why a condition cannot be used, as a sentence for its author."""


class HelpdeskEscalationConditionScope(models.AbstractModel):
    """What a condition may look at (R14).

    The run judges conditions as the system, and which tickets are escalated is seen by
    everybody in the helpdesk: a condition tells them what it looks at. So it looks at
    plain things only, that no group is kept from and that its author may read.
    """

    _name = "helpdesk.escalation.condition.scope"
    _description = "What Conditions May Look At"

    # ------------------------------------------------------------------
    # What other add-ons extend
    # ------------------------------------------------------------------

    @api.model
    def _get_condition_models(self):
        """Return the models that a condition may look at.

        To add one, extend this: its stored fields can be used then, except those of
        some groups only and those that hold secrets.

        :return: names of models, each with the names of its fields, or with None for
            all of them
        :rtype: dict[str, set[str] | None]
        """
        return dict(MODELS)

    @api.model
    def _get_condition_extras(self):
        """Return fields that can be used although they are computed or of some groups.

        To add one, extend this: the field's own search must refuse who may not read it.

        :return: names of fields by model
        :rtype: dict[str, set[str]]
        """
        return {
            "helpdesk.ticket.category": {"complete_name"},
            "helpdesk.ticket.team": {"complete_name"},
            "res.partner": {"contact_address"},
        }

    # ------------------------------------------------------------------
    # The check
    # ------------------------------------------------------------------

    @api.model
    def _check_fields(self, model, text):
        """Check that a condition is plain and looks at nothing that is not for it.

        :raise ConditionFault: with a sentence that names what is wrong
        """
        for _field, _path in self._read_fields(model, text):
            pass

    @api.model
    def _find_unreadable_field(self, model, text):
        """Name the first field of a condition that the user may not read, or none.

        :param str text: a condition without fault
        """
        for field, path in self._read_fields(model, text):
            records = self.env[field.model_name]
            if not (
                records.has_access("read") and records._has_field_access(field, "read")
            ):
                return self._name_field(field, path)
        return False

    def _read_fields(self, model, text):
        """Go through all fields that a condition looks at, wherever they stand in it.

        :return: pairs of a field and the path to it
        :raise ConditionFault: at the first one that is not for conditions
        """
        try:
            domain = read_literal(text)
        except NotPlain as error:
            raise ConditionFault(
                self.env._(
                    "Only plain values can be used, and no names, functions or "
                    "calculations. Write the value itself; for dates, words such as "
                    "'today -7d' work."
                )
            ) from error
        except TooLarge as error:
            raise ConditionFault(
                self.env._(
                    "It is too long, or a value in it is too large: %s characters are "
                    "possible. Make it shorter, or spread it over several policies.",
                    MAX_LENGTH,
                )
            ) from error
        yield from self._read_domain(model, domain, (), [0])

    def _read_domain(self, model, domain, before, count):
        """Go through the fields of a domain.

        :param before: the fields that lead to it
        :param count: a list with the number of conditions so far
        """
        if not isinstance(domain, list | tuple):
            raise self._get_malformed(domain)
        for item in domain:
            if item in CONNECTORS:
                continue
            if not isinstance(item, list | tuple) or len(item) != 3:
                raise self._get_malformed(item)
            count[0] += 1
            if count[0] > MAX_CONDITIONS:
                raise ConditionFault(
                    self.env._(
                        "It has more than %s conditions. Spread them over several "
                        "policies or steps.",
                        MAX_CONDITIONS,
                    )
                )
            path, operator, value = item
            if path in (0, 1) and operator == "=" and value == 1:
                continue
            if not isinstance(path, str) or not isinstance(operator, str):
                raise self._get_malformed(item)
            operator = operator.lower()
            if operator not in OPERATORS:
                raise self._get_malformed(item)
            is_whether_set = operator in ("=", "!=") and value in (False, None)
            found = list(self._read_path(model, path, before, is_whether_set))
            yield from found
            if operator in NESTING:
                field, _path = found[-1]
                if not field.relational and field.name != "id":
                    raise self._get_malformed(item)
                yield from self._read_domain(
                    field.comodel_name or field.model_name,
                    value,
                    (*before, *path.split(".")),
                    count,
                )
            elif isinstance(value, list | tuple) and any(
                isinstance(one, list | tuple) for one in value
            ):
                raise self._get_malformed(item)

    def _read_path(self, model, path, before=(), is_whether_set=False):
        """Go through the fields of a path, each of which must be for conditions.

        :param bool is_whether_set: it is asked whether there is something at its end,
            and not what
        """
        names = path.split(".")
        if len(before) + len(names) > MAX_STEPS:
            raise ConditionFault(
                self.env._(
                    "%(field)s leads over more than %(most)s fields. Choose one that "
                    "is nearer.",
                    field=".".join((*before, *names)),
                    most=MAX_STEPS,
                )
            )
        for place, name in enumerate(names, start=1):
            so_far = ".".join((*before, *names[:place]))
            field = self.env[model]._fields.get(name)
            if field is None:
                raise ConditionFault(
                    self.env._(
                        "There is no field %s. Choose another one in the editor.",
                        so_far,
                    )
                )
            yield from self._read_field(field, so_far, (*before, *names[: place - 1]))
            rest = names[place:]
            if field.relational:
                reached_from = REACHED_FROM.get(field.comodel_name, {model})
                if model not in reached_from and (rest or not is_whether_set):
                    raise self._get_forbidden(field, so_far)
                model = field.comodel_name
            elif rest:
                is_part = (
                    field.type in ("date", "datetime")
                    and rest[0] in READ_GROUP_NUMBER_GRANULARITY
                ) or field.type == "properties"
                if not is_part or len(rest) > 1:
                    raise ConditionFault(
                        self.env._(
                            "There is no field %s. Choose another one in the editor.",
                            ".".join((*before, *names)),
                        )
                    )
                return

    def _read_field(self, field, path, before):
        """Check one field, and those that it stands for."""
        model, name = field.model_name, field.name
        models = self._get_condition_models()
        if "escalation" in name or "escalation" in (field.comodel_name or ""):
            raise ConditionFault(
                self.env._(
                    "%s is about the escalation itself, which a condition cannot look "
                    "at. Choose another field.",
                    self._name_field(field, path),
                )
            )
        if name in PLAIN_FIELDS and model in models:
            yield field, path
            return
        if name in self._get_condition_extras().get(model, ()):
            yield field, path
            return
        if field.groups:
            raise ConditionFault(
                self.env._(
                    "%s is for some groups of users only, and a condition shows it to "
                    "others. Choose another field.",
                    self._name_field(field, path),
                )
            )
        names = models.get(model, ())
        if (
            (names is not ALL and name not in names)
            or (field.relational and field.comodel_name not in models)
            or field.type in HIDDEN_TYPES
            or SECRET.search(name)
            or not (field.store or field.related)
        ):
            raise self._get_forbidden(field, path)
        if not field.store and names is ALL:
            # It is searched by the fields that it stands for.
            for other, _path in self._read_path(model, field.related, before):
                yield other, path
        yield field, path

    def _name_field(self, field, path):
        """Name a field for people, with the path to it."""
        return self.env._(
            "“%(field)s” (%(path)s)",
            field=field._description_string(self.env),
            path=path,
        )

    def _get_forbidden(self, field, path):
        return ConditionFault(
            self.env._(
                "%s is not for conditions. Choose a plain field of the ticket, its "
                "contact, team, category, tags, stage, type or channel.",
                self._name_field(field, path),
            )
        )

    def _get_malformed(self, part):
        return ConditionFault(
            self.env._(
                "%s is not a condition. Choose its field again in the editor.",
                str(part)[:100],
            )
        )
