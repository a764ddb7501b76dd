from . import helpdesk_escalation_trigger, helpdesk_ticket
