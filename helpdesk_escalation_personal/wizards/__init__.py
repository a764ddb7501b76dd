from . import helpdesk_escalation_preview
