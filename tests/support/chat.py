"""What the tests of chat share: a service on this machine, a room, and the job."""

from datetime import timedelta
from urllib.parse import urlsplit

from odoo.tests import common
from odoo.tools import html2plaintext

from .chat_server import ChatServer
from .common import EscalationCommon

HOST = common.HOST
TOKEN = "3ccdd113474722377935511fc85d3dd4"


class ChatCommon(EscalationCommon):
    """The policy's second step notifies the leader by chat, after 30 minutes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls._start_server()
        cls.other_server = cls._start_server()
        cls.parameters = cls.env["ir.config_parameter"]
        cls.parameters.set_param("helpdesk_escalation_chat.private_hosts", "127.0.0.1")
        cls.job = cls.env.ref("helpdesk_escalation_chat.ir_cron_send_chats")
        cls.rooms = cls.env["helpdesk.escalation.chat.room"]
        cls.step = cls.policy.step_ids.sorted()[1]
        cls.step.channel = "chat"
        cls.bot = cls.env.ref("base.partner_root")

    @classmethod
    def _request_handler(cls, session, request, /, **values):
        """Let through what goes to this machine, with the time limits that it has.

        Odoo's own method knows time limits of one number only.
        """
        if urlsplit(request.url).hostname in (HOST, "localhost"):
            return common._super_send(session, request, **values)
        return super()._request_handler(session, request, **{**values, "timeout": 10})

    @classmethod
    def _start_server(cls):
        return cls.enterClassContext(ChatServer())

    def setUp(self):
        super().setUp()
        for server in (self.server, self.other_server):
            server.posts.clear()
            server.statuses.clear()
            server.headers.clear()
            server.status, server.delay, server.before_answer = 200, 0, None

    @classmethod
    def _mattermost(cls, server=None):
        return f"mmost://{(server or cls.server).host}/{TOKEN}"

    @classmethod
    def _new_room(cls, **values):
        values = {"name": "Support", "kind": "address", **values}
        if values["kind"] == "address":
            values.setdefault("address", cls._mattermost())
        return cls.rooms.create(values)

    @classmethod
    def _new_channel(cls, name="escalations"):
        return cls.env["discuss.channel"]._create_channel(name, None)

    @staticmethod
    def _minutes(minutes):
        return timedelta(minutes=minutes)

    def _send(self, minute):
        """Let the job that sends run at a minute."""
        self.env.flush_all()
        with self._at(minute), self.enter_registry_test_mode():
            result = self.job.method_direct_trigger()
        self.assertIs(result, True, "the job must never fail")
        self.env.invalidate_all()

    def _run_and_send(self, minute):
        self._run(minute)
        self._send(minute)

    def _lines(self, ticket, channel="chat"):
        return self.notifications.search(
            [("ticket_id", "=", ticket.id), ("channel", "=", channel)]
        )

    def _chat_with(self, user):
        """What OdooBot has written to a person, the first one first."""
        channel = self.env["discuss.channel"].search(
            [
                ("channel_type", "=", "chat"),
                ("channel_member_ids.partner_id", "=", user.partner_id.id),
                ("channel_member_ids.partner_id", "=", self.bot.id),
            ]
        )
        return self._posts_in(channel)

    def _posts_in(self, channel):
        messages = channel.message_ids.filtered(
            lambda message: message.author_id == self.bot
            and message.message_type == "comment"
        )
        return [html2plaintext(message.body) for message in messages.sorted("id")]
