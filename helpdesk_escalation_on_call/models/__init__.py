# The rota
from . import helpdesk_escalation_rota
from . import helpdesk_escalation_rota_layer
from . import helpdesk_escalation_rota_turn
from . import helpdesk_escalation_rota_change
from . import helpdesk_escalation_rota_log
from . import helpdesk_escalation_rota_import
from . import helpdesk_escalation_rota_duty
from . import helpdesk_escalation_rota_forecast
from . import helpdesk_escalation_rota_shift
from . import helpdesk_escalation_rota_feed

# Whom the steps notify
from . import helpdesk_escalation_team_turn
from . import helpdesk_escalation_step
from . import helpdesk_escalation_incident
from . import helpdesk_escalation_notification
from . import helpdesk_escalation_engine
from . import helpdesk_escalation_erasure

# The screens
from . import helpdesk_escalation_health

# The host's and Odoo's records
from . import helpdesk_ticket_team
from . import res_users
from . import resource_calendar
