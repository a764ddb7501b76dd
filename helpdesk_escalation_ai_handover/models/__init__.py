from . import (
    helpdesk_escalation_ai_proposal,
    helpdesk_escalation_ai_request,
    helpdesk_escalation_erasure,
    helpdesk_escalation_handover,
)
