def uninstall_hook(env):
    """Notify in Odoo whom a message has not reached yet, and forget the settings."""
    lines = env["helpdesk.escalation.notification"]
    waiting = lines.search([("channel", "=", "chat"), ("state", "=", "pending")])
    for some in waiting.grouped("user_id").values():
        some._give_up_chat(env._("Chat messages are not sent any more."))
    lines.search([("channel", "=", "room"), ("state", "=", "pending")]).write(
        {"state": "cancelled"}
    )
    env["ir.config_parameter"].search(
        [("key", "=like", "helpdesk\\_escalation\\_chat.%")]
    ).unlink()
