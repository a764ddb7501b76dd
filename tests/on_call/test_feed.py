"""Shifts in people's own calendars: the address is the key, and it can be revoked."""

from freezegun import freeze_time
from icalendar import Calendar

from odoo.tests import tagged

from ..support.common import PatientHttpCase
from ..support.on_call import DAY, HOUR, OnCallCommon


@tagged("post_install", "-at_install")
class TestFeed(OnCallCommon, PatientHttpCase):
    def setUp(self):
        super().setUp()
        self.today = self.rota._get_minute().replace(hour=0, minute=0)

    def _subscribe(self, user, rota=None):
        dialog = self.env["helpdesk.escalation.rota.subscribe"].with_user(user)
        action = dialog.create({"rota_id": rota.id if rota else False})
        url = action.action_create_feed()["context"]["default_url"]
        return url[url.index("/helpdesk_escalation/") :]

    def _read(self, url):
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("text/calendar", response.headers["Content-Type"])
        return Calendar.from_ical(response.content)

    def test_a_person_reads_their_own_shifts_of_all_rotas(self):
        second = self._new_rota("Second line", self.ben)
        events = self._read(self._subscribe(self.ben)).walk("VEVENT")
        summaries = {str(event["SUMMARY"]) for event in events}
        self.assertEqual(summaries, {"On call: First line", f"On call: {second.name}"})
        coming = [
            event
            for event in events
            if event.start.replace(tzinfo=None) > self.today
            and "First" in event["SUMMARY"]
        ]
        self.assertTrue(coming)
        for event in coming:
            self.assertEqual(str(event.start.tzinfo), "UTC")
            self.assertEqual(event["TRANSP"], "TRANSPARENT")
            noon = event.start.replace(tzinfo=None) + 12 * HOUR
            self.assertEqual(self._on_duty(self.rota, noon), self.ben)

    def test_a_rotas_feed_has_everybodys_and_what_vanishes_is_cancelled(self):
        url = self._subscribe(self.anna, self.rota)
        before = {str(event["UID"]): event for event in self._read(url).walk("VEVENT")}
        self.assertEqual(
            {str(event["SUMMARY"]).split(": ")[1] for event in before.values()},
            {"Anna", "Ben", "Cleo"},
        )
        self._set_people(self.layer, self.anna, self.ben)
        after = {str(event["UID"]): event for event in self._read(url).walk("VEVENT")}
        gone = [event for event in after.values() if event["STATUS"] == "CANCELLED"]
        self.assertTrue(gone)
        for event in gone:
            self.assertIn(str(event["UID"]), before)
            self.assertGreater(event["SEQUENCE"], before[str(event["UID"])]["SEQUENCE"])

    def test_what_has_not_changed_is_not_sent_again(self):
        url = self._subscribe(self.anna)
        tag = self.url_open(url).headers["ETag"]
        again = self.url_open(url, headers={"If-None-Match": tag})
        self.assertEqual((again.status_code, again.content), (304, b""))

    def test_whatever_is_wrong_it_is_not_found(self):
        url = self._subscribe(self.ben, self.rota)
        feed = self.env["helpdesk.escalation.rota.feed"].search([])
        self.assertNotIn(url.split("/")[-1][:-4], str(feed.sudo().read()))
        others = [
            "/helpdesk_escalation/on_call/x.ics",
            "/helpdesk_escalation/on_call/" + "x" * 5000 + ".ics",
            "/helpdesk_escalation/on_call/%00.ics",
            url[:-5] + ".ics",
        ]
        for other in others:
            self.assertEqual(self.url_open(other).status_code, 404)
        self.assertEqual(self.url_open(url).status_code, 200)
        breaking = (
            lambda: self.ben.action_archive(),
            lambda: self.ben.write(
                {"group_ids": [(6, 0, self.env.ref("base.group_user").ids)]}
            ),
            lambda: self.rota.action_archive(),
            lambda: feed.with_user(self.ben).unlink(),
        )
        for number, fault in enumerate(breaking):
            with self.subTest(number):
                savepoint = self.env.cr.savepoint()
                fault()
                self.env.flush_all()
                self.assertEqual(self.url_open(url).status_code, 404)
                savepoint.rollback()
                self.env.invalidate_all()
                self.env.registry.clear_cache()

    def test_a_feed_agrees_with_who_is_on_duty(self):
        with freeze_time(self.today - DAY):
            self._arrange(
                self.cleo,
                "take",
                self.today + DAY,
                self.today + DAY + 5 * HOUR,
                self._on_duty(self.rota, self.today + DAY),
            )
        events = self._read(self._subscribe(self.anna, self.rota)).walk("VEVENT")
        for hour in range(24 * 6):
            moment = self.today + hour * HOUR
            (event,) = [
                one
                for one in events
                if one.start.replace(tzinfo=None)
                <= moment
                < one.end.replace(tzinfo=None)
            ]
            person = self._on_duty(self.rota, moment)
            self.assertIn(person.name, str(event["SUMMARY"]))
