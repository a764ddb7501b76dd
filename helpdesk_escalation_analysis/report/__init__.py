from . import (
    helpdesk_escalation_report_mixin,
    helpdesk_escalation_report,
    helpdesk_escalation_ticket_report,
)
