from odoo import fields, models

HOSTS = "helpdesk_escalation_webhook.private_hosts"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    escalation_private_hosts = fields.Char(
        string="Private Hosts",
        config_parameter=HOSTS,
        help="Hosts inside your own network that webhooks and heartbeats may call, "
        "separated by commas, also without encryption. All others must be public.",
    )
