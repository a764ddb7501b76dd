def uninstall_hook(env):
    """End the handovers that are open, and take back what asks for an answer to one."""
    env["helpdesk.escalation.incident"].search(
        [("kind", "=", "manual"), ("state", "!=", "resolved")]
    )._resolve("other")
    env["mail.activity"].with_context(active_test=False).search(
        [
            (
                "activity_type_id",
                "=",
                env.ref("helpdesk_escalation_handover.mail_activity_type_handover").id,
            )
        ]
    ).unlink()
