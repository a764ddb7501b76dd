from . import (
    helpdesk_escalation_engine,
    helpdesk_escalation_incident,
    helpdesk_escalation_trigger,
    helpdesk_ticket,
)
