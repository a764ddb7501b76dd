from . import helpdesk_escalation_backtest
from . import helpdesk_escalation_backtest_line
