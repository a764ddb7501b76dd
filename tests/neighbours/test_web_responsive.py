"""web_responsive: the dashboard on a phone."""

from ..support.common import MANAGER, PatientHttpCase
from ..support.dashboard import DashboardCommon

# The cards and their buttons are on the screen, whose width nothing exceeds.
LOOK = """
const until = async (what) => {
    for (let left = 600; left; left--) {
        const found = what();
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not there: ${what}`);
};
(async () => {
    const card = await until(() =>
        document.querySelector(".o_kanban_record:not(.o_kanban_ghost) button")
    );
    for (const node of [card, document.querySelector(".o_kanban_record")]) {
        const {left, right, width} = node.getBoundingClientRect();
        if (!width || left < 0 || right > window.innerWidth + 1) {
            throw new Error(`${node.className}: ${left} to ${right}`);
        }
    }
    card.click();
    await until(() => document.body.textContent.includes("on it"));
    console.log("test successful");
})();
"""


class TestDashboardOnAPhone(DashboardCommon, PatientHttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_it_fits_and_somebody_is_on_it(self):
        self.incidents.search([]).unlink()
        chief = self._new_user("esc_chief", MANAGER)
        ticket = self._new_ticket(-15)
        self._run(0)
        self.browser_js("/odoo/escalations", LOOK, login=chief.login)
        self.env.invalidate_all()
        self.assertEqual(self._incident(ticket).confirmed_by_id, chief)
