# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: SMS",
    "summary": "Escalation steps that notify people by SMS",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "website": "https://github.com/OCA/helpdesk",
    "maintainers": [],
    "development_status": "Beta",
    "depends": ["helpdesk_escalation", "sms"],
    "auto_install": True,
    "uninstall_hook": "uninstall_hook",
    "installable": True,
}
