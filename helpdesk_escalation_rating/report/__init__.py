from . import helpdesk_escalation_ticket_report
