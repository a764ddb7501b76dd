from odoo import api, models

from .groups import STAFF_GROUP

CHANGED = "helpdesk_escalation/changed"
# What people see of an incident on the dashboard.
SHOWN_FIELDS = {
    "confirmed_by_id",
    "error",
    "mail_failed",
    "nobody_reached",
    "policy_id",
    "round",
    "snoozed_until",
    "state",
    "step_date",
    "step_id",
}


class HelpdeskEscalationIncident(models.Model):
    """Open dashboards and tickets follow by themselves: they are read anew."""

    _inherit = "helpdesk.escalation.incident"

    @api.model_create_multi
    def create(self, vals_list):
        incidents = super().create(vals_list)
        incidents._announce_change()
        return incidents

    def write(self, vals):
        result = super().write(vals)
        if SHOWN_FIELDS.intersection(vals):
            self._announce_change()
        return result

    def unlink(self):
        # While it is known of which tickets they are.
        self._announce_change()
        return super().unlink()

    def _announce_change(self):
        """Tell the helpdesk's open pages, once a transaction, that something changed.

        The message says no more than that: each page asks for what its own user may
        see. Portal users are not in the group, and nobody can listen in its name.
        """
        # Sudo: whoever made the change.
        self.sudo().ticket_id._escalation_announce()
        pending = self.env.cr.precommit.data
        if not pending.get(CHANGED):
            pending[CHANGED] = True
            group_id = self.env["ir.model.data"]._xmlid_to_res_id(STAFF_GROUP)
            self.env["res.groups"].browse(group_id)._bus_send(CHANGED, {})
