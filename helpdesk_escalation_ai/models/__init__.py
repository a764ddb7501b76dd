from . import (
    # what may be sent, and where
    helpdesk_escalation_ai,
    # the queue
    helpdesk_escalation_ai_request,
    helpdesk_escalation_ai_arrival,
    # what comes of it
    helpdesk_escalation_ai_proposal,
    helpdesk_escalation_erasure,
    # the screens
    helpdesk_escalation_health,
    res_company,
    res_config_settings,
    # the host's records
    helpdesk_ticket,
)
