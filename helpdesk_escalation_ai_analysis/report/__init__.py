from . import helpdesk_escalation_cause_report
