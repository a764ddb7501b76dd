"""R9: an alarm says what it is about, so that it can be judged from itself alone."""

from datetime import timedelta

from odoo import Command
from odoo.tools import html2plaintext, mute_logger

from ..support.common import EscalationCommon
from ..support.growth import GrowthCommon

MAIL = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_notification_mail"
LETTER = (
    "<p>Nobody can print invoices.</p><p>Please <b>hurry</b> &lt;up&gt;!</p>"
    "<div>-- <br/>Carla, ACME</div>"
    "<blockquote>On Monday you wrote: have you tried paper?</blockquote>"
)


class AlarmCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.tz = "Europe/Paris"
        cls.agent.tz = "Asia/Kathmandu"

    def _writes(self, ticket, minute, body, **values):
        """Somebody's mail comes in: the client's, unless said otherwise."""
        values.setdefault("author_id", self.client.id)
        message = ticket.message_post(
            body=body,
            body_is_html=True,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        self._date(message, minute)
        return message

    def _activity_note(self, ticket):
        return self._incident(ticket).notification_ids[0].activity_id.note

    def _mail_body(self, ticket, user):
        lines = self._incident(ticket).notification_ids.filtered(
            lambda line: line.user_id == user and line.channel == "email"
        )
        return lines.mail_id.body_html

    def _moment(self, minute, zone, now):
        """A moment as people in a zone read it at another minute."""
        with self._at(now):
            here = self.incidents.with_context(tz=zone)
            return here._format_moment(self.t0 + timedelta(minutes=minute))


class TestAlarmWords(AlarmCommon):
    def test_the_activity_brings_the_clients_last_message_and_no_quotation(self):
        ticket = self._new_ticket()
        self._client_writes(ticket, 1)
        self._writes(ticket, 2, LETTER)
        self._run(12)
        note = self._activity_note(ticket)
        said = self._moment(2, "Asia/Kathmandu", 12)
        self.assertIn(f"Carla Client wrote, {said} (Asia/Kathmandu)", note)
        self.assertIn("Nobody can print invoices.<br>Please hurry &lt;up&gt;!", note)
        for left_out in ("anybody", "Carla, ACME", "paper", "details"):
            self.assertNotIn(left_out, note)
        self.assertIn("Team: Support", note)
        self.assertIn("Responsible: esc_agent", note)
        self.assertNotIn("Notified before", note, "this is the first one")

    def test_the_mail_says_what_was_written_who_has_it_and_who_knows(self):
        ticket = self._new_ticket()
        self._writes(ticket, 0, LETTER)
        self._run(11)
        self._run(31)
        body = self._mail_body(ticket, self.leader)
        self.assertIn(
            f"Carla Client wrote, {self._moment(0, 'Europe/Paris', 31)}", body
        )
        self.assertNotIn("Europe/Paris", body, "it is in the reader's zone")
        self.assertIn("Please hurry &lt;up&gt;!", body)
        self.assertNotIn("paper", body)
        text = html2plaintext(body)
        moment = self._moment(11, "Europe/Paris", 31)
        self.assertIn(f"esc_agent (notification, {moment})", text)
        self.assertRegex(text, r"Responsible\s+esc_agent")
        self._run(61)
        text = html2plaintext(self._mail_body(ticket, self.director))
        zone = self.env.user.tz or "UTC"
        first, second = (self._moment(at, zone, 61) for at in (11, 31))
        self.assertIn(f"esc_agent (notification, {first} ({zone}))", text)
        self.assertIn(f"esc_leader (email, {second} ({zone}))", text)

    def test_whoever_did_not_hear_of_it_is_not_said_to(self):
        self.leader.email = False
        self.policy.step_ids.sorted()[1].channel = "email"
        ticket = self._new_ticket()
        self._run(11)
        self._run(31)
        self._run(61)
        text = html2plaintext(self._mail_body(ticket, self.director))
        self.assertNotIn("esc_leader (", text)

    def test_without_a_message_the_tickets_own_text_counts_as_nobodys(self):
        ticket = self._new_ticket(description="<p>They called: printer down</p>")
        self._run(11)
        note = html2plaintext(self._activity_note(ticket))
        self.assertRegex(note, "Description, .*\n?.*They called: printer down")
        self.assertNotIn("wrote", note)

    def test_who_opened_the_ticket_themselves_wrote_what_it_says(self):
        portal = self._new_user(
            "esc_portal", "base.group_portal", partner_id=self.client.id
        )
        ticket = self._new_ticket()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_uid = %s WHERE id = %s",
            [portal.id, ticket.id],
        )
        self.env.invalidate_all()
        self._run(11)
        self.assertIn("esc_portal wrote", self._activity_note(ticket))

    def test_who_wrote_is_named_and_not_the_client_for_somebody_else(self):
        colleague = self.client.copy(
            {"name": "Carl Colleague", "email": "c@acme.example"}
        )
        ticket = self._new_ticket()
        self._writes(ticket, 1, "<p>Same here</p>", author_id=colleague.id)
        unknown = self._new_ticket()
        self._writes(
            unknown,
            1,
            "<p>And here</p>",
            author_id=False,
            email_from='"Ulla Unknown" <ulla@other.example>',
        )
        self._run(11)
        self.assertIn("Carl Colleague wrote", self._activity_note(ticket))
        self.assertIn("Ulla Unknown wrote", self._activity_note(unknown))

    def test_what_staff_answered_is_not_what_the_client_wrote(self):
        self.policy.count_from = "unresolved"
        ticket = self._new_ticket()
        self._writes(ticket, 1, "<p>Help</p>")
        self._staff_answers(ticket, 2)
        self._run(11)
        note = self._activity_note(ticket)
        self.assertIn("Help", note)
        self.assertNotIn("looking into it", note)

    def test_a_picture_leaves_the_words_before_it(self):
        ticket = self._new_ticket()
        self._writes(ticket, 1, "<p>Look at this:</p>")
        self._writes(ticket, 2, "", attachments=[("screen.png", b"x")])
        self._run(12)
        self.assertIn("Look at this:", self._activity_note(ticket))

    def test_a_mail_that_is_all_subject_says_its_subject(self):
        ticket = self._new_ticket()
        self._writes(ticket, 1, "", subject="Call me at once")
        self._run(12)
        self.assertIn("Call me at once", self._activity_note(ticket))

    def test_a_long_message_is_cut_in_the_mail_and_folded_in_the_activity(self):
        lines = [f"This is line {number} of many." for number in range(30)]
        ticket = self._new_ticket()
        self._writes(ticket, 0, "".join(f"<p>{line}</p>" for line in lines))
        self._run(11)
        self._run(31)
        body = self._mail_body(ticket, self.leader)
        self.assertIn(f"{lines[5]}…", body)
        self.assertNotIn(lines[6], body)
        note = self._activity_note(ticket)
        glance, _summary, whole = note.partition("<summary>Whole message</summary>")
        self.assertIn(f"{lines[5]}…", glance)
        self.assertNotIn(lines[6], glance)
        self.assertIn(lines[29], whole)

    def test_a_digest_has_one_line_of_it_per_ticket(self):
        self.policy.step_ids.sorted()[0].channel = "email"
        tickets = [self._new_ticket() for _number in range(6)]
        for number, ticket in enumerate(tickets):
            self._writes(ticket, 0, f"<p>Printer {number}<br/>is on fire</p>")
        self._run(11)
        mail = self._incident(tickets[0]).notification_ids.mail_id
        for number, ticket in enumerate(tickets):
            self.assertEqual(self._incident(ticket).notification_ids.mail_id, mail)
            self.assertIn(
                f"Carla Client wrote: “Printer {number} is on fire”", mail.body_html
            )

    @mute_logger(MAIL)
    def test_without_its_template_the_mail_says_it_too(self):
        self.env.ref("helpdesk_escalation.mail_template_escalation").unlink()
        ticket = self._new_ticket()
        self._writes(ticket, 0, LETTER)
        self._run(11)
        self._run(31)
        text = html2plaintext(self._mail_body(ticket, self.leader))
        self.assertIn("Carla Client wrote", text)
        self.assertIn("Please hurry <up>!", text)
        self.assertIn("Notified before: esc_agent (notification, ", text)
        self.assertIn("Responsible: esc_agent", text)

    def test_a_composer_of_whoever_may_not_see_the_ticket_learns_nothing(self):
        """Odoo renders templates as superuser, for everybody (R14)."""
        stranger = self._new_user("esc_stranger", "base.group_user")
        ticket = self._new_ticket()
        self._writes(ticket, 1, LETTER)
        self._run(12)
        line = self._incident(ticket).notification_ids[0]
        self.assertIn("invoices", line.with_user(self.leader).client_words)
        line.invalidate_recordset()
        seen = line.with_user(stranger).sudo()
        self.assertFalse(seen.client_words)
        self.assertFalse(seen.client_words_author)
        self.assertFalse(seen.client_words_date)


class TestAlarmWordsGrowth(GrowthCommon):
    """What alarms say is read for all of a run together."""

    def test_it_costs_the_same_however_many_fire_together(self):
        for channel in ("activity", "email"):
            with self.subTest(channel):
                policy = self._new_policy(
                    f"Second by {channel}",
                    {"delay": 10, "recipient": "responsible", "channel": "activity"},
                    {
                        "delay": 20,
                        "recipient": "user",
                        "user_ids": [Command.set(self.manager.ids)],
                        "channel": channel,
                    },
                )
                self._cost_of_second_step(2, policy)
                ten = self._cost_of_second_step(10, policy)
                forty = self._cost_of_second_step(40, policy)
                self.assertLessEqual(forty - ten, 0)

    def _cost_of_second_step(self, count, policy):
        tickets = self._new_tickets(count, policy)
        for ticket in tickets:
            self._client_writes(ticket, 0, author=ticket.partner_id)
        self._run(10)
        cost = self._count_queries(self._run, 20)
        for ticket in tickets:
            self.assertEqual(len(self._told(ticket)), 2)
        tickets.escalation_muted = True
        self._run(21)
        return cost
