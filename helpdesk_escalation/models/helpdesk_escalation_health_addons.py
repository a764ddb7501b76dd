from odoo import api, models

OURS = "helpdesk_escalation_"
TAKEN_OFF = "helpdesk_escalation.taken_off"


class HelpdeskEscalationHealth(models.AbstractModel):
    """Add-ons of ours that came later: Odoo installs none of them with an upgrade."""

    _inherit = "helpdesk.escalation.health"

    @api.model
    def _find_problems(self):
        return [*super()._find_problems(), self._check_new_addons()]

    @api.model
    def _check_new_addons(self):
        """Offer what would have come with the installation, to whoever may install.

        What was there then, or was taken off since, was left out on purpose.
        """
        modules = self.env["ir.module.module"]
        if not modules.has_access("write"):
            return None
        fresh = modules.search(
            [
                ("name", "=like", f"{OURS}%"),
                ("state", "=", "uninstalled"),
                ("auto_install", "=", True),
                ("create_date", ">", self._get_job().create_date),
            ]
        )
        taken_off = modules._get_escalation_taken_off()
        fresh = fresh.filtered(
            lambda module: module.name not in taken_off
            and set(module.dependencies_id.mapped("state")) == {"installed"}
        )
        if not fresh:
            return None
        return self._prepare_problem(
            "new_addons",
            self.env._(
                "New for Helpdesk Escalation: %s.",
                self._join(fresh.mapped("shortdesc")),
            ),
            self.env._("Show"),
            "info",
            action=self._prepare_list(self.env._("Apps"), modules._name, fresh),
        )


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        result = super().button_uninstall()
        names = {name for name in self.mapped("name") if name.startswith(OURS)}
        if names:
            # Sudo: parameters are the system's; who may uninstall was asked before.
            self.env["ir.config_parameter"].sudo().set_param(
                TAKEN_OFF, ",".join(sorted(names | self._get_escalation_taken_off()))
            )
        return result

    @api.model
    def _get_escalation_taken_off(self):
        """Return the names of our add-ons that somebody has uninstalled.

        :rtype: set[str]
        """
        # Sudo: parameters are the system's.
        value = self.env["ir.config_parameter"].sudo().get_param(TAKEN_OFF)
        return set(filter(None, (value or "").split(",")))
