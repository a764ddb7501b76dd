from . import (
    helpdesk_escalation_policy,
    helpdesk_ticket,
    res_partner,
)
