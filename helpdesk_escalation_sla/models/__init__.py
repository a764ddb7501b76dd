from . import (
    helpdesk_escalation_condition_scope,
    helpdesk_escalation_engine,
    helpdesk_escalation_trigger,
)
