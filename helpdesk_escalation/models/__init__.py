# The definition
from . import (
    helpdesk_escalation_ticket_access,
    helpdesk_escalation_cached,
    helpdesk_escalation_input,
    helpdesk_escalation_internal_thread,
    helpdesk_escalation_condition_scope,
    helpdesk_escalation_condition,
    helpdesk_escalation_policy,
    helpdesk_escalation_policy_condition,
    helpdesk_escalation_policy_holder,
    helpdesk_escalation_policy_late,
    helpdesk_escalation_policy_back,
    helpdesk_escalation_policy_start,
    helpdesk_escalation_policy_timeline,
    helpdesk_escalation_policy_uses,
    helpdesk_escalation_step,
    helpdesk_escalation_step_condition,
)

# Who waits
from . import (
    helpdesk_escalation_message_reading,
    helpdesk_escalation_clock,
    helpdesk_escalation_clock_late,
    helpdesk_escalation_clock_duplicate,
    helpdesk_escalation_clock_lookup,
    helpdesk_escalation_policy_backlog,
    helpdesk_escalation_policy_companies,
    helpdesk_escalation_policy_default,
    helpdesk_escalation_policy_words,
)

# The case
from . import (
    helpdesk_escalation_incident,
    helpdesk_escalation_incident_fire,
    helpdesk_escalation_incident_previous,
    helpdesk_escalation_incident_log,
    helpdesk_escalation_incident_waiver,
    helpdesk_escalation_incident_hands,
    helpdesk_escalation_cause,
    helpdesk_escalation_notification,
    helpdesk_escalation_notification_mail,
    helpdesk_escalation_notification_queue,
    helpdesk_escalation_notification_parts,
    helpdesk_escalation_notification_link,
    helpdesk_escalation_notification_internal,
    helpdesk_escalation_notification_activity,
    helpdesk_escalation_notification_reach,
    helpdesk_escalation_notification_outbox,
    helpdesk_escalation_incident_story,
)

# The run
from . import (
    helpdesk_escalation_engine,
    helpdesk_escalation_engine_batch,
    helpdesk_escalation_engine_read,
    helpdesk_escalation_engine_decide,
    helpdesk_escalation_engine_write,
    helpdesk_escalation_engine_hands,
    helpdesk_escalation_engine_schedule,
    helpdesk_escalation_engine_preview,
)

# The screens
from . import (
    helpdesk_escalation_incident_card,
    helpdesk_escalation_incident_next,
    helpdesk_escalation_incident_page,
    helpdesk_escalation_incident_dashboard,
    helpdesk_escalation_policy_starter,
    helpdesk_escalation_incident_live,
    helpdesk_escalation_health,
    helpdesk_escalation_health_policy,
    helpdesk_escalation_health_mail,
    helpdesk_escalation_health_watch,
    res_config_settings,
)

# The host's records, and Odoo's. Odoo adds our columns to their tables in this order,
# each with a lock until the installation ends: messages come last, as whoever posts one
# has read people and tickets before.
from . import (
    res_company,
    res_users,
    res_partner,
    res_partner_colleagues,
    helpdesk_ticket_team,
    helpdesk_ticket_team_dashboard,
    helpdesk_ticket_team_hands,
    helpdesk_ticket,
    helpdesk_ticket_voice,
    helpdesk_ticket_party,
    helpdesk_ticket_back,
    helpdesk_ticket_late,
    helpdesk_ticket_stage,
    helpdesk_ticket_waiver,
    helpdesk_ticket_notified,
    helpdesk_ticket_hands,
    helpdesk_ticket_status,
    helpdesk_ticket_automatic,
    helpdesk_ticket_hurry,
    helpdesk_ticket_list,
    resource_calendar,
    ir_actions_server_mail,
    ir_cron,
    ir_ui_menu,
    ir_attachment,
    mail_activity,
    mail_alias_domain,
    mail_followers,
    mail_mail,
    mail_mail_internal,
    mail_scheduled_message,
    mail_thread,
    mail_thread_internal,
    mail_thread_reply,
    mail_thread_bounce,
    mail_message,
    mail_message_internal,
    mail_message_late,
)
