"""A calendar that somebody else keeps is a layer: read with care, and read only."""

import base64
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import BaseCase

from odoo.addons.helpdesk_escalation_on_call.tools import public_web
from odoo.addons.helpdesk_escalation_on_call.tools.ics_import import (
    ImportFault,
    read_calendar,
)

from ..support.on_call import DAY, HOUR, OnCallCommon

PARIS = ZoneInfo("Europe/Paris")
BEGIN = datetime(2026, 3, 1)


def event(*lines, start="DTSTART:20260302T080000Z", end="DTEND:20260302T160000Z"):
    return "\r\n".join(
        ("BEGIN:VEVENT", "UID:1", "DTSTAMP:20260101T000000Z", start, end, *lines)
        + ("END:VEVENT",)
    )


def calendar(*events):
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//X//Y//EN", *events)
    return "\r\n".join((*lines, "END:VCALENDAR", "")).encode()


class TestReading(BaseCase):
    test_tags = {"standard", "at_install"}

    def read(self, *events, days=60):
        return read_calendar(calendar(*events), PARIS, BEGIN, BEGIN + days * DAY)

    def spans(self, *events):
        return [(one.begin, one.end) for one in self.read(*events)[0]]

    def test_people_are_known_by_their_addresses(self):
        (found,), _floating = self.read(
            event("SUMMARY:On call", "ATTENDEE;CN=Anna:MAILTO:Anna@Desk.example")
        )
        self.assertEqual(found.addresses, ("anna@desk.example",))
        (found,), _floating = self.read(event("SUMMARY:ben@desk.example is on call"))
        self.assertEqual(found.addresses, ("ben@desk.example",))

    def test_what_repeats_is_expanded_within_the_window(self):
        spans = self.spans(event("RRULE:FREQ=DAILY"))
        self.assertEqual(len(spans), 59)
        self.assertEqual(spans[0][0], datetime(2026, 3, 2, 8))

    def test_cancelled_is_no_duty(self):
        self.assertEqual(self.spans(event("STATUS:CANCELLED")), [])

    def test_whole_days_are_those_of_the_rota(self):
        spans = self.spans(
            event(start="DTSTART;VALUE=DATE:20260328", end="DTEND;VALUE=DATE:20260330")
        )
        self.assertEqual(
            spans, [(datetime(2026, 3, 27, 23), datetime(2026, 3, 29, 22))]
        )

    def test_times_without_a_known_zone_are_the_rotas_and_counted(self):
        for zone in ("", ";TZID=Nowhere/Unknown"):
            found, floating = self.read(
                event(
                    start=f"DTSTART{zone}:20260302T090000",
                    end=f"DTEND{zone}:20260302T170000",
                )
            )
            self.assertEqual(found[0].begin, datetime(2026, 3, 2, 8))
            self.assertEqual(floating, 1)

    def test_what_is_too_much_is_refused(self):
        for content, fault in (
            (b"x" * (2**20 + 1), "size"),
            (b"", "format"),
            (b"\x00\xff not a calendar", "format"),
            (calendar(event("RRULE:FREQ=NEVER")), "format"),
            (calendar(event("RRULE:FREQ=SECONDLY")), "frequency"),
            (calendar(event("RRULE:FREQ=MINUTELY;COUNT=5")), "frequency"),
            (calendar(*[event()] * 5001), "count"),
        ):
            with self.subTest(content[:60]), self.assertRaises(ImportFault) as caught:
                read_calendar(content, PARIS, BEGIN, BEGIN + 60 * DAY)
            self.assertEqual(caught.exception.args[0], fault)

    def test_more_than_can_be_is_refused_in_time(self):
        hourly = event("RRULE:FREQ=HOURLY", end="DTEND:20260302T083000Z")
        many = [hourly.replace("UID:1", f"UID:{n}") for n in range(50)]
        with self.assertRaises(ImportFault) as caught:
            self.read(*many)
        self.assertEqual(caught.exception.args[0], "count")


class TestPublicWeb(BaseCase):
    test_tags = {"standard", "at_install"}

    def test_only_https_and_only_the_internet(self):
        for url, fault in (
            ("http://calendar.example/x.ics", "https"),
            ("file:///etc/passwd", "https"),
            ("https://", "https"),
            ("https://user@calendar.example/", "https"),
            ("https://localhost/x.ics", "private"),
            ("https://127.0.0.1:1/x.ics", "private"),
            ("https://[::1]/x.ics", "private"),
            ("https://localhost:notaport/", "connection"),
        ):
            with self.subTest(url), self.assertRaises(public_web.WebFault) as caught:
                public_web.fetch(url, 10)
            self.assertEqual(caught.exception.args[0], fault)


class TestImport(OnCallCommon):
    def setUp(self):
        super().setUp()
        self.clock = freeze_time(BEGIN)
        self.clock.start()
        self.addCleanup(self.clock.stop)

    def _imported(self, *events):
        return self.env["helpdesk.escalation.rota"].create(
            {
                "name": "Imported",
                "tz": "Europe/Paris",
                "layer_ids": [
                    Command.create(
                        {
                            "source": "file",
                            "source_file": base64.b64encode(calendar(*events)),
                        }
                    )
                ],
            }
        )

    def test_who_is_on_duty_is_what_the_calendar_says(self):
        rota = self._imported(
            event("ATTENDEE:mailto:ESC_ANNA@helpdesk.example"),
            event(
                "SUMMARY:Somebody else",
                start="DTSTART:20260303T080000Z",
                end="DTEND:20260303T160000Z",
            ).replace("UID:1", "UID:2"),
        )
        day = datetime(2026, 3, 2)
        self.assertEqual(self._on_duty(rota, day + 8 * HOUR), self.anna)
        self.assertFalse(self._on_duty(rota, day + 16 * HOUR))
        self.assertFalse(self._on_duty(rota, day + DAY + 9 * HOUR))
        self.assertEqual(rota.layer_ids.source_unknown, "Somebody else")
        with freeze_time(day + 12 * HOUR):
            rota.layer_ids.source_file = base64.b64encode(
                calendar(event("ATTENDEE:mailto:esc_ben@helpdesk.example"))
            )
            self.assertEqual(self._on_duty(rota, day + 12 * HOUR), self.ben)
            self.assertEqual(self._on_duty(rota, day + 11 * HOUR), self.anna)

    def test_the_last_good_copy_is_kept_and_the_fault_is_shown(self):
        rota = self._imported(event("ATTENDEE:mailto:esc_anna@helpdesk.example"))
        layer = rota.layer_ids
        layer.source_file = base64.b64encode(b"Sorry, we are closed")
        self.assertIn("no calendar in the ICS format", layer.source_fault)
        moment = datetime(2026, 3, 2, 9)
        self.assertEqual(self._on_duty(rota, moment), self.anna)
        problems = self.env["helpdesk.escalation.health"]._get_problems()
        names = {problem["name"] for problem in problems}
        self.assertIn("on_call_imports", names)

    def test_an_address_is_read_by_the_job_and_not_too_often(self):
        rota = self._imported(event())
        layer = rota.layer_ids
        layer.write({"source": "url", "source_url": "https://localhost/x.ics"})
        layer._import()
        self.assertIn("not one of the internet", layer.source_fault)
        with self.assertRaisesRegex(UserError, "a moment ago"):
            layer.with_user(self.manager).action_import()
        with freeze_time(BEGIN + timedelta(minutes=11)):
            layer.with_user(self.manager).action_import()
        self.assertTrue(layer.with_context()._is_stale() or layer.source_date)
