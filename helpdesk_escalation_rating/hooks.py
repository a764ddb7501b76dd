def uninstall_hook(env):
    """End what bad ratings have opened: nobody else knows how."""
    env["helpdesk.escalation.incident"].search(
        [("kind", "=", "rating"), ("state", "!=", "resolved")]
    )._resolve("closed")
