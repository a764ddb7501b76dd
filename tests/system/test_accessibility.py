"""Every screen of ours by axe-core: names, labels, contrast."""

from urllib.parse import urlsplit

from odoo import Command

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link

from ..support.accessibility import find_barriers
from ..support.common import MANAGER, EscalationCommon, PatientHttpCase
from ..support.windows import open_windows

POLICY = "/odoo/escalation-policies/%s"
TICKET = "/odoo/helpdesk.ticket/%s"
TEAM = "/odoo/helpdesk.ticket.team/%s"


class TestAccessibility(EscalationCommon, PatientHttpCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incidents.search([]).unlink()
        cls.chief = cls._new_user("esc_chief", f"{MANAGER},base.group_system")
        cls.team.user_ids = [Command.link(cls.chief.id)]

    def test_the_pages_of_the_helpdesk(self):
        confirmed = self._new_ticket(-90)
        ticket = self._new_ticket(-45)
        self._client_writes(ticket, -45)
        self._run(0)
        self._incident(confirmed).with_user(self.agent).action_confirm()
        incident = self._incident(ticket)
        pages = [
            ("/odoo/escalations", ".o_kanban_record [name=told]", ()),
            (f"/odoo/escalations/{incident.id}", ".o_form_view", ()),
            ("/odoo/escalation-policies", ".o_list_view", ()),
            (POLICY % self.policy.id, ".o_escalation_timeline", ()),
            (
                POLICY % self.policy.id,
                ".modal .o_escalation_story",
                ["button[data-hotkey=g]"],
            ),
            (
                POLICY % self.policy.id,
                ".modal .o_form_view",
                ["button[name=action_tune]"],
            ),
            (
                TICKET % ticket.id,
                ".o_escalation_story",
                [".nav-link[name=escalation]"],
            ),
            (
                TICKET % ticket.id,
                ".modal [name=issue_summary]",
                ["button[name=action_escalation_escalate]"],
            ),
            ("/odoo/escalation-substitutes", ".o_list_view", ()),
            ("/odoo/escalated-to-me", ".o_list_view", ()),
            ("/odoo/escalation-handovers", ".o_view_controller", ()),
            ("/odoo/escalation-analysis", ".o_pivot", ()),
            ("/odoo/escalation-rates", ".o_pivot", ()),
            (f"/odoo/res.partner/{self.client.id}", ".o_form_view", ()),
            (
                TEAM % self.team.id,
                "[name=escalation_handover_part_ids]",
                [".nav-link[name=handovers]"],
            ),
        ]
        found = {}
        with open_windows(self, self.chief.login) as (window,):
            for path, shows, clicks in pages:
                window.open(path)
                for selector in clicks:
                    window.click(selector)
                window.find(shows)
                if barriers := find_barriers(window):
                    found[f"{path} {shows}"] = barriers
        self.assertEqual(found, {})

    def test_the_page_behind_the_mail(self):
        self.policy.step_ids.channel = "email"
        ticket = self._new_ticket(-15)
        self._run(0)
        line = self._incident(ticket).notification_ids[:1]
        path = urlsplit(make_link(line.sudo(), 72)).path
        with open_windows(self, self.chief.login) as (window,):
            window.browser.navigate_to(f"{self.base_url()}{path}", wait_stop=True)
            window.find("form button")
            self.assertEqual(find_barriers(window), [])
