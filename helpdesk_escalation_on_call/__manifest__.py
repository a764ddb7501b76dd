# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: On Call",
    "summary": "Notify whoever is on duty: rotas, shifts, changes, calendars",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "external_dependencies": {"python": ["icalendar", "recurring_ical_events"]},
    "data": [
        "security/helpdesk_escalation_on_call_security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron_data.xml",
        "wizards/helpdesk_escalation_rota_arrange_views.xml",
        "wizards/helpdesk_escalation_rota_subscribe_views.xml",
        "views/helpdesk_escalation_rota_shift_views.xml",
        "views/helpdesk_escalation_rota_change_views.xml",
        "views/helpdesk_escalation_rota_views.xml",
        "views/helpdesk_escalation_policy_views.xml",
        "views/helpdesk_ticket_team_views.xml",
        "views/helpdesk_escalation_on_call_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "helpdesk_escalation_on_call/static/src/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
