# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Personal Rules",
    "summary": "How people want to be notified: outside their hours, a second time, "
    "and at most so often",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation"],
    "data": [
        "views/helpdesk_escalation_policy_views.xml",
        "views/res_users_views.xml",
    ],
    "auto_install": True,
    "installable": True,
}
