from . import (
    helpdesk_escalation_policy,
    res_users,
    helpdesk_escalation_incident,
    helpdesk_escalation_notification_held,
    helpdesk_escalation_notification_second,
    helpdesk_escalation_engine,
)
