from odoo import fields, models


class HelpdeskEscalationStep(models.Model):
    """R7: the manager of whoever is responsible, as *Employees* knows them."""

    _inherit = "helpdesk.escalation.step"

    recipient = fields.Selection(
        selection_add=[
            ("manager", "Manager of the responsible"),
            ("account_manager",),
        ],
        # Without the add-on, the leader is who was fallen back on anyway.
        ondelete={"manager": "set team_leader"},
    )

    def _get_recipients_manager(self, ticket):
        """Return the manager of the responsible; where there is none, the leader.

        Nobody is their own manager, and one who has left or has no login is none.
        """
        responsible = ticket.user_id
        # Sudo: who somebody's manager is does not depend on who asks.
        employees = self.env["hr.employee"].sudo()
        if responsible:
            employees = employees.search([("user_id", "=", responsible.id)])
        # The same person may be employed in several companies.
        here = employees.filtered(lambda one: one.company_id == ticket.company_id)
        manager = (here or employees).parent_id.user_id - responsible
        manager = manager.filtered("active").with_env(self.env)
        return manager or ticket.team_id.user_id

    def _get_nobody_reason(self, ticket):
        if self.recipient != "manager":
            return super()._get_nobody_reason(ticket)
        return self.env._("The responsible has no manager, and the team has no leader.")

    def _get_recipient_phrase(self):
        if self.recipient != "manager":
            return super()._get_recipient_phrase()
        return self.env._("the responsible's manager")
