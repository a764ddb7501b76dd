# The definition
from . import (
    helpdesk_escalation_address,
    helpdesk_escalation_webhook,
    helpdesk_escalation_webhook_delivery,
    helpdesk_escalation_heartbeat,
)

# What happens, and the sending of it
from . import (
    helpdesk_escalation_incident,
    helpdesk_escalation_webhook_payload,
    helpdesk_escalation_webhook_send,
    helpdesk_escalation_engine,
    helpdesk_escalation_erasure,
)

# The screens and Odoo's records
from . import (
    helpdesk_escalation_health,
    ir_cron,
    res_config_settings,
)
