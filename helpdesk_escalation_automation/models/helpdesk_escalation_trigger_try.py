from markupsafe import Markup, escape

from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.tools.mail_text import shorten

from ..tools.phrases import Text

# So many of the last messages are looked at, and so much is shown around a phrase.
LAST_MESSAGES = 200
AROUND = 80
MAX_SHOWN = 20
MAX_TRIED = 20_000


class HelpdeskEscalationTrigger(models.Model):
    """Try it: what a trigger would see in a text, or in what clients wrote lately."""

    _inherit = "helpdesk.escalation.trigger"

    try_text = fields.Text(
        string="Text",
        compute="_compute_try_text",
        readonly=False,
        store=False,
        help="Any text, to see whether the trigger would fire, and at which words. "
        "It is not kept.",
    )
    try_messages = fields.Boolean(
        string="On the last messages",
        compute="_compute_try_messages",
        readonly=False,
        store=False,
        help="Try it on the last 200 messages of clients that you may read.",
    )
    try_result = fields.Html(
        string="Result",
        compute="_compute_try_result",
        sanitize=False,
        help="What the trigger sees; the words are marked.",
    )

    def _compute_try_text(self):
        self.try_text = False

    def _compute_try_messages(self):
        self.try_messages = False

    @api.depends("kind", "keywords", "unless_words", "wish", "try_text", "try_messages")
    @api.depends_context("lang", "uid")
    def _compute_try_result(self):
        for trigger in self:
            reader = (trigger.try_text or trigger.try_messages) and (
                trigger._get_reader()
            )
            parts = []
            if reader and trigger.try_text:
                parts += trigger._try_on_text(reader)
            if reader and trigger.try_messages:
                parts += trigger._try_on_messages(reader)
            trigger.try_result = Markup().join(parts) or False

    def _try_on_text(self, reader):
        html = Markup("<pre>%s</pre>") % self.try_text[:MAX_TRIED]
        text = Text(reader.prepare(html))
        finding = reader.look(text)
        if finding.detail:
            words = self.env._("Fires: %s", self._get_finding_words(finding))
        elif finding.hits:
            words = self.env._("Does not fire. What is marked is not enough by itself.")
        else:
            words = self.env._("Does not fire.")
        yield Markup("<p><strong>%s</strong></p>") % words
        yield Markup("<p>%s</p>") % _mark(text, finding.hits)

    def _try_on_messages(self, reader):
        """Show at which of the last messages that the user may read it would fire."""
        messages = self.env["mail.message"].search_fetch(
            [("model", "=", "helpdesk.ticket"), ("escalation_party", "=", "client")],
            ["body", "res_id"],
            limit=LAST_MESSAGES,
            order="id desc",
        )
        # Whoever may read a message by another way need not see its ticket.
        tickets = self.env["helpdesk.ticket"].browse(set(messages.mapped("res_id")))
        readable = tickets.exists()._filtered_access("read")
        messages = messages.filtered(lambda message: message.res_id in readable._ids)
        found = []
        for message in messages:
            text = Text(reader.prepare(message.body))
            finding = reader.look(text)
            if finding.detail:
                found.append((readable.browse(message.res_id), text, finding))
        yield Markup("<p><strong>%s</strong></p>") % self.env._(
            "Fires on %(count)s of the last %(total)s messages of clients.",
            count=len(found),
            total=len(messages),
        )
        for ticket, text, finding in found[:MAX_SHOWN]:
            yield Markup("<p>%s<br/><strong>%s</strong><br/>%s</p>") % (
                f"{ticket.number} {ticket.name}",
                self._get_finding_words(finding),
                _mark(text, finding.hits),
            )
        if len(found) > MAX_SHOWN:
            yield Markup("<p>%s</p>") % self.env._(
                "and %s more", len(found) - MAX_SHOWN
            )

    def _get_finding_words(self, finding):
        cause = self.env["helpdesk.escalation.cause"].new(
            {"kind": self.kind, "detail": finding.detail}
        )
        return cause.display_name


def _mark(text, hits):
    """Show a text with the hits marked, and of a long one what is around them."""
    shown, last = [], 0
    for start, end in sorted(text.get_places(hits)):
        if start < last:
            continue
        before = text.text[last:start]
        if len(before) > 2 * AROUND:
            kept = before[:AROUND] if last else ""
            before = f"{kept} … {before[-AROUND:]}"
        shown.append(escape(before))
        shown.append(Markup("<mark>%s</mark>") % text.text[start:end])
        last = end
    shown.append(escape(shorten(text.text[last:], 4, 2 * AROUND)))
    return Markup().join(shown).replace("\n", Markup("<br/>"))
