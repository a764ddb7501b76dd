from urllib.parse import urlsplit

from markupsafe import Markup

from odoo import api, models

from ..tools.mail_links import make_link
from ..tools.mail_parts import fill_in
from ..tools.mail_reply import make_reply_mark


class HelpdeskEscalationNotification(models.Model):
    """What is costly or personal in a mail: its facts, and the button with the link.

    The templates have placeholders for both (``<div data-escalation="facts"/>`` and
    ``"buttons"``), which only our own sending fills in, after Odoo has rendered the
    text. Whoever else renders a template sees the placeholders as they are (R14).
    """

    _inherit = "helpdesk.escalation.notification"

    def _fill_in(self, pairs):
        """Fill in the placeholders of mails that were just written (R9).

        A template without a place for the button gets it at the end: a mail on which
        nobody can say "I'm on it" alarms in vain. Without one for the facts it brings
        none.

        :param pairs: of notification and mail
        """
        hours = self._get_link_hours()
        letterhead = self[:1]._render_letterhead()
        style = self._render_style()
        for notification, mail in pairs:
            user = notification.user_id
            here = notification.with_context(lang=user.lang, tz=user.tz)
            parts = {
                "letterhead": letterhead,
                "facts": here._render_facts(),
                "buttons": here._render_buttons(
                    make_link(here, hours), here._get_reply_hint()
                ),
            }
            body = fill_in(mail.body_html, parts, needed=["buttons"])
            mail.body_html = here._put_on_paper(body, style)
            mail.references = notification._get_mail_references()

    def _render_letterhead(self):
        """Write the logo and the name of the tickets' company as HTML."""
        company = self.ticket_id.company_id[:1]
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation.mail_letterhead", {"company": company}
        )

    @api.model
    def _render_style(self):
        """Write the colours of a mail, and those for dark screens, as HTML."""
        return self.env["ir.qweb"]._render("helpdesk_escalation.mail_style")

    @api.model
    def _put_on_paper(self, body, style):
        """Frame a mail's text: the style's colours, and where its language begins."""
        language = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return Markup('%s<div class="o_escalation_mail" dir="%s">%s</div>') % (
            style,
            language.direction or "ltr",
            Markup(body),
        )

    def _get_mail_references(self):
        """Return what mail programs repeat in an answer: the thread, and whose it is.

        It names no message: an answer is filed by the mail that it answers alone.
        """
        mark = make_reply_mark(self[:1])
        # A digest belongs to no ticket's thread.
        return mark if len(self.ticket_id) > 1 else f"{self._get_mail_thread()} {mark}"

    def _get_mail_thread(self):
        """Return what mail programs sort all mails of one ticket together by."""
        host = urlsplit(self.get_base_url() or "").hostname or "localhost"
        return f"<helpdesk-escalation-ticket-{self.ticket_id.id}@{host}>"

    def _render_facts(self):
        """Write what the person is to know as HTML, in the environment's language."""
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation.mail_facts",
            {"facts": self._get_facts(), "words": self._get_words()},
        )

    def _render_buttons(self, confirm_url, reply_hint=False):
        """Write the buttons as HTML.

        :param str confirm_url: the person's own link
        :param str reply_hint: the words that confirm as well, as a reply
        """
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation.mail_buttons",
            {
                "confirm_url": confirm_url,
                "reply_hint": reply_hint,
                "ticket_url": self._get_ticket_url(),
            },
        )

    def _get_facts(self):
        """Return what a mail says about the ticket: (label, text), in their order."""
        self.ensure_one()
        ticket, incident = self.ticket_id, self.incident_id
        facts = [
            (self.env._("Ticket"), self.ticket_name),
            (self.env._("You stand in for"), self.substituted_user_id.name),
            (self.env._("Cause"), incident.cause_text),
            *self._get_holder_facts(),
            (self.env._("Notified before"), self._get_notified_before()),
            (self.env._("Category"), ticket.category_id.display_name),
            (
                self.env._("Escalation"),
                ", ".join(filter(None, (incident.policy_id.name, self.step_text))),
            ),
            (self.env._("Authority"), incident.authority),
            (self.env._("Guidelines"), incident.standard),
        ]
        return [(label, text) for label, text in facts if text]
