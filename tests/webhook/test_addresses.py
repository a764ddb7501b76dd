"""Which addresses may be entered, and which are called."""

from unittest import TestCase
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation_webhook.models.res_config_settings import HOSTS
from odoo.addons.helpdesk_escalation_webhook.tools import outgoing
from odoo.addons.helpdesk_escalation_webhook.tools.outgoing import (
    Address,
    Outcome,
    call,
    parse_address,
)

from ..support.receiver import Receiver
from ..support.server import HOST
from ..support.webhook import WebhookCommon


class TestCalls(TestCase):
    def test_what_an_address_is(self):
        self.assertEqual(
            parse_address("https://Hooks.Example:8443/a?b=c#d"),
            Address("https", "hooks.example", 8443, "/a?b=c"),
        )
        self.assertEqual(
            parse_address("https://bücher.example"),
            Address("https", "xn--bcher-kva.example", 443, "/"),
        )
        for url in (
            "",
            "https://",
            "ftp://hooks.example",
            "file:///etc/passwd",
            "hooks.example/a",
            "https://name:word@hooks.example/",
            "https://hooks.example:99999/",
            "https://hooks.example/a b",
            "https://hooks.example/\r\nX-Evil: 1",
            "https://hooks.example/" + "a" * 3000,
            "https://" + "a" * 300 + ".example",
        ):
            self.assertIsNone(parse_address(url), url[:60])

    def test_the_own_network_is_not_called_by_whatever_name(self):
        with Receiver() as receiver:
            port = receiver.server.server_port
            for host in (
                "127.0.0.1",
                "localhost",
                "0.0.0.0",
                "2130706433",
                "0x7f.1",
                "[::1]",
                "[::ffff:127.0.0.1]",
            ):
                for scheme in ("http", "https"):
                    outcome = call("POST", f"{scheme}://{host}:{port}/", set())
                    self.assertIsNone(outcome.status)
                    self.assertIn(outcome.fault, ("private", "unknown"), host)
            self.assertEqual(receiver.got, [])
            outcome = call("GET", receiver.url, {HOST})
            self.assertEqual(outcome, Outcome(200, None))

    def test_a_name_that_means_another_address_by_then_is_no_way_in(self):
        """The address that was looked at is the one that is called."""
        with Receiver() as receiver, patch.object(outgoing, "_look_up") as look_up:
            port = receiver.server.server_port
            look_up.return_value = ["93.184.216.34", HOST]
            outcome = call("GET", f"https://hooks.example:{port}/", set())
            self.assertEqual(outcome.fault, "private", "one of them is")
            look_up.return_value = [HOST]
            outcome = call("GET", f"http://hooks.example:{port}/", {"hooks.example"})
            self.assertEqual(outcome.status, 200)
            self.assertEqual(receiver.got[0].headers["Host"], f"hooks.example:{port}")

    def test_nothing_is_raised_and_nothing_said_of_the_address(self):
        self.assertEqual(call("GET", "https://[", set()).fault, "unknown")
        outcome = call("GET", "https://nowhere.invalid/", set())
        self.assertEqual(outcome.fault, "unknown")
        with Receiver() as receiver:
            url = receiver.url.replace("http:", "https:")
            self.assertIn(
                call("GET", url, {HOST}).fault, ("certificate", "unreachable")
            )


class TestAddresses(WebhookCommon):
    def test_what_cannot_be_called_is_refused_with_a_sentence(self):
        self.env["ir.config_parameter"].set_param(HOSTS, "status.intern.example")
        for url, words in (
            ("hooks", "https://example.com"),
            ("https://me:pw@hooks.example/", "without user name"),
            ("http://hooks.example/", "must start with https://"),
            ("https://127.0.0.1/", "ask your administrator"),
            ("https://localhost/", "ask your administrator"),
            ("https://[fe80::1]/", "ask your administrator"),
        ):
            for records in (self.webhook, self.heartbeats):
                with self.assertRaisesRegex(ValidationError, words):
                    values = {"name": "X", "url": url}
                    records.create(values)
        self.webhook.url = "http://status.intern.example/hooks"
        self.webhook.url = "https://hooks.example/hooks"

    def test_it_is_looked_up_at_each_call(self):
        """Whoever takes a host off the list ends the calls to it."""
        self._new_ticket(0)
        self._run(10)
        self.env["ir.config_parameter"].set_param(HOSTS, False)
        self._deliver(10)
        self.assertEqual(self.receiver.got, [])
        self.assertIn("own network", self._lines()[0].error)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_only_an_administrator_allows_hosts(self):
        settings = self.env["res.config.settings"]
        with self.assertRaises(AccessError):
            settings.with_user(self.manager).create({"escalation_private_hosts": "x"})
        settings.create({"escalation_private_hosts": "x.example"}).execute()
        self.assertEqual(self.webhook._get_private_hosts(), {"x.example"})

    def test_a_secret_that_signs_nothing_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "New Secret"):
            self.webhook.secret = "whsec_short"
        with self.assertRaisesRegex(ValidationError, "New Secret"):
            self.webhook.secret = False

    def test_a_webhook_stays_with_its_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(UserError, "stays with its company"):
            self.webhook.company_id = elsewhere
        theirs = self._new_policy("Theirs", {"delay": 10}, company_id=elsewhere.id)
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.webhook.policy_ids = theirs

    def test_a_copy_has_a_secret_of_its_own(self):
        copy = self.webhook.copy()
        self.assertEqual(copy.name, "Status board (copy)")
        self.assertTrue(copy.secret)
        self.assertNotEqual(copy.secret, self.webhook.secret)
