"""Which addresses lead out into the internet alone."""

from unittest import TestCase

from odoo.addons.helpdesk_escalation.tools.public_address import is_public


class TestPublicAddress(TestCase):
    def test_the_internet_is_public(self):
        for address in (
            "1.1.1.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::808:808",
        ):
            with self.subTest(address):
                self.assertTrue(is_public(address))

    def test_our_own_network_is_not_however_it_is_written(self):
        for address in (
            "127.0.0.1",
            "10.0.0.7",
            "172.16.0.1",
            "192.168.1.1",
            "255.255.255.255",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1%eth0",
            "fd00::1",
            "::ffff:10.0.0.7",
            "64:ff9b::10.0.0.7",
            "2002:0a00:0007::1",
            "2001:0:4136:e378:8000:63bf:f5ff:fff8",
        ):
            with self.subTest(address):
                self.assertFalse(is_public(address))

    def test_what_is_no_address_is_refused(self):
        with self.assertRaises(ValueError):
            is_public("example.com")
