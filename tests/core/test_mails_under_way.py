"""R9: a mail counts as under way until it proves otherwise."""

from odoo.tools import mute_logger

from ..support.common import EscalationCommon

QUEUE = "mail.ir_cron_mail_scheduler_action"


class UnderWay(EscalationCommon):
    queue_works = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids[0].channel = "email"
        cls.policy.step_ids[1:].unlink()
        cls.queue = cls.env.ref(QUEUE)
        cls.queue.active = True
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()

    def _mailed(self):
        """A ticket, and the mail that a run wrote about it at minute 10."""
        ticket = self._new_ticket(0)
        self._run(10)
        return ticket, self._incident(ticket).notification_ids.mail_id

    def _newsletter(self, number=1, **values):
        return self.env["mail.mail"].create(
            [
                {"subject": "News", "email_to": f"{n}@acme.example", **values}
                for n in range(number)
            ]
        )

    def _assert_only_mailed(self, ticket):
        self.assertEqual(self._told(ticket), [(self.agent, "email")])
        self.assertEqual(self._incident(ticket).notification_ids.state, "pending")

    def _assert_notified_instead(self, ticket, mail):
        """By an activity, and by the mail no more, whatever becomes of the queue."""
        self.assertEqual(
            self._told(ticket), [(self.agent, "email"), (self.agent, "activity")]
        )
        by_mail, by_activity = self._incident(ticket).notification_ids
        self.assertEqual((by_mail.state, by_activity.state), ("failed", "sent"))
        self.assertTrue(by_mail.reason)
        self.assertEqual(by_activity.reason, by_mail.reason)
        self.assertTrue(by_activity.activity_id)
        self.queue.active = True
        self.assertEqual(mail.state, "cancel")
        sent = self._send_mails()
        mail.state = "outgoing"
        self._assert_not_sent(mail)
        return sent


class TestUnderWay(UnderWay):
    def test_a_queue_that_is_off_is_given_a_quarter_of_an_hour(self):
        self.queue.active = False
        ticket, mail = self._mailed()
        self._run(24)
        self._assert_only_mailed(ticket)
        self._run(25)
        self._assert_notified_instead(ticket, mail)
        self.assertIn("switched off", self._incident(ticket).notification_ids[0].reason)
        self._run(40)
        self.assertEqual(len(self._told(ticket)), 2, "once")

    def test_a_queue_that_sends_nothing_too(self):
        ticket, mail = self._mailed()
        for minute in (15, 20, 24):
            self._run(minute)
        self._assert_only_mailed(ticket)
        self._run(25)
        self._assert_notified_instead(ticket, mail)

    def test_a_newsletter_that_holds_it_back_has_an_hour(self):
        ticket, mail = self._mailed()
        # The newest first, and what was sent is deleted.
        newsletter = self._newsletter(12, auto_delete=True)
        self._run(15)
        for minute in (20, 25, 30, 45, 65):
            newsletter[-2:].unlink()
            newsletter -= newsletter[-2:]
            newsletter += self._newsletter(2, auto_delete=True)
            self._run(minute)
            self._assert_only_mailed(ticket)
        self._run(70)
        self._assert_notified_instead(ticket, mail)

    def test_the_real_queue_is_at_the_newest(self):
        self.env["ir.config_parameter"].set_param("mail.mail.queue.batch.size", "2")
        ticket, mail = self._mailed()
        for minute in (15, 26, 40):
            self._newsletter(2)
            self.assertEqual(self._send_mails(), 2)
            self._run(minute)
            self._assert_only_mailed(ticket)
        self.assertEqual(self._send_mails(), 1)
        self._run(41)
        self.assertEqual(self._incident(ticket).notification_ids.state, "sent")
        self.assertFalse(mail.exists())

    def test_once_it_has_sent_the_others_ours_is_next(self):
        """A digest, and what waits to be tried again, are no different."""
        for _number in range(5):
            self._new_ticket(0)
        ticket, digest = self._mailed()
        self.assertEqual(len(digest), 1)
        lines = self.notifications.search([("mail_id", "=", digest.id)])
        self.assertEqual(len(lines), 6)
        digest.scheduled_date = self.t0.replace(year=self.t0.year + 1)
        self._run(26)
        self.assertEqual(set(lines.mapped("state")), {"pending"}, "not before its time")
        self._run(70)
        self.assertEqual(set(lines.mapped("state")), {"failed"})
        for line in lines:
            self.assertEqual(len(self._told(line.ticket_id)), 2)

    def test_what_is_being_handed_over_is_let_go(self):
        ticket, mail = self._mailed()
        self.queue.active = False
        mail.state = "sent"
        self._run(26)
        self.assertEqual(self._incident(ticket).notification_ids.state, "sent")

    def test_who_is_on_it_gets_no_notification_of_a_late_mail(self):
        self.queue.active = False
        ticket, mail = self._mailed()
        self._incident(ticket)._confirm(self.agent, "ticket")
        # The queue held it at that moment.
        self._incident(ticket).notification_ids.state = "pending"
        self._run(26)
        self.assertEqual(len(self._incident(ticket).notification_ids), 1)
        self.assertEqual(self._incident(ticket).notification_ids.state, "cancelled")
        self.assertEqual(mail.state, "cancel")

    # Nobody who has left

    def test_who_was_archived_since_is_not_mailed_and_the_next_are_notified(self):
        for change in ("archived", "portal"):
            with self.subTest(change=change):
                person = self._new_user(f"esc_{change}", "base.group_user")
                ticket = self._new_ticket(0)
                self.policy.step_ids.write(
                    {"recipient": "user", "user_ids": person.ids}
                )
                self._run(10)
                line = self._incident(ticket).notification_ids
                mail = line.mail_id
                if change == "portal":
                    person.group_ids = self.env.ref("base.group_portal")
                else:
                    person.active = False
                self._assert_not_sent(mail)
                self._run(11)
                self.assertEqual(line.state, "cancelled")
                self.assertTrue(line.reason)
                self._run(12)
                told = self._told(ticket)[1:]
                self.assertTrue(told)
                self.assertNotIn(person, [user for user, _channel in told])
                self._send_mails()

    def test_who_left_before_the_mail_was_written_gets_none(self):
        ticket = self._new_ticket(0)
        self.env["ir.cron"].flush_model()
        engine = self.env["helpdesk.escalation.engine"]
        with self._at(10), self.enter_registry_test_mode():
            engine._process(engine._get_plan(self._minute(10)), [ticket.id])
        line = self._incident(ticket).notification_ids
        self.assertFalse(line.mail_id)
        self.agent.active = False
        self._run(11)
        self.assertEqual(line.state, "cancelled")
        self.assertFalse(line.mail_id)
        self._run(12)
        self.assertNotIn(
            self.agent, [user for user, _channel in self._told(ticket)[1:]]
        )
        self.assertTrue(self._told(ticket)[1:])

    def _minute(self, minute):
        with self._at(minute):
            return self.env["helpdesk.ticket"]._fields["create_date"].now()

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_who_was_deleted_since_is_passed_over(self):
        person = self._new_user("esc_deleted", "base.group_user")
        self.policy.step_ids.write({"recipient": "user", "user_ids": person.ids})
        ticket, mail = self._mailed()
        self.policy.step_ids.user_ids = self.leader
        person.unlink()
        self._assert_not_sent(mail)
        self._run(11)
        self._run(12)
        lost, *others = self._incident(ticket).notification_ids
        self.assertFalse(lost.user_id)
        self.assertEqual(lost.state, "cancelled")
        self.assertEqual({line.state for line in others}, {"pending"})
        self.assertTrue(all(line.user_id for line in others))
