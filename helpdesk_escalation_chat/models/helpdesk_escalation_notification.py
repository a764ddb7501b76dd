from odoo import api, fields, models

SEND_JOB = "helpdesk_escalation_chat.ir_cron_send_chats"


class HelpdeskEscalationNotification(models.Model):
    """R9, chat: the lines are the outbox, and a job of its own sends.

    A line of the channel *chat* is a message to a person, one of the channel *room* a
    post in a room, which is nobody's and notifies nobody.
    """

    _inherit = "helpdesk.escalation.notification"

    channel = fields.Selection(
        selection_add=[("chat", "Chat"), ("room", "Chat room")],
        ondelete={"chat": "set other", "room": "set other"},
    )
    chat_room_id = fields.Many2one(
        comodel_name="helpdesk.escalation.chat.room",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
        help="The room in which it is posted that the step has fired.",
    )
    chat_next_date = fields.Datetime(
        readonly=True, copy=False, help="When a failed message is tried again."
    )
    chat_claimed_date = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the attempt began whose outcome is not known yet: it is not "
        "repeated, so that no message arrives twice.",
    )
    room_news = fields.Selection(
        selection=[("confirmed", "Somebody is on it"), ("ended", "Ended")],
        readonly=True,
        copy=False,
        help="What has become of it since, for a second post in the room.",
    )
    room_news_pending = fields.Boolean(
        readonly=True, copy=False, help="The second post is still to be made."
    )

    _room_news_pending_idx = models.Index("(id) WHERE room_news_pending")

    def _deliver_chat(self):
        """Open the ticket to them, and have the job send the messages."""
        self._grant_access()
        self._deliver_room()

    def _deliver_room(self):
        """Have the job post them; the run talks to no other server (R13)."""
        self.write({"queued_date": fields.Datetime.now()})
        self._wake_chat_job()

    @api.model
    def _wake_chat_job(self, at=None):
        job = self.env.ref(SEND_JOB, raise_if_not_found=False)
        if job:
            job._trigger(at)

    def _get_confirm_way(self):
        return "chat" if self.channel == "chat" else super()._get_confirm_way()

    def _tell_rooms(self, news):
        """Have it posted what has become of a case, where it was posted at all.

        Once in each room, however often it was posted there.

        :param str news: one of the selection ``room_news``
        """
        last = {(line.incident_id, line.chat_room_id): line for line in self}
        lines = self.browse().union(*last.values())
        if lines:
            lines.write(
                {
                    "room_news": news,
                    "room_news_pending": True,
                    "attempts": 0,
                    "chat_next_date": False,
                }
            )
            self._wake_chat_job()

    def _forget_who_is_on_it(self):
        """Do not post that somebody is on a case who no longer is."""
        self.filtered(
            lambda line: line.room_news_pending and line.room_news == "confirmed"
        ).write({"room_news_pending": False})

    def _prepare_story_line(self):
        line = super()._prepare_story_line()
        if self.channel == "room":
            line["name"] = self.chat_room_id.name
        return line
