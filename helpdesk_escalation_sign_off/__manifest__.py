# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Sign-off",
    "summary": "Closing a ticket needs a manager's sign-off",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "data": [
        "data/mail_activity_type_data.xml",
        "data/ir_actions_server_data.xml",
        "views/helpdesk_escalation_incident_views.xml",
        "views/helpdesk_escalation_policy_views.xml",
        "views/helpdesk_ticket_team_views.xml",
        "views/helpdesk_ticket_views.xml",
        "views/res_partner_views.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "helpdesk_escalation_sign_off/static/tests/tours/**/*",
        ],
    },
    "demo": ["demo/res_partner_demo.xml"],
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
