# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: SLA",
    "summary": "A deadline that is missed, or about to be, escalates at once",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation_automation", "helpdesk_mgmt_sla"],
    "data": ["views/helpdesk_escalation_policy_views.xml"],
    "auto_install": True,
    "installable": True,
}
