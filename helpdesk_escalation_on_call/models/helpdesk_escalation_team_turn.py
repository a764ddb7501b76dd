from odoo import api, fields, models


class HelpdeskEscalationTeamTurn(models.Model):
    """Whose turn it is in a team: who was notified longest ago, by a number that grows.

    Only the system reads and writes it. Whoever joins counts as notified just then, or
    a newcomer would get everything.
    """

    _name = "helpdesk.escalation.team.turn"
    _description = "Turn in a Team"
    _order = "number, id"

    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        required=True,
        ondelete="cascade",
        index=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users", required=True, ondelete="cascade", index=True
    )
    number = fields.Integer(help="The higher, the later the person was notified.")

    _team_user_uniq = models.Constraint(
        "UNIQUE(team_id, user_id)", "Everybody has one turn in a team."
    )


class HelpdeskTicketTeam(models.Model):
    """Who is next in a team."""

    _inherit = "helpdesk.ticket.team"

    on_call_turn_ids = fields.One2many(
        comodel_name="helpdesk.escalation.team.turn",
        inverse_name="team_id",
        groups="base.group_system",
    )

    def write(self, vals):
        if "user_ids" not in vals:
            return super().write(vals)
        before = {team: team.user_ids for team in self}
        result = super().write(vals)
        for team, users in before.items():
            # Sudo: turns are the system's.
            team.sudo()._put_last(team.user_ids - users)
        return result

    def _sort_by_turn(self, users):
        """Return people of the team, who was notified longest ago first."""
        numbers = {turn.user_id: turn.number for turn in self.on_call_turn_ids}
        return users.sorted(lambda user: (numbers.get(user, -1), user.id))

    @api.private
    def _put_last(self, users):
        """Note that people were notified, or have joined: the others come first."""
        self.ensure_one()
        turns = self.on_call_turn_ids
        number = max(turns.mapped("number"), default=0)
        known = {turn.user_id: turn for turn in turns}
        missing = users - turns.user_id
        for place, user in enumerate(users & turns.user_id, 1):
            known[user].number = number + place
        number += len(users)
        turns.create(
            [
                {"team_id": self.id, "user_id": user.id, "number": number}
                for user in missing
            ]
        )
