def uninstall_hook(env):
    """Take away what people were sent about rotas.

    Steps that notified who is on duty notify the team's leader from now on.
    """
    messages = env["mail.message"].search(
        [("model", "=like", "helpdesk.escalation.rota%")]
    )
    messages.unlink()
