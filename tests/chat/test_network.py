"""No door into the network behind the server, and none to its files."""

import socket
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError

from odoo.addons.helpdesk_escalation_chat.tools import passage

from ..support.chat import TOKEN, ChatCommon

PRIVATE = "leads into a private network"


class TestNetwork(ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._allow("")

    @classmethod
    def _allow(cls, hosts):
        cls.parameters.set_param("helpdesk_escalation_chat.private_hosts", hosts)

    def _new_name(self, name, address):
        """Let a name lead to an address, as whoever owns it may."""
        real = socket.getaddrinfo

        def resolve(host, port, *args, **kwargs):
            return real(address if host == name else host, port, *args, **kwargs)

        return patch.object(socket, "getaddrinfo", resolve)

    def test_private_addresses_are_refused_when_entered(self):
        for host in (
            "127.0.0.1",
            "localhost",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ):
            with (
                self.subTest(host),
                self.assertRaisesRegex(ValidationError, PRIVATE),
            ):
                self._new_room(address=f"mmost://{host}/{TOKEN}")

    def test_a_name_that_leads_inside_is_refused_at_the_connection(self):
        room = self._new_room(
            address=f"mmost://chat.example.com:{self.server.server_port}/{TOKEN}"
        )
        with (
            self._new_name("chat.example.com", "127.0.0.1"),
            patch.object(
                type(self),
                "_request_handler",
                lambda session, request, **values: self._let_out(
                    session, request, values
                ),
            ),
            self.assertRaisesRegex(UserError, PRIVATE),
        ):
            room.action_test()
        self.assertEqual(self.server.posts, [])

    def _let_out(self, session, request, values):
        """Past Odoo's own bar against real requests in tests, which is not ours."""
        from odoo.tests import common

        return common._super_send(session, request, **values)

    def test_what_the_administrator_allows_is_reached(self):
        port = self.server.server_port
        for hosts, host in (
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.0/8", "127.0.0.1"),
            ("localhost, 10.0.0.0/8", "localhost"),
        ):
            self._allow(hosts)
            with self.subTest(hosts):
                room = self._new_room(address=f"mmost://{host}:{port}/{TOKEN}")
                room.action_test()
        self.assertEqual(len(self.server.posts), 3)

    def test_redirects_are_not_followed(self):
        self._allow("127.0.0.1")
        self.server.status = 307
        self.server.headers["Location"] = f"http://{self.other_server.host}/inside"
        room = self._new_room()
        with self.assertRaisesRegex(UserError, r"did not accept the message \(307\)"):
            room.action_test()
        self.assertEqual(len(self.server.posts), 1)
        self.assertEqual(self.other_server.posts, [])

    def test_only_services_of_the_list(self):
        for address in (
            "json://example.com/anything",
            "xml://example.com/anything",
            "mailto://user:secret@example.com",
            "syslog://",
            "dbus://",
        ):
            with (
                self.subTest(address),
                self.assertRaisesRegex(ValidationError, "are not allowed"),
            ):
                self._new_room(address=address)

    def test_the_administrator_allows_others(self):
        self.parameters.set_param("helpdesk_escalation_chat.services", "JSON, slack")
        self.assertEqual(self._new_room(address="json://example.com/a").service, "JSON")
        with self.assertRaisesRegex(ValidationError, "are not allowed"):
            self._new_room(address=self._mattermost())

    def test_what_is_no_address(self):
        for address in (
            "nonsense",
            "file:///etc/passwd",
            "https://example.com/hook",
            "slack://",
            "slack://short",
            "mmosts://example.com",
            "://",
            "x" * 2000,
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ\nfile:///etc/passwd",
        ):
            with (
                self.subTest(address),
                self.assertRaisesRegex(ValidationError, "no address of a chat service"),
            ):
                self._new_room(address=address)

    def test_the_settings_take_only_what_is_understood(self):
        settings = self.env["res.config.settings"]
        with self.assertRaisesRegex(ValidationError, "no chat service pigeon"):
            settings.create({"escalation_chat_services": "slack, pigeon"})
        for hosts in ("10.0.0.0/99", "http://chat", "chat.example.com; 1.2.3.4.5"):
            with (
                self.subTest(hosts),
                self.assertRaisesRegex(ValidationError, "neither a host nor a network"),
            ):
                settings.create({"escalation_chat_private_hosts": hosts})
        settings.create(
            {
                "escalation_chat_services": "Slack mmosts",
                "escalation_chat_private_hosts": "chat.example.com 10.2.0.0/16",
            }
        ).execute()
        sender = self.env["helpdesk.escalation.chat.sender"]
        self.assertEqual(sender._get_services(), {"slack", "mmosts"})

    def test_others_connections_are_no_concern_of_ours(self):
        """Only what is sent within the passage is looked at."""
        with passage.open_passage("") as way:
            refused = socket.socket()
            with self.assertRaises(OSError):
                refused.connect(("127.0.0.1", self.server.server_port))
            refused.close()
        self.assertTrue(way.is_refused)
        with socket.create_connection(("127.0.0.1", self.server.server_port)):
            pass

    def test_a_socket_of_this_machine_is_refused_too(self):
        with (
            passage.open_passage("0.0.0.0/0") as way,
            socket.socket(socket.AF_UNIX) as refused,
        ):
            with self.assertRaises(OSError):
                refused.connect("/run/any.sock")
        self.assertTrue(way.is_refused)

    def test_a_proxy_of_the_server_is_reached(self):
        with patch.dict("os.environ", {"http_proxy": "http://127.0.0.1:3128"}):
            with passage.open_passage("") as way:
                with socket.create_connection(("127.0.0.1", self.server.server_port)):
                    pass
        self.assertFalse(way.is_refused)
