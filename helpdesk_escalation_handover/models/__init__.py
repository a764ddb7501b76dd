from . import (
    helpdesk_escalation_handover_part,
    helpdesk_escalation_handover,
    helpdesk_escalation_handover_record,
    helpdesk_escalation_handover_ticket,
    helpdesk_escalation_incident,
    helpdesk_escalation_incident_page,
    helpdesk_escalation_notification,
    helpdesk_escalation_engine,
    helpdesk_ticket,
    helpdesk_ticket_team,
)
