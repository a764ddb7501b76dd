# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Digest",
    "summary": "The figures of escalations in Odoo's periodic digest mails",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation_analysis", "digest"],
    "data": ["data/digest_data.xml", "views/digest_digest_views.xml"],
    "auto_install": True,
    "installable": True,
}
