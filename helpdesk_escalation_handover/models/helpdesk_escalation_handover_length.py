from odoo import fields, models


class HelpdeskEscalationHandoverLength(models.Model):
    """How much a team wants to read in a part, where that is not the usual length."""

    _name = "helpdesk.escalation.handover.length"
    _description = "Minimum Length of a Handover Part"
    _inherit = ["helpdesk.escalation.input"]
    _order = "part_id"
    _rec_name = "part_id"

    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        required=True,
        ondelete="cascade",
        index=True,
        help="The team that the ticket is handed over to.",
    )
    part_id = fields.Many2one(
        comodel_name="helpdesk.escalation.handover.part",
        required=True,
        ondelete="cascade",
        help="The part of the handover.",
    )
    min_length = fields.Integer(
        string="Characters",
        required=True,
        default=30,
        help="How many letters and digits, with the blanks between the words, it takes "
        "at least.",
    )

    _team_part_uniq = models.UniqueIndex(
        "(team_id, part_id)", "This part has a minimum length already."
    )
    _min_length_range = models.Constraint(
        "CHECK(min_length BETWEEN 0 AND 1000)",
        "Ask for at most 1000 characters.",
    )
