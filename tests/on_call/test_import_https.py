"""A calendar is imported from a real https server, and its faults are ours to say."""

import ipaddress
import ssl
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command

from odoo.addons.helpdesk_escalation_on_call.tools import public_web

from ..support.calendar_server import CalendarServer
from ..support.on_call import OnCallCommon
from .test_import import BEGIN, calendar, event

DUTY = event("ATTENDEE:mailto:esc_anna@helpdesk.example")


class TestImportHttps(OnCallCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = CalendarServer(Path(folder))
        cls.enterClassContext(cls.server.running())

    def setUp(self):
        super().setUp()
        self.server.pages = {"/duty.ics": (200, {}, calendar(DUTY))}
        self.server.asked.clear()
        # Loopback stands for the internet here, and nothing else does.
        self.enterContext(patch.object(public_web, "is_public", _is_loopback))
        self.enterContext(
            patch.dict("os.environ", SSL_CERT_FILE=str(self.server.certificate))
        )
        self.clock = freeze_time(BEGIN)
        self.clock.start()
        self.addCleanup(self.clock.stop)

    def _import(self, path="/duty.ics"):
        """Have the job read a calendar; the layer knows what came of it."""
        rota = self.env["helpdesk.escalation.rota"].create(
            {
                "name": "Imported",
                "tz": "UTC",
                "layer_ids": [
                    Command.create(
                        {"source": "url", "source_url": self.server.url(path)}
                    )
                ],
            }
        )
        rota.layer_ids._import()
        return rota

    def test_who_is_on_duty_is_what_the_server_says(self):
        rota = self._import()
        self.assertFalse(rota.layer_ids.source_fault)
        self.assertEqual(self._on_duty(rota, datetime(2026, 3, 2, 9)), self.anna)
        self.assertEqual(self.server.asked, ["/duty.ics"])

    def test_a_redirect_is_followed(self):
        self.server.pages["/old?key=1"] = (301, {"Location": "/duty.ics"}, b"")
        rota = self._import("/old?key=1")
        self.assertFalse(rota.layer_ids.source_fault)
        self.assertEqual(self.server.asked, ["/old?key=1", "/duty.ics"])

    def test_no_redirect_leads_out_of_the_web(self):
        for place, words in (
            ("http://localhost/duty.ics", "has to begin with https"),
            ("https://10.0.0.1/duty.ics", "not one of the internet"),
            ("/round", "no calendar at this address"),
        ):
            with self.subTest(place):
                self.server.pages["/round"] = (302, {"Location": place}, b"")
                rota = self._import("/round")
                self.assertIn(words, rota.layer_ids.source_fault)

    def test_what_the_server_does_not_have_or_has_too_much_of(self):
        self.server.pages["/large"] = (200, {}, b"x" * (2**20 + 1))
        for path, words in (
            ("/none", "no calendar at this address"),
            ("/large", "larger than 1 MB"),
        ):
            with self.subTest(path):
                self.assertIn(words, self._import(path).layer_ids.source_fault)

    def test_a_fault_keeps_what_was_said_last(self):
        rota = self._import()
        self.server.pages.clear()
        with freeze_time(BEGIN + timedelta(hours=1)):
            rota.layer_ids._import()
        self.assertIn("no calendar at this address", rota.layer_ids.source_fault)
        self.assertEqual(self._on_duty(rota, datetime(2026, 3, 2, 9)), self.anna)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        with patch.dict("os.environ", SSL_CERT_FILE="/dev/null"):
            rota = self._import()
        self.assertIn("could not be reached", rota.layer_ids.source_fault)
        self.assertEqual(self.server.asked, [])

    def test_a_certificate_for_another_name_is_refused(self):
        with self.assertRaises(public_web.WebFault) as caught:
            public_web.fetch(f"https://127.0.0.2:{self.server.port}/duty.ics", 10)
        self.assertEqual(caught.exception.args[0], "connection")
        self.assertIsInstance(caught.exception.__cause__, (ssl.SSLError, OSError))


def _is_loopback(address):
    return ipaddress.ip_address(address).is_loopback
