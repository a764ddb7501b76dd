from . import (
    helpdesk_escalation_incident,
    helpdesk_escalation_step,
    helpdesk_escalation_notification,
    helpdesk_escalation_notification_outbox,
    helpdesk_escalation_notification_sample,
    helpdesk_escalation_erasure,
    res_users,
    sms_sms,
    sms_tracker,
)
