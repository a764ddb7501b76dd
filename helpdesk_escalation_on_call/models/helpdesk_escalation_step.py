from odoo import api, fields, models
from odoo.exceptions import ValidationError

ROTA_KINDS = ("on_duty", "next_on_duty", "rota")
# People who are away are followed by others of the rota.
DUTY_KINDS = ("on_duty", "next_on_duty")


class HelpdeskEscalationStep(models.Model):
    """R7: whoever is on duty, or next, or in the rota; or one of the team, in turn."""

    _inherit = "helpdesk.escalation.step"

    recipient = fields.Selection(
        selection_add=[
            ("on_duty", "On duty"),
            ("next_on_duty", "Next on duty"),
            ("rota", "Everybody of the rota"),
            ("team_in_turn", "One of the team, in turn"),
            ("user",),
        ],
        ondelete={
            "on_duty": "set team_leader",
            "next_on_duty": "set team_leader",
            "rota": "set team_leader",
            "team_in_turn": "set team_leader",
        },
    )
    rota_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.rota",
        string="Rotas",
        context={"active_test": False},
        domain="['|', ('company_id', '=', company_id), (not company_id, '=', True)]",
        help="The rotas whose people are notified. Nobody is notified twice.",
    )

    @api.depends("rota_ids")
    def _compute_display_name(self):
        return super()._compute_display_name()

    @api.depends("rota_ids")
    def _compute_recipient_label(self):
        return super()._compute_recipient_label()

    @api.constrains("recipient", "rota_ids", "policy_id")
    def _check_rota_ids(self):
        for step in self.filtered(lambda step: step.recipient in ROTA_KINDS):
            if not step.rota_ids:
                raise ValidationError(
                    self.env._("A step that notifies who is on duty needs a rota.")
                )
            company = step.policy_id.company_id
            for rota in step.rota_ids:
                if company and rota.company_id != company:
                    raise ValidationError(
                        self.env._(
                            "The rota %(rota)s is of %(company)s. Choose one of the "
                            "policy's company.",
                            rota=rota.name,
                            company=rota.company_id.name,
                        )
                    )

    def _get_kind(self):
        return (*super()._get_kind(), self.recipient in ROTA_KINDS and self.rota_ids)

    def _get_recipient_label(self):
        label = super()._get_recipient_label()
        if self.recipient not in ROTA_KINDS or not self.rota_ids:
            return label
        # Sudo: names of rotas, whoever may read them.
        names = ", ".join(self.sudo().rota_ids.mapped("name"))
        return self.env._("%(label)s: %(rotas)s", label=label, rotas=names)

    def _get_recipient_phrase(self):
        # Sudo: names of rotas, whoever may read them.
        names = ", ".join(self.sudo().rota_ids.mapped("name"))
        return {
            "on_duty": self.env._("whoever is on duty in %s", names),
            "next_on_duty": self.env._("whoever is next on duty in %s", names),
            "rota": self.env._("everybody of %s", names),
            "team_in_turn": self.env._("one of the team, in turn"),
        }.get(self.recipient) or super()._get_recipient_phrase()

    def _get_nobody_reason(self, ticket):
        return {
            "on_duty": self.env._("Nobody is on duty."),
            "next_on_duty": self.env._("Nobody is next on duty."),
            "rota": self.env._("Nobody is in the rota."),
            "team_in_turn": self.env._("Nobody in the team could be notified."),
        }.get(self.recipient) or super()._get_nobody_reason(ticket)

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def _get_recipients_on_duty(self, ticket):
        return self.env["res.users"].union(
            *(people[:1] for people in self._get_people_on_duty().values())
        )

    def _get_recipients_next_on_duty(self, ticket):
        return self._get_recipients_on_duty(ticket)

    def _get_recipients_rota(self, ticket):
        rotas = self.rota_ids.filtered("active")
        return self.env["res.users"].union(*(rota._get_people() for rota in rotas))

    def _get_recipients_team_in_turn(self, ticket):
        """Return who of the team was notified longest ago, of those who are there."""
        members = ticket.team_id._sort_by_turn(ticket.team_id.user_ids)
        reachable = members.filtered(
            lambda user: not user._escalation_unreachable_reason(ticket, self.channel)
        )
        there = reachable
        if self.policy_id.skip_on_leave:
            there = reachable.filtered(lambda user: not user.is_escalation_away)
        return (there or reachable)[:1]

    def _get_people_on_duty(self):
        """Return per rota whom the step means, and who comes after them in turn.

        Of a dry run, as it is at the moment that is played.

        :rtype: dict[Model, list[Model]]
        """
        self.ensure_one()
        moment = self.env.context.get("escalation_moment")
        if moment:
            orders = self.rota_ids._read_duty_orders(moment)
        else:
            orders = {
                rota: (rota.current_user_id, rota.following_ids)
                for rota in self.rota_ids
            }
        if self.recipient == "on_duty":
            # Where nobody is on duty the step passes on.
            return {rota: now + then for rota, (now, then) in orders.items() if now}
        return {rota: then for rota, (_now, then) in orders.items()}
