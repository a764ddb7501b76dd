from . import helpdesk_escalation_rota_arrange
