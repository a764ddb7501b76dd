# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Language Model and Handover",
    "summary": "A first draft of what the client wrote, for a handover",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation_ai", "helpdesk_escalation_handover"],
    "data": ["views/helpdesk_escalation_handover_views.xml"],
    "auto_install": True,
    "installable": True,
}
