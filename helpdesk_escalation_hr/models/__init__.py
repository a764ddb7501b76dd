from . import helpdesk_escalation_step
