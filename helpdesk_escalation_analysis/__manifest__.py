# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Analysis",
    "summary": "How often, how fast and how it ended; tune a policy on the past",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "data": [
        "security/ir.model.access.csv",
        "security/helpdesk_escalation_analysis_security.xml",
        "report/helpdesk_escalation_report_views.xml",
        "report/helpdesk_escalation_ticket_report_views.xml",
        "report/helpdesk_escalation_cause_report_views.xml",
        "wizards/helpdesk_escalation_tuning_views.xml",
        "wizards/helpdesk_escalation_backtest_views.xml",
        "views/helpdesk_escalation_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "helpdesk_escalation_analysis/static/src/**/*",
            ("remove", "helpdesk_escalation_analysis/static/src/pivot/**/*"),
            ("remove", "helpdesk_escalation_analysis/static/src/graph/**/*"),
        ],
        # Odoo loads its pivots and graphs, and what builds on them, when one is opened.
        "web.assets_backend_lazy": [
            "helpdesk_escalation_analysis/static/src/pivot/**/*",
            "helpdesk_escalation_analysis/static/src/graph/**/*",
        ],
        "web.assets_tests": [
            "helpdesk_escalation_analysis/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "helpdesk_escalation_analysis/static/tests/**/*.test.js",
        ],
    },
    "auto_install": True,
    "installable": True,
}
