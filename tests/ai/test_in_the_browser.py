"""The screens of the language model in a real browser, and by axe-core."""

from ..support.accessibility import find_barriers
from ..support.common import MANAGER, PatientHttpCase
from ..support.model_server import ModelCommon
from ..support.windows import open_windows

PROPOSALS = "[name=escalation_ai_proposal_ids]"


class TestInTheBrowser(ModelCommon, PatientHttpCase):
    def setUp(self):
        super().setUp()
        self.server.say(
            {
                "category": "Software",
                "priority": "Very High",
                "tone": "Angry",
                "quote": "Please help",
            }
        )
        self.ticket = self._new_ticket(0)
        self._ask()

    def test_one_click_accepts_and_one_refuses(self):
        with open_windows(self, self.agent.login) as (window,):
            window.open(f"/odoo/helpdesk.ticket/{self.ticket.id}")
            window.find(PROPOSALS, "Please help")
            self.assertEqual(find_barriers(window), [])
            for kind, button in (
                ("Category", "action_accept"),
                ("Priority", "action_refuse"),
            ):
                window.run(
                    f'const row = await find("{PROPOSALS} .o_data_row", "{kind}");'
                    f'row.querySelector("button[name={button}]").click();'
                )
                window.miss(f"{PROPOSALS} .o_data_row", kind)
            window.find("[name=category_id] input")
            shown = window.run(
                'return document.querySelector("[name=category_id] input").value;'
            )
            self.assertEqual(shown, "Software")
        self.env.invalidate_all()
        self.assertEqual(self.ticket.category_id, self.software)
        self.assertEqual(self.ticket.priority, "1")
        self.assertEqual(set(self._proposed(self.ticket)), {"tone"})

    def test_the_screens_of_managers_and_administrators(self):
        chief = self._new_user("esc_chief", f"{MANAGER},base.group_system")
        actions = "/odoo/action-helpdesk_escalation_ai.helpdesk_escalation_ai_"
        with open_windows(self, chief.login) as (window,):
            for path, shows in (
                (f"{actions}proposal_action", ".o_pivot"),
                (f"{actions}request_action", ".o_list_view"),
                (f"{actions}preview_action", ".modal [name=request_text]"),
            ):
                window.open(path)
                window.find(shows)
                self.assertEqual(find_barriers(window), [], path)
