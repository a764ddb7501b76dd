from markupsafe import Markup

from odoo import api, fields, models

from ..tools.mail_text import shorten, within_sentence

# What is shown at a glance; the whole of it to unfold; one line of a list.
GLANCE = (6, 600)
WHOLE = (100, 4000)
LINE = (1, 160)
# Who was notified long before is of no use to the reader.
MAX_NOTIFIED = 8


class HelpdeskEscalationNotification(models.Model):
    """R9: what it is about, so that an alarm can be judged from itself alone.

    What the client wrote last and by whose hand, and who knows of it already. All in
    the language and the time zone of the environment; with ``escalation_for_all`` in
    the context, as others read it too, moments name their zone.
    """

    _inherit = "helpdesk.escalation.notification"

    client_words = fields.Text(
        compute="_compute_client_words",
        help="What was written last on the client's side, without quotations and "
        "signature.",
    )
    client_words_author = fields.Char(
        compute="_compute_client_words", help="Who wrote it, where that is known."
    )
    client_words_date = fields.Datetime(
        compute="_compute_client_words", help="When it was written."
    )

    @api.depends("ticket_id")
    @api.depends_context("uid")
    def _compute_client_words(self):
        known = self._filtered_for_reader()
        # Sudo: readers were left in only.
        words = known.sudo().ticket_id._escalation_read_client_words()
        for notification in self:
            found = None
            if notification in known:
                found = words.get(notification.sudo().ticket_id.id)
            notification.client_words = found and found.text
            notification.client_words_author = found and found.author
            notification.client_words_date = found and found.date

    def _format_moment_for_reader(self, moment):
        """Write a moment, with its time zone where the reader's is not certain (R9)."""
        incidents = self.env["helpdesk.escalation.incident"]
        if self.env.context.get("escalation_for_all") or not self.env.context.get("tz"):
            return incidents._format_moment_for_all(moment)
        return incidents._format_moment(moment)

    def _get_words_title(self):
        """Say who wrote it and when; never "the client" for somebody else (R2)."""
        time = self._format_moment_for_reader(self.client_words_date)
        if not self.client_words_author:
            return self.env._("Description, %(time)s", time=time)
        return self.env._(
            "%(name)s wrote, %(time)s", name=self.client_words_author, time=time
        )

    def _get_words(self):
        """Return what mails show of the client's words: a title and a few lines."""
        self.ensure_one()
        if not self.client_words:
            return None
        return {
            "title": self._get_words_title(),
            "lines": shorten(self.client_words, *GLANCE).split("\n"),
        }

    def _get_words_line(self):
        """Return the client's words in one line, empty without any."""
        self.ensure_one()
        if not self.client_words:
            return ""
        text = shorten(" ".join(self.client_words.split("\n")), *LINE)
        if not self.client_words_author:
            return self.env._("“%(words)s”", words=text)
        return self.env._(
            "%(name)s wrote: “%(words)s”", name=self.client_words_author, words=text
        )

    def _get_notified_date(self):
        """Return when the person was notified, if they were."""
        self.ensure_one()
        if not self.user_id or self.state in ("failed", "skipped"):
            return False
        if self.state == "cancelled" and not self.sent_date:
            return False
        # That a mail was sent is known only some time after it was written.
        return self.queued_date or self.sent_date

    def _get_notified_before(self):
        """Name who was notified before, by which channels and when; empty if nobody."""
        self.ensure_one()
        channels = dict(self._fields["channel"]._description_selection(self.env))
        own = self._get_notified_date()
        latest = {}
        # Those of all incidents at work are read together.
        for line in self.incident_id.notification_ids:
            moment = line._get_notified_date()
            if line == self or not moment or (own and moment >= own):
                continue
            # Nobody is listed twice, by however many channels.
            of_user = latest.setdefault(line.user_id, {})
            of_user[line.channel] = max(moment, of_user.get(line.channel, moment))
        before = sorted(latest.items(), key=lambda item: max(item[1].values()))
        return "; ".join(
            self.env._(
                "%(name)s (%(channel)s, %(time)s)",
                name=user.name,
                channel=", ".join(
                    within_sentence(channels[channel], self.env.lang)
                    for channel in moments
                ),
                time=self._format_moment_for_reader(max(moments.values())),
            )
            for user, moments in before[-MAX_NOTIFIED:]
        )

    def _render_note(self, facts):
        """Add who was notified before, and the client's words, folded if many."""
        self.ensure_one()
        before = self._get_notified_before()
        if before:
            facts = [*facts, (self.env._("Notified before"), before)]
        note = super()._render_note(facts)
        words = self._get_words()
        if not words:
            return note
        line_break = Markup("<br/>")
        note += Markup('<p dir="auto"><b>%s</b><br/>%s</p>') % (
            words["title"],
            line_break.join(words["lines"]),
        )
        whole = shorten(self.client_words, *WHOLE)
        if whole != shorten(self.client_words, *GLANCE):
            note += Markup(
                '<details dir="auto"><summary>%s</summary><p>%s</p></details>'
            ) % (self.env._("Whole message"), line_break.join(whole.split("\n")))
        return note
