# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Webhooks",
    "summary": "Inform other systems of escalations, and of every run that succeeded",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "data": [
        "security/ir.model.access.csv",
        "security/helpdesk_escalation_webhook_security.xml",
        "data/ir_cron_data.xml",
        "views/helpdesk_escalation_webhook_delivery_views.xml",
        "views/helpdesk_escalation_webhook_views.xml",
        "views/helpdesk_escalation_heartbeat_views.xml",
        "views/res_config_settings_views.xml",
        "views/helpdesk_escalation_webhook_menus.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
