from . import (
    # where messages go
    helpdesk_escalation_chat_sender,
    helpdesk_escalation_chat_room,
    res_users,
    helpdesk_escalation_step,
    helpdesk_ticket_team,
    # what is to be sent
    helpdesk_escalation_notification,
    helpdesk_escalation_notification_words,
    helpdesk_escalation_incident,
    # sending it
    helpdesk_escalation_notification_sending,
    helpdesk_escalation_notification_sample,
    ir_cron,
    # the screens
    helpdesk_escalation_health,
    res_config_settings,
)
