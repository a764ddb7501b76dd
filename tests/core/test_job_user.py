"""R13: the jobs run as the system, whatever user somebody has set on them."""

from odoo import fields

from ..support.common import OWN, EscalationCommon


class TestJobUser(EscalationCommon):
    def _assert_it_escalates(self, user):
        self.cron.sudo().user_id = user
        ticket = self._new_ticket(0)
        self._run(31)
        self.assertEqual(
            self._told(ticket), [(self.agent, "activity"), (self.leader, "email")]
        )
        self.assertFalse(self._incident(ticket).error)

    def test_whoever_is_set_on_it_the_run_goes_on(self):
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user(
            "esc_stranger",
            "base.group_portal",
            company_id=other_company.id,
            company_ids=[other_company.id],
        )
        for user in (self._new_user("esc_small", OWN), self.manager, stranger):
            with self.subTest(user=user.login):
                self._assert_it_escalates(user)

    def test_also_when_that_user_has_left(self):
        leaver = self._new_user("esc_leaver", OWN)
        self.cron.sudo().user_id = leaver
        leaver.active = False
        self._assert_it_escalates(leaver)

    def test_old_messages_are_read_too(self):
        self.env["helpdesk.escalation.message.reading"]._start()
        job = self.env.ref("helpdesk_escalation.ir_cron_read_messages")
        job.user_id = self._new_user("esc_reader", OWN)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.env.invalidate_all()
        reading = self.env["helpdesk.escalation.message.reading"]
        self.assertIsNone(reading._get_progress())

    def test_other_jobs_keep_their_user(self):
        job = self.env["ir.cron"].create(
            {
                "name": "Somebody's",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "code",
                "code": "model.create({'name': 'By %s' % env.uid})",
                "interval_type": "days",
                "user_id": self.env.ref("base.user_admin").id,
                "nextcall": fields.Datetime.now(),
            }
        )
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertTrue(
            self.env["res.partner"].search(
                [("name", "=", f"By {self.env.ref('base.user_admin').id}")]
            )
        )
