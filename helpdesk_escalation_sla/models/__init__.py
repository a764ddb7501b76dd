from . import helpdesk_escalation_trigger
