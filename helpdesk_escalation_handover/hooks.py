from odoo.tools import SQL
from odoo.tools.sql import column_exists

ACTIVITY_TYPES = ("mail_activity_type_handover", "mail_activity_type_news")


def pre_init_hook(env):
    """Have the teams look back 14 days, in a column that the database adds at once."""
    if not column_exists(env.cr, "helpdesk_ticket_team", "escalation_handover_days"):
        env.cr.execute(
            SQL(
                "ALTER TABLE helpdesk_ticket_team "
                "ADD COLUMN escalation_handover_days integer DEFAULT 14"
            )
        )


def uninstall_hook(env):
    """End the handovers that are open, and take back what asks for an answer to one."""
    env["helpdesk.escalation.incident"].search(
        [("kind", "=", "manual"), ("state", "!=", "resolved")]
    )._resolve("other")
    types = [env.ref(f"helpdesk_escalation_handover.{name}") for name in ACTIVITY_TYPES]
    env["mail.activity"].with_context(active_test=False).search(
        [("activity_type_id", "in", [one.id for one in types])]
    ).unlink()
