from . import helpdesk_escalation_ai_preview
