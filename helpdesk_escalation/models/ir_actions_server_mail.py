from odoo import models

from ..tools.mail_access import check_may_write_about


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        """Check who starts by hand what sends a mail, whomever the action is for."""
        if not self.env.su:
            context = self.env.context
            res_ids = context.get("active_ids") or [context.get("active_id")]
            for action in self.sudo()._get_with_children():
                if action.state == "mail_post":
                    check_may_write_about(
                        self.env, action.template_id, action.model_name, res_ids
                    )
        return super().run()

    def _get_with_children(self):
        """Return actions with all that they start themselves."""
        found = level = self
        while level:
            level = level.child_ids - found
            found += level
        return found
