"""R8: who was handed a ticket acts on it, also in no helpdesk group."""

from odoo.exceptions import AccessError

from ..support.handover import HandoverCommon


class TestNotifiedSendsBack(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.director.name = "Dora Director"

    def setUp(self):
        super().setUp()
        self.incident = self._escalate(
            to_team_id=False, to_user_id=self.director.id, hand_over=False
        )
        self.seen = self.ticket.with_user(self.director)

    def test_they_read_what_was_handed_over(self):
        self.assertIn("Dora Director", self.seen.escalation_status_text)
        self.assertIn("No invoice can be printed", self.seen.escalation_handover_body)
        self.assertTrue(self.seen.escalation_may_confirm)
        self.assertTrue(self.seen.escalation_may_hand_back)
        (values,) = self.seen.read(
            ["escalation_handover_body", "escalation_may_confirm"]
        )
        self.assertTrue(values["escalation_may_confirm"])

    def test_they_take_it(self):
        self.seen.action_escalation_confirm()
        self.assertEqual(self.incident.confirmed_by_id, self.director)

    def test_they_send_it_back(self):
        action = self.seen.action_escalation_send_back()
        dialogs = self.env[action["res_model"]].with_user(self.director)
        dialog = dialogs.with_context(**action["context"]).create(
            {"note": "The log is missing"}
        )
        self.assertEqual(dialog.kind, "send_back")
        self.assertTrue(dialog.place)
        farewell = dialog.action_return()
        self.assertEqual(self.incident.resolution, "sent_back")
        self.assertFalse(self.seen.has_access("read"))
        self.assertIn("You no longer see the ticket", str(farewell))
        self.assertIn("Escalated to Me", str(farewell))

    def test_they_do_not_de_escalate(self):
        dialogs = self.env["helpdesk.escalation.handover.return"]
        dialog = dialogs.with_user(self.director).create(
            {"incident_id": self.incident.id, "kind": "de_escalate", "note": "Done"}
        )
        with self.assertRaises(AccessError):
            dialog.action_return()

    def test_other_employees_do_not(self):
        clerk = self._new_user("esc_clerk", "base.group_user")
        self.ticket.message_subscribe(clerk.partner_id.ids)
        ticket = self.ticket.with_user(clerk)
        self.assertFalse(ticket.escalation_status_text)
        self.assertFalse(ticket.escalation_handover_body)
        for deed in (
            ticket.action_escalation_send_back,
            lambda: self.env["helpdesk.escalation.handover.return"]
            .with_user(clerk)
            .create({"incident_id": self.incident.id, "kind": "send_back"}),
        ):
            with self.assertRaises(AccessError):
                deed()
