from . import (
    base_partner_merge,
    helpdesk_escalation_answer_all,
    helpdesk_escalation_confirm,
    helpdesk_escalation_preview,
    helpdesk_escalation_preview_ticket,
    helpdesk_escalation_set_policy,
    helpdesk_escalation_starter,
    helpdesk_escalation_same_cause,
    mail_compose_message,
    mail_compose_message_internal,
    mail_followers_edit,
    mail_template_preview,
)
