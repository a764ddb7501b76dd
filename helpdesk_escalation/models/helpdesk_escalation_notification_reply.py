from datetime import timedelta

from odoo import Command, api, fields, models

from ..tools.automatic_mail import AUTOMATIC_HEADERS
from ..tools.locks import lock_rows
from ..tools.mail_reply import get_first_words, read_reply_marks
from ..tools.mail_text import fold, one_line

WORDS_PARAMETER = "helpdesk_escalation.reply_words"


def split_words(text):
    """Split what stands between commas."""
    return [words for part in (text or "").split(",") if (words := one_line(part))]


class HelpdeskEscalationNotification(models.Model):
    """R10: who replies "on it" to their mail is on it.

    What counts is the mark that was in that very mail, and that the reply comes from
    the address to which that was sent. The reply itself is filed as any other.
    """

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _get_reply_words(self):
        """Return the words that confirm, as people read them in a mail.

        Those of the settings, else the standard ones in the environment's language.
        """
        # Sudo: parameters are the system's.
        chosen = self.env["ir.config_parameter"].sudo().get_param(WORDS_PARAMETER)
        return split_words(chosen) or split_words(
            self.env._("on it, I'm on it, Im on it, I am on it, taking it")
        )

    def _get_reply_hint(self):
        """Return the words to reply with; False where no reply confirms.

        So it is where the person must log in, and where answers do not come to Odoo.
        """
        self.ensure_one()
        if self._is_login_required() or not self.ticket_id.company_id.catchall_email:
            return False
        return self._get_reply_words()[0]

    @api.model
    def _find_confirmed_by(self, sender, references, body):
        """Return the notification to whose mail somebody replies that they are on it.

        :param str sender: the one address that the reply comes from, normalized
        :param str references: the header of the reply
        :param str body: its text, as HTML
        :rtype: helpdesk.escalation.notification, as superuser
        """
        nothing = self.sudo().browse()  # whoever the mail comes in as
        # Somebody else's mark may stand there too, where colleagues answer each other.
        line = read_reply_marks(nothing, references).filtered(
            lambda one: (
                one.mail_message_id
                and one.user_id.partner_id.email_normalized == sender
            )
        )[:1]
        if not line or self._is_login_required():
            return nothing
        said = get_first_words(body)
        for lang in (line.user_id.lang, "en_US"):
            words = line.with_context(lang=lang)._get_reply_words()
            if said and said in map(fold, words):
                return line
        return nothing

    def _register_reply(self, message_dict):
        """Keep a reply that confirms, and see to it at once where nobody is at work."""
        news = self.env["helpdesk.escalation.delivery"]._add(
            self.mail_message_id,
            replied_line_id=self.id,
            reply_id=message_dict.get("message_id"),
        )
        news._see_to_now()

    def _confirm_by_reply(self, reply_id):
        """Confirm as the person who replied, or say kindly why that came too late.

        :param str reply_id: the Message-Id of the reply
        :return: whether it is done; not while somebody is at work on the case
        """
        self.ensure_one()
        incident, person = self.incident_id, self.user_id
        if lock_rows(incident) != incident:
            return False
        state = self._get_reply_state()
        if state == "confirm":
            # As on the mail's page: the person's right to it was just asked.
            here = incident.with_user(person).sudo()
            state = "done" if here._confirm(person, "email") else "taken"
        if state not in ("done", "invalid"):
            self._answer_reply(state, reply_id)
        return True

    def _get_reply_state(self):
        """Name what a reply comes to: as on the mail's page, or *several*.

        A digest is about many tickets, and nobody is on all of them by three letters.
        """
        expires = self.queued_date and self.queued_date + timedelta(
            hours=self._get_link_hours()
        )
        is_expired = not expires or expires < fields.Datetime.now()
        state = self._get_page_state(self.user_id, is_expired)
        of_mail = self.search([("mail_message_id", "=", self.mail_message_id.id)])
        if state not in ("invalid", "expired") and len(of_mail.incident_id) > 1:
            return "several"
        return state

    def _answer_reply(self, state, reply_id):
        """Write to the person that their reply has confirmed nothing, and why.

        The mail has no mark and says that a machine wrote it, and an answer to it goes
        back to the person: nothing ever comes of it.
        """
        here = self._in_terms_of_person()
        incident, person = here.incident_id, here.user_id
        title = (
            here.env._("Your reply has confirmed nothing")
            if state in ("several", "expired")
            else incident._get_page_title(state, here)
        )
        text = (
            here.env._(
                "The email you replied to is about several tickets. Use the button of "
                "each ticket you are on."
            )
            if state == "several"
            else incident._get_page_text(state)
        )
        body = here.env["ir.qweb"]._render(
            "helpdesk_escalation.mail_reply",
            {
                "title": title,
                "text": text,
                "ticket_url": here._get_ticket_url()
                if here.ticket_id.with_user(person).has_access("read")
                else False,
            },
        )
        here.env["mail.mail"].create(
            {
                "subject": one_line(f"{title}: {here.ticket_name}"),
                "body_html": here._put_on_paper(body, here._render_style()),
                "email_from": one_line(here.sender),
                "recipient_ids": [Command.set(person.partner_id.ids)],
                "reply_to": one_line(person.email_formatted),
                "references": one_line(reply_id or ""),
                "headers": repr(AUTOMATIC_HEADERS),
                "auto_delete": True,
                "author_id": self.env.ref("base.partner_root").id,
                "message_type": "user_notification",
                "is_internal": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()


class HelpdeskEscalationDelivery(models.Model):
    """A reply that confirms is kept as well: nobody sends it a second time."""

    _inherit = "helpdesk.escalation.delivery"

    replied_line_id = fields.Many2one(
        comodel_name="helpdesk.escalation.notification",
        ondelete="cascade",
        index="btree_not_null",
        help="The notification whose person has replied that they are on it.",
    )
    reply_id = fields.Char(help="The Message-Id of that reply.")

    def _draw_consequences(self):
        if self.replied_line_id:
            return self.replied_line_id._confirm_by_reply(self.reply_id)
        return super()._draw_consequences()
