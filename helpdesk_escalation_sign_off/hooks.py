def uninstall_hook(env):
    """Nobody needs to sign any more."""
    env["mail.activity"].with_context(active_test=False).search(
        [
            (
                "activity_type_id",
                "=",
                env.ref("helpdesk_escalation_sign_off.mail_activity_type_sign_off").id,
            )
        ]
    ).unlink()
