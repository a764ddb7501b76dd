"""R9: a moment in a text that is kept names its zone, as its readers live elsewhere."""

from datetime import timedelta

from odoo.tools import html2plaintext

from ..support.handover import HandoverCommon

BERLIN = "Europe/Berlin"
KATHMANDU = "Asia/Kathmandu"


class TestMomentsInNotes(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = BERLIN
        cls.agent.tz = KATHMANDU
        cls.client.tz = False

    def _moment(self, minute, zone):
        """A moment of today as people in a zone write it, with the zone."""
        here = self.incidents.with_context(tz=zone)
        words = here._format_moment(self.t0 + timedelta(minutes=minute))
        return f"{words} ({zone})"

    def _assert_said(self, text, minute, zone):
        text = html2plaintext(text).replace("\u202f", " ")
        self.assertIn(self._moment(minute, zone).replace("\u202f", " "), text)

    def test_since_when_the_client_waits(self):
        self._run(11)
        with self._at(11):
            self._assert_said(self._notes(self.ticket)[0], 0, BERLIN)

    def test_without_a_zone_it_is_utc(self):
        self.env.company.partner_id.tz = False
        self.env.ref("base.user_root").tz = False
        self._run(11)
        with self._at(11):
            self._assert_said(self._notes(self.ticket)[0], 0, "UTC")

    def test_by_when_somebody_wants_to_have_answered(self):
        self._run(11)
        incident = self._incident(self.ticket)
        dialog = self.env["helpdesk.escalation.confirm"].with_user(self.agent)
        with self._at(12):
            dialog.with_context(tz=KATHMANDU).create(
                {
                    "incident_id": incident.id,
                    "on_it_until": self.t0 + timedelta(minutes=90),
                }
            ).action_confirm()
            self._assert_said(self._notes(self.ticket)[-1], 90, KATHMANDU)

    def test_when_it_was_handed_over(self):
        """In the note, and in the activity, which colleagues see on the ticket too."""
        self.expert.tz = "America/New_York"
        incident = self._escalate(minute=5, to_user_id=self.expert.id)
        note = self.env["mail.message"].browse(incident.anchor_message_id)
        activity = self.ticket.activity_ids.filtered(
            lambda activity: activity.user_id == self.expert
        )
        with self._at(5):
            self._assert_said(note.body, 5, BERLIN)
            self._assert_said(activity.note, 5, "America/New_York")
            body = html2plaintext(
                incident.with_context(tz=KATHMANDU).with_user(self.agent).handover_body
            )
            self.assertNotIn(KATHMANDU, body, "a screen is in its reader's zone")

    def test_what_a_draft_takes_from_the_ticket(self):
        self._client_writes(self.ticket, 1)
        note = self.ticket.with_user(self.agent).message_post(
            body="Changed the cable",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        self._date(note, 2)
        ticket = self.ticket.with_user(self.agent).with_context(tz=KATHMANDU)
        with self._at(5):
            action = ticket.action_escalation_escalate()
            draft = ticket.env[action["res_model"]].browse(action["res_id"])
            self._assert_said(draft.current_state, 1, KATHMANDU)
            self._assert_said(draft.troubleshooting, 2, KATHMANDU)

    def test_what_the_client_is_promised(self):
        for zone, said in ((False, BERLIN), ("America/New_York",) * 2):
            with self.subTest(said):
                self.client.tz = zone
                ticket = self._new_ticket(0)
                self._escalate(
                    ticket,
                    minute=5,
                    tell_client=True,
                    news_by=self.t0 + timedelta(minutes=90),
                )
                notice = ticket.message_ids.filtered(
                    lambda message: message.message_type == "auto_comment"
                )
                with self._at(5):
                    self._assert_said(notice.body, 90, said)

    def test_a_screen_is_in_its_readers_zone_and_does_not_name_it(self):
        self._run(11)
        with self._at(12):
            ticket = self.ticket.with_user(self.agent).with_context(tz=KATHMANDU)
            moment = self._moment(11, KATHMANDU).removesuffix(f" ({KATHMANDU})")
            self.assertIn(moment, ticket.escalation_status_text)
            self.assertNotIn(KATHMANDU, ticket.escalation_status_text)
