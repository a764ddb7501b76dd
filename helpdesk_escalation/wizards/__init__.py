from . import (
    base_partner_merge,
    helpdesk_escalation_backtest,
    helpdesk_escalation_backtest_line,
    helpdesk_escalation_confirm,
    helpdesk_escalation_preview,
    helpdesk_escalation_handover_return,
    helpdesk_escalation_tuning,
    mail_compose_message,
    mail_compose_message_internal,
    mail_followers_edit,
    mail_template_preview,
)
