from odoo import api, fields, models


class HelpdeskEscalationHandoverPart(models.Model):
    """A part of a handover, which a team may require: one record for each, fixed."""

    _name = "helpdesk.escalation.handover.part"
    _description = "Handover Part"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        readonly=True,
        help="The field of the handover that holds this part.",
    )
    sequence = fields.Integer(required=True, default=10)
    is_default = fields.Boolean(
        string="Required by Default",
        help="A new team requires this part until somebody decides otherwise.",
    )
    min_length = fields.Integer(
        string="Usual Minimum Length",
        required=True,
        default=10,
        help="How many characters it takes at least to say something here, where the "
        "team has not chosen otherwise.",
    )
    one_word = fields.Boolean(
        string="One Word Is Enough",
        help='A single word such as "none" says something here; elsewhere it takes '
        "two.",
    )

    _code_uniq = models.UniqueIndex("(code)", "This part exists already.")

    @api.model
    def _get_default(self):
        """Return the parts that a new team requires."""
        # Sudo: a team may also be created by a job or an import without our groups.
        default = self.sudo().search([("is_default", "=", True)])
        return default.with_env(self.env)
