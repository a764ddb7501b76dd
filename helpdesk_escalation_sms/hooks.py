def uninstall_hook(env):
    """Notify otherwise whom an SMS has not reached yet, and leave no text behind."""
    notifications = env["helpdesk.escalation.notification"]
    waiting = notifications.search([("channel", "=", "sms"), ("state", "=", "pending")])
    texts = notifications.search([("sms_id", "!=", False)]).sms_id
    # Before its text is gone: without one, it would be notified twice.
    waiting._give_up_sms(env._("SMS is no longer used."))
    texts.unlink()
    env["sms.tracker"].search(
        [("sms_uuid", "in", notifications._get_all_sms_uuids())]
    ).unlink()
