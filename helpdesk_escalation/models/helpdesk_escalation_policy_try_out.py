from odoo import models
from odoo.exceptions import AccessError, UserError

from ..tools.notices import make_notice
from .groups import STAFF_GROUP


class HelpdeskEscalationPolicy(models.Model):
    """What the steps of a policy would send, sent to whoever asks for it."""

    _inherit = "helpdesk.escalation.policy"

    def action_test_on_me(self):
        """Send each step's notification to oneself, marked as a test.

        The real templates speak of a ticket that does not exist: no ticket is touched,
        and nothing is kept or counted.

        :return: a notice of what was sent, and of what went wrong
        :raise AccessError: when the user may not read the policy, or only audits it
        :raise UserError: when it has no step
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(STAFF_GROUP):
            raise AccessError(
                self.env._("Only people of the helpdesk can send themselves a test.")
            )
        if not self.step_ids:
            raise UserError(self.env._("Add a step first: there is nothing to send."))
        notifications = self.env["helpdesk.escalation.notification"]
        steps = self.step_ids.sorted()
        faults = []
        for step in steps:
            fault = notifications._send_sample(step, self.env.user)
            if fault:
                faults.append(f"{step.display_name}: {fault}")
        words = self.env._(
            "Test notifications sent to you: %s.", len(steps) - len(faults)
        )
        notice = make_notice(
            "\n".join([words, *faults]), "warning" if faults else "success"
        )
        notice["params"]["sticky"] = bool(faults)
        return notice
