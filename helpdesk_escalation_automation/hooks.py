from .models.helpdesk_escalation_slow_rules import PARAMETER


def uninstall_hook(env):
    """Leave undone what steps still had to do, and forget how slow a run was."""
    env["helpdesk.escalation.notification"].search(
        [("channel", "=", "action"), ("state", "=", "pending")]
    ).write({"state": "cancelled"})
    env["ir.config_parameter"].search([("key", "=", PARAMETER)]).unlink()
