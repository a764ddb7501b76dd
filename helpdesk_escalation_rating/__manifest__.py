# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Rating",
    "summary": "A bad rating escalates at once; satisfaction after escalations",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": [
        "helpdesk_escalation_analysis",
        "helpdesk_escalation_automation",
        "helpdesk_mgmt_rating",
    ],
    "data": ["report/helpdesk_escalation_ticket_report_views.xml"],
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
