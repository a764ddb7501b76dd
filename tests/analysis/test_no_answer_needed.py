""" "No answer needed" in the numbers."""

from datetime import timedelta

from ..support.history import HistoryCommon
from ..support.waiver import WaiverCommon


class TestFigures(WaiverCommon, HistoryCommon):
    """A waived wait is neither answered nor missed."""

    def _waits(self, *tickets, **options):
        return HistoryCommon._waits(self, *tickets, **options)

    def test_the_history_ends_the_wait_and_it_is_no_answer(self):
        self._staff_answers(self.ticket, 2)
        self._client_writes(self.ticket, 3)
        self._waive(5)
        for count_from, starts in (("client_first", [0, 3]), ("unresolved", [0])):
            waits = self._waits(self.ticket, count_from=count_from)
            minutes = [(wait.messages[0] - self.t0).seconds // 60 for wait in waits]
            self.assertEqual(minutes, starts)
            self.assertEqual(waits[-1].end, self.t0 + timedelta(minutes=5))
            self.assertFalse(waits[-1].answered)

    def test_the_report_has_a_share_of_its_own(self):
        report = self.env["helpdesk.escalation.report"]
        tickets = self.ticket + self._new_ticket() + self._new_ticket()
        tickets += self._new_ticket()
        self._run(11)
        self._staff_answers(tickets[1], 12)
        tickets[2].escalation_muted = True
        self._waive(12, tickets[0])
        self.env.flush_all()
        ((waived, answered, answer_minutes),) = report._read_group(
            [("ticket_id", "in", tickets.ids)],
            [],
            ["is_waived:avg", "is_answered:avg", "minutes_to_answer:avg"],
        )
        self.assertEqual(waived, 1 / 3, "of those that have ended")
        self.assertEqual(answered, 1 / 2, "of those that needed an answer")
        answer = self._incident(tickets[1])
        waited = answer.answered_date - answer.anchor_date
        self.assertAlmostEqual(answer_minutes, waited.total_seconds() / 60, 3)
        incident = self._incident(self.ticket)
        self.assertFalse(incident.answer_working_minutes)
        self.assertTrue(incident.resolve_working_minutes)

    def test_the_steps_are_neither_enough_nor_missed(self):
        confirmed, plain = self._new_ticket(), self.ticket
        self._run(11)
        self._incident(confirmed)._confirm(self.leader, "ticket")
        self._waive(12, confirmed)
        self._waive(12, plain)
        tuning = self.env["helpdesk.escalation.tuning"].create(
            {"policy_id": self.policy.id}
        )
        first, *_others = tuning._get_steps(self.t0 - timedelta(days=1))
        self.assertEqual((first["fired"], first["confirmed"]), (1, 1))
        self.assertEqual((first["answered"], first["share"]), (0, 100))
        self.assertFalse(tuning._get_durations(self.t0 - timedelta(days=1)))
