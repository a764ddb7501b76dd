# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Public Holidays",
    "summary": "Delays leave out the OCA's public holidays",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation", "hr_holidays_public"],
    "auto_install": True,
    "installable": True,
}
