"""The calendar in a real browser: who is on duty, and a shift taken by three clicks."""

import json

from odoo.tests import tagged

from ..support.common import PatientHttpCase
from ..support.on_call import OnCallCommon


@tagged("post_install", "-at_install")
class TestCalendarBrowser(OnCallCommon, PatientHttpCase):
    STORY = """
        const find = async (selector, text = "") => {
            for (const end = Date.now() + 60000; Date.now() < end; ) {
                for (const element of document.querySelectorAll(selector)) {
                    if (element.textContent.includes(text)) {
                        return element;
                    }
                }
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            throw new Error(`not on the page: ${selector} "${text}"`);
        };
        const story = async (whose) => {
            await find(".fc-event", `First line: ${whose}`);
            (await find(".o_cp_switch_buttons .o_list")).click();
            await find(".o_data_row", whose);
            // What is over has no button.
            (await find(".o_data_row button[name=action_take]")).click();
            await find(".modal-title", "Take Shift");
            await find(".modal [name=effect]", "Ben");
            (await find(".modal button[name=action_apply]", "Take")).click();
            await find(".o_notification", "You are on duty.");
        };
        story(...%s).then(
            () => console.log("test successful"),
            (error) => console.error(error.message)
        );
    """

    def test_a_shift_is_taken_in_the_calendar(self):
        now = self.rota.current_user_id
        whose = self.anna if now != self.anna else self.cleo
        self.browser_js(
            "/odoo/on-call", self.STORY % json.dumps([whose.name]), login="esc_ben"
        )
        self.env.invalidate_all()
        change = self._changes()
        self.assertEqual(change.user_id, self.ben)
        self.assertIn(change.replaced_id, self.anna + self.cleo)
