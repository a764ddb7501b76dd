"""S17: auditors read all of it, in their companies, and change nothing."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import JsonRpcException
from odoo.tools import mute_logger

from ..support.common import AUDITOR, EscalationCommon, PatientHttpCase

TOLD = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


class TestAuditor(EscalationCommon, PatientHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor = cls._new_user("esc_auditor", AUDITOR)
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(31)
        self.incident = self._incident(self.ticket).with_user(self.auditor)

    def test_reads_incidents_with_all_that_screens_show(self):
        here = self.incident
        self.assertTrue(here.search([("id", "=", here.id)]))
        for records in (here, here.notification_ids, here.policy_id, here.ticket_id):
            with self.subTest(records._name):
                readable = records.fields_get(attributes=["type"])
                self.assertTrue(records.read(readable)[0]["display_name"])
                kinds = ["list", "form", "kanban", "search"]
                views = records.get_views([(False, kind) for kind in kinds])
                self.assertTrue(views["views"])
        self.assertFalse(here.may_confirm or here.may_snooze or here.may_assign)

    def test_sees_the_escalation_on_the_ticket_itself_and_no_button_to_press(self):
        ticket = self.ticket.with_user(self.auditor)
        self.assertEqual(ticket.escalation_status, "active")
        self.assertIn("Escalated", ticket.escalation_status_text)
        self.assertIn("esc_leader", ticket.escalation_history)
        self.assertFalse(
            ticket.escalation_may_confirm
            or ticket.escalation_may_waive
            or ticket.escalation_may_snooze
        )
        self.assertEqual(ticket.action_escalation_open()["res_id"], self.incident.id)
        (view,) = ticket.get_views([(False, "form")])["views"].values()
        self.assertIn('name="escalation_history"', view["arch"])
        self.assertIn('name="effective_escalation_policy_id"', view["arch"])
        with self.assertRaises(AccessError):
            ticket.action_escalation_dry_run()

    def test_sees_the_dashboard_and_what_is_wrong_without_buttons(self):
        self.cron.active = False
        shown = self.incident.get_dashboard()
        self.assertEqual(shown["watch"]["state"], "danger")
        off = next(one for one in shown["problems"] if one["name"] == "job_off")
        self.assertFalse(off["button"])
        self.assertEqual(shown["tiles"][0]["value"], 1)

    def test_the_page_does_not_begin_with_ones_own(self):
        (view,) = self.incident.get_views([(False, "search")])["views"].values()
        self.assertNotIn('name="my_escalations"', view["arch"])
        self.assertIn('name="mine"', view["arch"])

    def test_has_the_menus(self):
        menus = self.env["ir.ui.menu"].with_user(self.auditor)
        shown = menus.load_menus(False)
        names = {menu.get("xmlid") for menu in shown.values()}
        self.assertIn("helpdesk_escalation.helpdesk_escalation_incident_menu", names)
        self.assertIn("helpdesk_escalation.helpdesk_escalation_audit_menu", names)
        self.assertNotIn("helpdesk_mgmt.helpdesk_config_settings_menu", names)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_changes_nothing(self):
        here, ticket = self.incident, self.ticket.with_user(self.auditor)
        activity = self.ticket.activity_ids.with_user(self.auditor)
        own = [self.auditor.partner_id.id]
        todo = {
            "res_model_id": self.env["ir.model"]._get_id(ticket._name),
            "res_id": ticket.id,
            "user_id": self.auditor.id,
        }
        for number, call in enumerate(
            (
                lambda: ticket.write({"name": "X"}),
                lambda: ticket.message_post(body="It works now", **TOLD),
                lambda: ticket.message_post(body="A note"),
                lambda: ticket.message_subscribe(own),
                lambda: ticket.activity_schedule(user_id=self.auditor.id),
                lambda: activity.create(todo),
                lambda: activity.action_feedback(),
                lambda: activity.unlink(),
                lambda: activity.write({"summary": "X"}),
                lambda: here.message_post(body="A note"),
                lambda: here.message_subscribe(own),
                lambda: here.action_confirm(),
                lambda: here.action_no_answer_needed(),
                lambda: here.action_escalate_now(),
                lambda: here.action_assign_me(),
                lambda: here.policy_id.action_test_on_me(),
                lambda: here.policy_id.write({"name": "X"}),
                lambda: self.client.with_user(self.auditor).action_erase_escalations(),
            )
        ):
            with self.subTest(number), self.assertRaises(AccessError):
                call()
        self.assertEqual(self.incident.state, "active")
        self.assertTrue(self.ticket.escalation_waiting_since)

    @mute_logger("odoo.http", "odoo.models", "odoo.addons.base.models.ir_rule")
    def test_does_not_answer_by_the_link_of_the_client(self):
        token = self.ticket._portal_ensure_token()
        ticket = self.ticket.with_user(self.auditor)
        self.env.invalidate_all()
        for call in (
            lambda: ticket.read(["access_token"]),
            lambda: ticket.get_portal_url(),
            lambda: ticket.search([("access_token", "=like", "a%")]),
        ):
            with self.assertRaises(AccessError):
                call()
        self.authenticate("esc_auditor", "esc_auditor")
        here = {"thread_model": ticket._name, "thread_id": ticket.id, "token": token}
        data = {"body": "It works now", "message_type": "comment"}
        post = {**here, "post_data": {**data, "subtype_xmlid": "mail.mt_comment"}}
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request("/mail/message/post", post)
        self.assertTrue(self.make_jsonrpc_request("/mail/thread/messages", here))
        self.assertNotIn(token, self.url_open(f"/my/ticket/{ticket.id}").text)
        self.assertTrue(self.ticket.escalation_waiting_since)
        self.authenticate(None, None)
        self.assertTrue(self.make_jsonrpc_request("/mail/message/post", post))

    @mute_logger("odoo.http")
    def test_does_not_close_a_ticket_by_the_page_of_the_client(self):
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        stage.close_from_portal = True
        before = self.ticket.stage_id
        address = f"/ticket/close?ticket_id={self.ticket.id}&stage_id={stage.id}"
        self.authenticate("esc_auditor", "esc_auditor")
        self.assertEqual(self.url_open(address).status_code, 403)
        self.assertEqual(self.ticket.stage_id, before)
        self.ticket.message_subscribe(self.auditor.partner_id.ids)
        self.url_open(address)
        self.assertEqual(self.ticket.stage_id, stage, "who takes part may")

    def test_who_takes_part_in_a_ticket_may_do_so(self):
        self.ticket.message_subscribe(self.auditor.partner_id.ids)
        ticket = self.ticket.with_user(self.auditor)
        self.assertTrue(ticket.message_post(body="As asked"))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_sees_nothing_of_other_companies(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user(
            "esc_auditor_elsewhere",
            AUDITOR,
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        here = self.incident.with_user(stranger)
        self.assertFalse(here.search([]))
        self.assertFalse(self.notifications.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            here.read(["state"])
        with self.assertRaises(AccessError):
            self.ticket.with_user(stranger).read(["name"])
