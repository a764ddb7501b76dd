from odoo import api, fields, models

from .helpdesk_escalation_chat_sender import DEFAULT_SERVICES, HOSTS, SERVICES


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    escalation_chat_services = fields.Char(
        string="Allowed Chat Services",
        default=DEFAULT_SERVICES,
        config_parameter=SERVICES,
        help="What the addresses of chat services may begin with, separated by "
        "commas: the names that apprise gives them. All others are refused.",
    )
    escalation_chat_private_hosts = fields.Char(
        string="Allowed Private Hosts",
        config_parameter=HOSTS,
        help="Hosts and networks behind this server to which chat messages may be "
        "sent, separated by commas, such as chat.example.com or 10.2.0.0/16. All other "
        "private addresses are refused.",
    )

    @api.constrains("escalation_chat_services")
    def _check_escalation_chat_services(self):
        sender = self.env["helpdesk.escalation.chat.sender"]
        for settings in self:
            text = settings.escalation_chat_services or ""
            sender._check_services(text.lower().replace(",", " ").split())

    @api.constrains("escalation_chat_private_hosts")
    def _check_escalation_chat_private_hosts(self):
        sender = self.env["helpdesk.escalation.chat.sender"]
        for settings in self:
            sender._check_hosts(settings.escalation_chat_private_hosts)
