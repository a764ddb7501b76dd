def post_init_hook(env):
    """Have the messages that were there before us read by a job of its own (R2)."""
    env["helpdesk.escalation.message.reading"]._start()


def uninstall_hook(env):
    """Leave nothing behind: activities, lent access, waiting mails, settings."""
    notifications = env["helpdesk.escalation.notification"].search([])
    notifications._withdraw()
    notifications._revoke_access()
    mails = notifications.mail_id
    # Before the mails, which they point at: those go with their messages.
    notifications.unlink()
    env["mail.message"].search([("model", "=like", "helpdesk.escalation.%")]).unlink()
    mails.exists().unlink()
    activity_type = env["helpdesk.escalation.notification"]._activity_type()
    env["mail.activity"].with_context(active_test=False).search(
        [("activity_type_id", "=", activity_type.id)]
    ).unlink()
    env["mail.followers"].search(
        [("res_model", "=like", "helpdesk.escalation.%")]
    ).unlink()
    env["ir.config_parameter"].search(
        [("key", "=like", "helpdesk_escalation.%")]
    ).unlink()
