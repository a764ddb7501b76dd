def uninstall_hook(env):
    """Forget the server, its key and what may be sent to it."""
    env["ir.config_parameter"].search(
        [("key", "=like", "helpdesk\\_escalation\\_ai.%")]
    ).unlink()
