# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: On Call and Analysis",
    "summary": "Trials on the past notify whoever was on duty then",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation_on_call", "helpdesk_escalation_analysis"],
    "data": ["views/helpdesk_escalation_backtest_views.xml"],
    "auto_install": True,
    "installable": True,
}
