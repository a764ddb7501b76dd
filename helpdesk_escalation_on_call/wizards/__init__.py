from . import helpdesk_escalation_rota_arrange
from . import helpdesk_escalation_rota_subscribe
