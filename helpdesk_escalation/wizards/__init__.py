from . import helpdesk_escalation_confirm
