from . import (
    helpdesk_escalation_backtest,
    helpdesk_escalation_backtest_line,
    helpdesk_escalation_tuning,
)
