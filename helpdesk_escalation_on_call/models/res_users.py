from odoo import models
from odoo.exceptions import ValidationError


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        if {"active", "group_ids"} & vals.keys():
            # Who was on duty is kept before somebody can be on duty no more.
            self._get_rotas_of()._begin_edit()
        return super().write(vals)

    def unlink(self):
        self._get_rotas_of()._begin_edit()
        return super().unlink()

    def _get_rotas_of(self):
        """Return the rotas in which people are or were on duty."""
        # Sudo: whoever edits users may not read rotas.
        rotas = self.env["helpdesk.escalation.rota"].sudo()
        return rotas.search(
            [
                "|",
                ("layer_ids.turn_ids.user_id", "in", self.ids),
                ("change_ids.user_id", "in", self.ids),
            ]
        )

    def _check_on_call(self, company):
        """Check that people can be on duty in a company.

        :raise ValidationError: for others, naming the first one
        """
        for user in self:
            if user.share:
                raise ValidationError(
                    self.env._(
                        "%s is not an internal user and cannot be on duty.", user.name
                    )
                )
            if company not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s has no access to %(company)s, the company of the "
                        "rota. Choose somebody who has.",
                        user=user.name,
                        company=company.name,
                    )
                )
