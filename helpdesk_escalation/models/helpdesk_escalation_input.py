from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

# What a column of whole numbers holds.
MAX_INTEGER = 2**31 - 1


class HelpdeskEscalationInput(models.AbstractModel):
    """What people write into our records, by whatever door (R14).

    Whole numbers are ones that the database can hold, so that each has the sentence of
    its own range. And nobody points a record of theirs at what they may not read: they
    would read its name there, or in an error of another check.
    """

    _name = "helpdesk.escalation.input"
    _description = "Checked Input"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_integers(vals)
            if not self.env.su:
                values = self._add_missing_default_values(vals)
                self._check_targets(self.browse(), values)
        return super().create(vals_list)

    def write(self, vals):
        self._check_integers(vals)
        if not self.env.su:
            self._check_targets(self, vals)
        return super().write(vals)

    @api.model
    def _check_integers(self, vals):
        """Check that whole numbers fit into the database.

        :raise ValidationError: with the sentence of the field's own range
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field or field.type != "integer" or not field.store:
                continue
            if not isinstance(value, int | float) or abs(value) <= MAX_INTEGER:
                continue
            constraint = (
                self.env["ir.model.constraint"]
                .sudo()  # only its sentence is read
                .search([("name", "=", f"{self._table}_{name}_range")], limit=1)
            )
            raise ValidationError(
                constraint.message
                or self.env._(
                    "%s: this number is too large. Choose a smaller one.",
                    field._description_string(self.env),
                )
            )

    @api.model
    def _check_targets(self, records, vals):
        """Check that the user may read what records are made to point at.

        What they point at already is left alone, whoever reads it.

        :param records: of any model, empty for new ones
        :raise AccessError: it names the field, and never what is chosen
        """
        for name, value in vals.items():
            field = records._fields.get(name)
            if not field or field.type not in ("many2one", "many2many"):
                continue
            targets = self.env[field.comodel_name].browse(_get_ids(field, value))
            if records:
                # Sudo: what is there already is not asked about.
                known = [set(record[name]._ids) for record in records.sudo()]
                targets = targets.browse(set(targets._ids) - set.intersection(*known))
            if targets.exists() != targets or not targets.has_access("read"):
                raise AccessError(
                    self.env._(
                        "%s: you may not see what is chosen here, or it was deleted. "
                        "Choose something else.",
                        field._description_string(self.env),
                    )
                )


def _get_ids(field, value):
    """Return the ids that a value of a relation adds to a record."""
    if field.type == "many2one":
        if isinstance(value, list | tuple):
            value = value[0] if value else False
        return [value] if value and isinstance(value, int) else []
    if not isinstance(value, list | tuple):
        return []
    ids = []
    for command in value:
        if isinstance(command, int):
            ids.append(command)
        elif command and command[0] == Command.LINK:
            ids.append(command[1])
        elif command and command[0] == Command.SET:
            ids += command[2]
    return ids
