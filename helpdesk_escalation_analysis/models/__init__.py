from . import (
    helpdesk_escalation_health,
    helpdesk_escalation_history,
    helpdesk_escalation_incident,
    helpdesk_escalation_incident_weekly,
    helpdesk_escalation_policy_tuning,
    helpdesk_ticket,
)
