from odoo.tools import SQL


def post_init_hook(env):
    """Tell who spoke in the messages that were there before us, set-wise (R2).

    Only tickets that are not closed matter. A former agent still counts as staff:
    archiving makes a partner look like an outsider.
    """
    root = env.ref("base.partner_root")
    env.cr.execute(
        SQL(
            """
        UPDATE mail_message message
           SET escalation_party = judged.party
          FROM (
            SELECT old.id,
                   CASE
                   WHEN old.author_id IS NULL OR old.author_id = ticket.partner_id
                        OR NOT EXISTS (
                            SELECT FROM res_users
                             WHERE res_users.partner_id = old.author_id
                               AND res_users.share IS NOT TRUE)
                   THEN 'client'
                   WHEN old.is_internal IS NOT TRUE AND subtype.id IS NOT NULL
                        AND subtype.internal IS NOT TRUE
                   THEN 'staff'
                   END AS party
              FROM mail_message old
              JOIN helpdesk_ticket ticket ON ticket.id = old.res_id
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
         LEFT JOIN mail_message_subtype subtype ON subtype.id = old.subtype_id
             WHERE old.model = 'helpdesk.ticket'
               AND old.message_type IN ('comment', 'email')
               AND old.author_id IS DISTINCT FROM %(root)s
               AND stage.closed IS NOT TRUE
            ) judged
         WHERE message.id = judged.id AND judged.party IS NOT NULL
            """,
            root=root.id,
        )
    )


def uninstall_hook(env):
    """Leave nothing behind: activities, lent access, waiting mails, settings."""
    notifications = env["helpdesk.escalation.notification"].search([])
    notifications._withdraw()
    notifications._revoke_access()
    mails = notifications.mail_id
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
