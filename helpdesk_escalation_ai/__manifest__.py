# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Language Model",
    "summary": "A language model of your choice proposes, people decide",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "data": [
        "security/ir.model.access.csv",
        "security/helpdesk_escalation_ai_security.xml",
        "data/ir_cron_data.xml",
        "wizards/helpdesk_escalation_ai_preview_views.xml",
        "views/helpdesk_escalation_ai_proposal_views.xml",
        "views/helpdesk_escalation_ai_request_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/res_config_settings_views.xml",
    ],
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
