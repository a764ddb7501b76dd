from odoo import models
from odoo.exceptions import ValidationError


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        if not {"active", "group_ids"} & vals.keys():
            return super().write(vals)
        # Who was on duty is kept before somebody can be on duty no more.
        self._get_rotas_of()._begin_edit()
        before = self._filter_on_call()
        result = super().write(vals)
        (before - before._filter_on_call())._inform_of_vacant_places()
        return result

    def unlink(self):
        self._get_rotas_of()._begin_edit()
        self._filter_on_call()._inform_of_vacant_places()
        return super().unlink()

    def _filter_on_call(self):
        """Return who can be on duty."""
        return self.filtered(lambda user: user.active and not user.share)

    def _inform_of_vacant_places(self):
        """Inform the helpdesk managers, once, that these people's places are vacant."""
        # Sudo: whoever edits users may not read rotas.
        layers = self.env["helpdesk.escalation.rota.layer"].sudo()
        layers = layers.search(
            [
                ("turn_ids.user_id", "in", self.ids),
                ("valid_to", "=", False),
                ("rota_id.active", "=", True),
            ]
        )
        for rota in layers.rota_id.sorted("id"):
            places = layers.filtered(lambda one, rota=rota: one.rota_id == rota)
            rota._inform_managers_of_vacant(places.turn_ids.user_id & self)

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
