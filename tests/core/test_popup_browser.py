"""The notice in real windows of two people, and a form that follows by itself."""

from odoo import Command

from ..support.common import MANAGER, EscalationCommon, PatientHttpCase
from ..support.windows import open_windows

NOTICE = ".o_notification.o_escalation_popup"
BANNER = ".o_form_view .alert"
RUN_THE_JOB = """
    const [job] = await call("ir.cron", "search", [
        ["cron_name", "=", "Helpdesk: escalate waiting tickets"],
    ]);
    await call("ir.cron", "method_direct_trigger", [job]);
"""


class TestPopUpInTheBrowser(EscalationCommon, PatientHttpCase):
    def test_it_pops_up_for_two_and_goes_once_one_of_them_is_on_it(self):
        self.incidents.search([]).unlink()
        # Who may start the scheduler's job by hand.
        chief = self._new_user("esc_chief", f"{MANAGER},base.group_system")
        self.policy.step_ids.sorted()[1:].unlink()
        self.policy.step_ids.write(
            {
                "recipient": "user",
                "user_ids": [Command.set((chief + self.leader).ids)],
            }
        )
        ticket = self._new_ticket(-15)
        self._client_writes(ticket, -15)
        with open_windows(self, chief.login, self.leader.login) as (chiefs, leaders):
            leaders.open(f"/odoo/helpdesk.ticket/{ticket.id}")
            leaders.find(BANNER, "Client waiting since")
            leaders.run("window.isSame = true;")
            chiefs.open("/odoo/escalation-policies")
            chiefs.run(RUN_THE_JOB)
            for window in (chiefs, leaders):
                window.find(NOTICE, "The printer is on fire")
                window.find(NOTICE, "wrote: “Is anybody there?”")
            leaders.find(BANNER, "Escalated, step 1 of 1")
            chiefs.click(f"{NOTICE} button", "I'm on it")
            for window in (chiefs, leaders):
                window.miss(NOTICE)
            leaders.find(BANNER, "esc_chief has been on it since")
            self.assertTrue(leaders.run("return window.isSame;"), "never loaded anew")
        self.env.invalidate_all()
        incident = self._incident(ticket)
        self.assertEqual(incident.confirmed_by_id, chief)
        self.assertEqual(incident.confirmed_via, "popup")
