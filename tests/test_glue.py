"""Triggers beside other modules: deadlines of an SLA, and bad ratings."""

from .test_triggers import TriggerCommon


class TestSla(TriggerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.closed = cls.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        cls.sla = cls.env["helpdesk.sla"].create(
            {"name": "Two hours", "hours": 2, "stage_id": cls.closed.id}
        )

    def _new_sla_ticket(self, deadline):
        ticket = self._new_ticket(0)
        line = self.env["helpdesk.ticket.sla"].create(
            {"ticket_id": ticket.id, "sla_id": self.sla.id}
        )
        self.assertEqual(line.state, "in_progress")
        self.env.flush_all()
        line.deadline = self._minute(deadline)
        return ticket

    def _minute(self, minute):
        with self._at(minute):
            return self.env["helpdesk.ticket"]._fields["create_date"].now()

    def test_a_deadline_that_passed_or_is_about_to_escalates_at_once(self):
        trigger = self._add_trigger("sla")
        ticket = self._new_sla_ticket(5)
        later = self._new_sla_ticket(8)
        self._run(4)
        self.assertFalse(ticket.escalation_incident_ids)
        self._run(5)
        self.assertEqual(self._causes(ticket), ["SLA: Two hours"])
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])
        self.assertFalse(later.escalation_incident_ids)
        trigger.sla_minutes = 2
        self._run(6)
        self.assertEqual(self._causes(later), ["SLA: Two hours"])

    def test_an_answered_ticket_stays_quiet(self):
        self._add_trigger("sla")
        ticket = self._new_sla_ticket(5)
        self._staff_answers(ticket, 1)
        self._run(6)
        self.assertFalse(ticket.escalation_incident_ids)


class TestRating(TriggerCommon):
    def _rate(self, ticket, rate, minute):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": ticket.id,
                "partner_id": self.client.id,
            }
        )
        ticket.rating_apply(rate, rating=rating, feedback="Well")
        self._date(rating.message_id, minute)

    def test_a_bad_rating_of_an_answered_ticket_waits_for_an_answer(self):
        self._add_trigger("rating")
        bad, good = self._new_ticket(0), self._new_ticket(0)
        for ticket, rate in ((bad, 1), (good, 5)):
            self._staff_answers(ticket, 1)
            self._rate(ticket, rate, 2)
        self._run(3)
        self.assertEqual(self._causes(bad), ["Bad rating: 1/5"])
        self.assertEqual(self._told(bad), [(self.agent, "activity")])
        self.assertFalse(good.escalation_incident_ids)
        self._staff_answers(bad, 4)
        self._run(5)
        self.assertEqual(self._incident(bad).resolution, "answered")

    def test_without_the_trigger_a_rating_is_nobodys_word(self):
        ticket = self._new_ticket(0)
        self._staff_answers(ticket, 1)
        self._rate(ticket, 1, 2)
        self._run(30)
        self.assertFalse(ticket.escalation_incident_ids)
