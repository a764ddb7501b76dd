from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from odoo.addons.helpdesk_escalation.tools.automatic_mail import AUTOMATIC_HEADERS

# What the client is informed of, and by which template.
CLIENT_TEMPLATES = {
    "passed_on": "helpdesk_escalation_handover.mail_template_client_notice",
    "back": "helpdesk_escalation_handover.mail_template_client_back",
    "late": "helpdesk_escalation_handover.mail_template_client_late",
}
LAYOUT = "mail.mail_notification_light"


class HelpdeskEscalationHandover(models.Model):
    """What the client hears of it: a mail of their own, and one line in the portal.

    Both are by the system's own type, which is nobody's word: "we have passed it on" is
    no answer, and the client goes on waiting (R2).
    """

    _inherit = "helpdesk.escalation.handover"

    def _inform_client(self, notice):
        """Send the client a short mail, and leave one neutral line on the ticket.

        In the client's language. Nothing of the handover is in either.

        :param str notice: a key of CLIENT_TEMPLATES
        :raise UserError: when the template is gone
        """
        self.ensure_one()
        ticket = self.ticket_id
        template = self._get_client_template(notice)
        if not template:
            raise UserError(
                self.env._(
                    "The mail template for the client is gone. Do not inform the "
                    "client, and ask your administrator."
                )
            )
        lang = template._render_lang(ticket.ids)[ticket.id] or self.env.lang
        zone = ticket.partner_id.tz or ticket.company_id.partner_id.tz
        here = self.with_context(lang=lang, tz=zone)
        promise = here._get_promise_words()
        template = template.with_context(lang=lang)
        body = template._render_field(
            "body_html", ticket.ids, add_context={"news_by": promise}
        )[ticket.id]
        message = here.ticket_id.message_post(
            body=here._get_client_line(notice, promise),
            subject=template._render_field("subject", ticket.ids)[ticket.id],
            author_id=self._get_client_sender().id,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            notify_skip_followers=True,
        )
        here._mail_to_client(message, body)
        return message

    def _mail_to_client(self, message, body):
        """Queue the mail of a message: its text is longer than the line on the ticket.

        A reply to it is the client's public message on the ticket, as to any other.
        """
        ticket = self.ticket_id
        client = ticket.partner_id
        body = self.env["mail.render.mixin"]._render_encapsulate(
            LAYOUT, body, context_record=ticket
        )
        to_partner = bool(client.email)
        mail = self.env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "body_html": body,
                "headers": repr(AUTOMATIC_HEADERS),
                "recipient_ids": [Command.set(client.ids if to_partner else [])],
                "email_to": False if to_partner else ticket.partner_email,
                "auto_delete": True,
            }
        )
        address = email_normalize(ticket.partner_email or "")
        if to_partner or address:
            # Whether it arrived is seen on the message, as on any other.
            self.env["mail.notification"].create(
                {
                    "author_id": message.author_id.id,
                    "mail_message_id": message.id,
                    "mail_mail_id": mail.id,
                    "res_partner_id": client.id if to_partner else False,
                    "mail_email_address": False if to_partner else address,
                    "notification_type": "email",
                    "notification_status": "ready",
                    "is_read": True,
                }
            )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _get_client_template(self, notice):
        """Return the template of a notice, empty when it is gone."""
        templates = self.env["mail.template"]
        template = self.env.ref(CLIENT_TEMPLATES[notice], raise_if_not_found=False)
        if not template or template.model != self.ticket_id._name:
            return templates
        return template

    def _get_client_line(self, notice, promise):
        """Return what the portal shows: one neutral line."""
        if notice == "passed_on":
            return self.env._(
                "We have passed your request to a specialist. You will hear from us "
                "again by %s.",
                promise,
            )
        if notice == "back":
            return self.env._(
                "A specialist has seen to your request. We go on with it."
            )
        return self.env._("We are still working on your request.")

    def _get_promise_words(self):
        return self._format_when(self.news_by) if self.news_by else ""

    def _get_client_sender(self):
        """Return whose name the client reads: who acts, or who has the ticket."""
        people = self.env.user
        if people == self.env.ref("base.user_root"):
            ticket = self.ticket_id
            people = ticket.user_id | ticket.team_id.user_id | self.user_id | people
        return people.filtered("active")[:1].partner_id or people[-1:].partner_id
