from . import (
    helpdesk_escalation_backtest,
    helpdesk_escalation_backtest_line,
    helpdesk_escalation_confirm,
    helpdesk_escalation_preview,
    helpdesk_escalation_return,
    helpdesk_escalation_tuning,
    mail_compose_message,
    mail_template_preview,
)
