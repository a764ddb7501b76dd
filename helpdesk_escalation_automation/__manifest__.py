# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
{
    "name": "Helpdesk Escalation: Automation",
    "summary": "Escalate at once for a word, a client or a priority; steps that act",
    "version": "19.0.1.0.0",
    "license": "AGPL-3",
    "category": "After-Sales",
    "author": "Helpdesk Escalation maintainers",
    "depends": ["helpdesk_escalation"],
    "data": [
        "security/ir.model.access.csv",
        "security/helpdesk_escalation_trigger_security.xml",
        "data/mail_template_data.xml",
        "views/helpdesk_escalation_trigger_views.xml",
        "views/helpdesk_escalation_step_views.xml",
        "views/ir_actions_server_views.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "helpdesk_escalation_automation/static/tests/tours/**/*",
        ],
    },
    "demo": ["demo/helpdesk_escalation_trigger_demo.xml"],
    "uninstall_hook": "uninstall_hook",
    "auto_install": True,
    "installable": True,
}
