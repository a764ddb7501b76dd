from . import (
    helpdesk_escalation_report_mixin,
    helpdesk_escalation_report,
    helpdesk_escalation_ticket_report,
    helpdesk_escalation_cause_report,
)
