from . import (
    helpdesk_escalation_incident,
    helpdesk_escalation_policy,
    helpdesk_ticket,
    helpdesk_ticket_ask,
    helpdesk_ticket_stage,
    helpdesk_ticket_team,
    res_partner,
)
