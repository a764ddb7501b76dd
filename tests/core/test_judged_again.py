"""R2: whose message it is changes with the message and the ticket, and only then."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command

from ..support.answers import COMMENT, AnswerCommon
from ..support.common import PatientHttpCase


class TestJudgedAgain(AnswerCommon):
    def setUp(self):
        super().setUp()
        self.answer = self._post()
        self._date(self.answer, 2)
        self.assertParty(self.answer, "staff")
        self.assertFalse(self.ticket.escalation_waiting_since)

    def _assert_waits_again(self, since=0):
        self.env.invalidate_all()
        self.assertTrue(self.ticket.escalation_waiting_since)

    def test_deleted_in_the_chatter(self):
        self.ticket._message_update_content(self.answer, body="", attachment_ids=[])
        self.assertTrue(self.answer.exists())
        self.assertParty(self.answer, False)
        self._assert_waits_again()

    def test_deleted_for_good(self):
        self.answer.unlink()
        self._assert_waits_again()

    def test_edited_it_stays_an_answer(self):
        self.ticket._message_update_content(self.answer, body="We are on our way.")
        self.assertParty(self.answer, "staff")

    def test_emptied_and_written_again(self):
        self.answer.body = "<p><br></p>"
        self.assertParty(self.answer, False)
        self.answer.body = "<p>We are on our way.</p>"
        self.assertParty(self.answer, "staff")

    def test_a_file_that_was_all_of_it_is_removed(self):
        answer = self._post(body="", attachments=[("photo.txt", b"smoke")])
        answer.attachment_ids._delete_and_notify(answer)
        self.assertParty(answer, False)
        answer = self._post(body="", attachments=[("photo.txt", b"smoke")])
        answer.attachment_ids = [Command.clear()]
        self.assertParty(answer, False)

    def test_for_employees_only_afterwards(self):
        self.answer.is_internal = True
        self.assertParty(self.answer, False)
        self._assert_waits_again()
        self.answer.is_internal = False
        self.assertParty(self.answer, "staff")
        self.answer.subtype_id = self.env.ref("mail.mt_note")
        self.assertParty(self.answer, False)

    def test_another_author(self):
        self.answer.author_id = self.client
        self.assertParty(self.answer, "client")
        self.answer.author_id = self.leader.partner_id
        self.assertParty(self.answer, "staff")

    def test_an_incident_that_ended_stays_so_and_a_new_one_begins(self):
        question = self._client_writes(self.ticket, 3)
        self._run(13)
        incident = self._incident(self.ticket)
        answer = self._post()
        self.assertEqual(incident.resolution, "answered")
        self.ticket._message_update_content(answer, body="", attachment_ids=[])
        self.assertEqual(incident.state, "resolved")
        self._run(14)
        new = self.incidents.search([("ticket_id", "=", self.ticket.id)]) - incident
        self.assertEqual(new.state, "active")
        self.assertEqual(new.anchor_date, question.create_date)

    def test_an_open_incident_ends_at_once_where_nobody_waits_any_more(self):
        question = self._client_writes(self.ticket, 3)
        self._run(13)
        question.body = ""
        self.assertParty(question, False)
        self.assertEqual(self._incident(self.ticket).state, "resolved")

    def test_moved_to_another_ticket(self):
        employee = self._new_user("esc_employee", "base.group_user")
        outside = self._new_ticket(partner_id=self.vendor.id)
        inside = self._new_ticket(partner_id=self.agent.partner_id.id)
        to_client = self._post(partner_ids=self.client.ids)
        colleagues = self._post(employee)
        self.assertParty(colleagues, "staff")
        for message, party in (
            (self.answer, "staff"),
            (to_client, False),
            (self.question, "client"),
            (colleagues, "staff"),
        ):
            message.res_id = outside.id
            self.assertParty(message, party)
        for message, party in (
            (self.answer, "client"),
            (self.question, "client"),
            (colleagues, "client"),
        ):
            message.res_id = inside.id
            self.assertParty(message, party)

    def test_moved_with_all_others(self):
        target = self._new_ticket()
        self.ticket.message_change_thread(target)
        self.assertParty(self.answer, "staff")
        self.assertEqual(self.answer.res_id, target.id)
        self.client_company.message_post(
            body="From elsewhere", author_id=self.client.id, **COMMENT
        )
        moved = self.client_company.message_ids[0]
        self.assertParty(moved, False)
        self.client_company.message_change_thread(target)
        self.assertParty(moved, "client")
        target.message_change_thread(self.client_company)
        self.assertParty(moved, False)

    def test_a_machines_mail_stays_nobodys(self):
        away = self._reply_of_staff(Auto_Submitted="auto-replied")
        marked = self._reply_of_staff(Precedence="bulk")
        self.assertParty(away + marked and away, False)
        target = self._new_ticket()
        for message in away + marked:
            message.res_id = target.id
            message.is_internal = False
            self.assertParty(message, False)

    def test_the_contact_is_corrected(self):
        ticket = self._new_ticket(partner_id=self.agent.partner_id.id)
        answer = self._post(ticket=ticket)
        self.assertParty(answer, "client")
        self.assertTrue(ticket.escalation_waiting_since)
        ticket.partner_id = self.client
        self.assertParty(answer, "staff")
        self.env.invalidate_all()
        self.assertFalse(ticket.escalation_waiting_since)
        ticket.partner_id = self.agent.partner_id
        self.assertParty(answer, "client")

    def test_what_went_to_the_vendor_goes_to_the_client_who_they_turn_out_to_be(self):
        message = self._post(partner_ids=self.vendor.ids)
        self.assertParty(message, False)
        self.ticket.partner_id = self.vendor
        self.assertParty(message, "staff")

    def test_who_left_since_is_the_employee_they_were(self):
        self.agent.action_archive()
        self.assertTrue(self.agent.partner_id.partner_share)
        self.ticket.partner_id = self.vendor
        self.assertParty(self.answer, "staff")
        self.answer.body = "<p>As I said</p>"
        self.assertParty(self.answer, "staff")
        other = self._new_ticket()
        self.answer.res_id = other.id
        self.assertParty(self.answer, "staff")

    def test_what_a_client_wrote_stays_theirs_when_they_become_an_employee(self):
        message = self._client_writes(self.ticket, 3, author=self.vendor)
        self._new_user("esc_new", "base.group_user", partner_id=self.vendor.id)
        message.body = "<p>Hello?</p>"
        self.assertParty(message, "client")

    def test_a_waiver_is_not_judged(self):
        note = self._post(subtype_xmlid="mail.mt_note")
        note.escalation_party = "waived"
        note.body = "<p>Thanks is no question</p>"
        self.assertParty(note, "waived")

    def _new_closed(self, **values):
        ticket = self._new_ticket(-5, **values)
        self._post(ticket=ticket)
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        ticket.closed_date = self.t0 - timedelta(minutes=3)
        self.env.flush_all()
        return ticket

    def test_a_question_that_is_moved_to_a_closed_ticket_waits_there(self):
        self.answer.unlink()
        closed, other = self._new_closed(), self._new_closed()
        question = self._client_writes(self.ticket, 5)
        question.res_id = closed.id
        self.assertParty(question, "client")
        self._assert_waits_since(closed, 5)
        closed.message_change_thread(other)
        self._assert_waits_since(other, 5)
        self.assertFalse(closed.escalation_waiting_since)
        original, duplicate = self._new_ticket(), self._new_ticket()
        for ticket in original, duplicate:
            self._post(ticket=ticket)
        duplicate.duplicate_id = original
        question = self._client_writes(other, 7)
        question.res_id = duplicate.id
        self._assert_waits_since(original, 7)

    def _assert_waits_since(self, ticket, minute):
        self.env.invalidate_all()
        self.assertEqual(
            ticket.escalation_waiting_since, self.t0 + timedelta(minutes=minute)
        )

    def test_what_was_imported_waits_on_no_closed_ticket_it_is_moved_to(self):
        closed = self._new_closed()
        old = self._client_writes(self.ticket, 5)
        old.date = self.t0 - timedelta(days=400)
        old.res_id = closed.id
        self.assertParty(old, "client")
        self.env.invalidate_all()
        self.assertFalse(closed.escalation_waiting_since)

    def test_a_waiver_counts_only_where_it_was_given(self):
        target = self._new_ticket()
        self._client_writes(target, 3)
        self._client_writes(self.ticket, 3)
        self.ticket.with_user(self.agent).action_escalation_no_answer_needed()
        waiver = self.ticket.message_ids.filtered(
            lambda message: message.escalation_party == "waived"
        )
        self.ticket.message_change_thread(target)
        self.assertEqual(waiver.res_id, target.id)
        self.assertParty(waiver, False)
        self.env.invalidate_all()
        self.assertTrue(target.escalation_waiting_since)

    def test_nobody_can_make_a_message_another_voice(self):
        message = self.question
        message.with_user(self.agent).write({"escalation_voice": "inside"})
        self.assertEqual(message.escalation_voice, "outside")


class TestToOthersItStaysSo(AnswerCommon):
    """Edited or not: whom a message reached is known, and it was not the client."""

    def _edit(self, message, **values):
        """Mend a typo as the chatter does, which names whom the text mentions only."""
        if message.message_type == "email":
            # Those it does not let anybody edit.
            message.body = "<p>We look into it.</p>"
            return
        ticket = self.ticket.with_user(self.agent)
        ticket._message_update_content(
            message.with_user(self.agent),
            **{"body": "We look into it.", "partner_ids": [], **values},
        )

    def _assert_stays_nobodys(self, message):
        self.assertParty(message, False)
        self._edit(message)
        self.assertParty(message, False)
        self._edit(message, body="We look into it!")
        self.assertParty(message, False)
        self.ticket.partner_id = self.env["res.partner"].create({"name": "Else"})
        self.assertParty(message, False)
        self.env.invalidate_all()
        self.assertTrue(self.ticket.escalation_waiting_since)

    def test_to_the_vendor(self):
        self._assert_stays_nobodys(
            self._compose(partner_ids=[Command.set(self.vendor.ids)])
        )

    def test_a_forward(self):
        self.ticket.message_subscribe(self.client.ids)
        message = self._compose(
            partner_ids=[Command.set(self.vendor.ids)],
            composition_comment_option="forward",
        )
        self._assert_stays_nobodys(message)

    def test_those_who_follow_left_out_and_nobody_named(self):
        self.ticket.message_subscribe(self.client.ids)
        self._assert_stays_nobodys(self._post(notify_skip_followers=True))

    def test_a_module_that_leaves_out_who_follows(self):
        self.ticket.message_subscribe(self.client.ids)
        thread = self.env.registry["mail.thread"]
        with patch.object(thread, "_notify_get_recipients", lambda *_, **__: []):
            message = self._post()
        self._assert_stays_nobodys(message)

    def test_an_agents_own_mail_to_a_mailbox_of_ours_beside_the_alias(self):
        self.question.author_id = False
        message = self._reply_of_staff(To="warehouse@helpdesk.example", Cc=self.address)
        self._assert_stays_nobodys(message)

    def test_until_the_client_is_named_as_well(self):
        message = self._post(partner_ids=self.vendor.ids)
        self._edit(message, partner_ids=(self.vendor + self.client).ids)
        self.assertParty(message, "staff")

    def test_or_the_vendor_turns_out_to_be_the_client(self):
        message = self._post(partner_ids=self.vendor.ids)
        self._edit(message)
        self.ticket.partner_id = self.vendor
        self.assertParty(message, "staff")
        self.ticket.partner_id = self.client
        self.assertParty(message, False)

    def test_what_the_vendor_writes_later_makes_it_no_answer_to_them(self):
        message = self._post(partner_ids=self.vendor.ids)
        self._client_writes(self.ticket, 3, author=self.vendor)
        self._edit(message)
        self.assertParty(message, False)

    def test_an_answer_to_the_client_stays_one_and_theirs(self):
        self.question.unlink()
        message = self._post(partner_ids=self.client.ids)
        self._edit(message)
        self.assertParty(message, "staff")
        self.ticket.partner_id = self.vendor
        self.assertParty(message, False)
        self.ticket.partner_id = self.client
        self.assertParty(message, "staff")


class TestEditedInTheBrowser(AnswerCommon, PatientHttpCase):
    def test_a_typo_in_what_went_to_the_vendor_ends_no_incident(self):
        self._run(11)
        message = self._compose(partner_ids=[Command.set(self.vendor.ids)])
        self.agent.password = "esc_agent_secret"
        self.authenticate("esc_agent", "esc_agent_secret")
        self.make_jsonrpc_request(
            "/mail/message/update_content",
            {
                "message_id": message.id,
                "update_data": {
                    "body": "We look into it.",
                    "attachment_ids": [],
                    "attachment_tokens": [],
                    "partner_ids": [],
                    "role_ids": [],
                },
            },
        )
        self.env.invalidate_all()
        self.assertIn("We look", message.body)
        self.assertParty(message, False)
        self.assertEqual(self._incident(self.ticket).state, "active")
