# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Handover",
    "summary": "Escalate by hand: a complete handover, a higher tier, and a way back",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "depends": ["helpdesk_escalation"],
    "data": [
        "security/ir.model.access.csv",
        "security/helpdesk_escalation_handover_security.xml",
        "data/mail_activity_type_data.xml",
        "data/mail_template_data.xml",
        "data/helpdesk_escalation_handover_part_data.xml",
        "data/helpdesk_escalation_handover_cron_data.xml",
        "data/helpdesk_ticket_action_data.xml",
        "views/helpdesk_escalation_mail_templates.xml",
        "views/helpdesk_escalation_handover_templates.xml",
        "views/helpdesk_escalation_handover_views.xml",
        "views/helpdesk_escalation_incident_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/helpdesk_ticket_team_views.xml",
        "wizards/helpdesk_escalation_handover_return_views.xml",
        "views/helpdesk_escalation_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "helpdesk_escalation_handover/static/src/**/*",
        ],
        "web.assets_tests": [
            "helpdesk_escalation_handover/static/tests/tours/**/*",
        ],
    },
    "pre_init_hook": "pre_init_hook",
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
