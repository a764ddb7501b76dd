import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, Command, api, fields, models

from ..tools.automatic_mail import AUTOMATIC_HEADERS
from ..tools.mail_parts import fill_in
from ..tools.mail_text import one_line

_logger = logging.getLogger(__name__)


class HelpdeskEscalationNotification(models.Model):
    """Notifications to try a policy with: to one person, of a ticket that is made up.

    They are records that are never written, as those of the dry run, and say what a
    real one would say, by the same methods. No link in them acts on anything.

    To let a channel of your own be tried, write ``_send_sample_<channel>()``, which
    returns nothing, or what went wrong.
    """

    _inherit = "helpdesk.escalation.notification"

    @api.model
    def _send_sample(self, step, user):
        """Send what a step would send, to one person and now.

        :param step: one that the person may read
        :return: what went wrong, False when nothing did
        """
        try:
            with self.env.cr.savepoint():
                sample = self._prepare_sample(step, user)
                send = getattr(sample, f"_send_sample_{sample.channel}", None)
                if not send:
                    return self.env._("This channel cannot be tested.")
                return send() or False
        except Exception as error:
            # Whatever is wrong with a template, people are to read of it here.
            _logger.info("A test notification failed", exc_info=True)
            return (str(error) or repr(error)).strip().splitlines()[0]

    @api.model
    def _prepare_sample(self, step, user):
        """Return the notification of a step, as if to a person."""
        # The first of the teams that the person sees.
        team = step.policy_id.team_ids[:1]
        # As the run speaks: as the system, to the person.
        here = self.with_user(SUPERUSER_ID).with_context(lang=user.lang, tz=user.tz)
        env = here.env
        policy = step.policy_id.with_env(env)
        since = fields.Datetime.now() - timedelta(minutes=step.delay)
        ticket = env["helpdesk.ticket"].new(
            {
                "number": env._("TEST"),
                "name": env._("A sample ticket"),
                "partner_name": env._("Sample Client"),
                "partner_id": False,
                "team_id": team.id,
                "user_id": user.id,
                "company_id": (
                    team.company_id or policy.company_id or self.env.company
                ).id,
            }
        )
        incident = env["helpdesk.escalation.incident"].new(
            {
                "ticket_id": ticket,
                "policy_id": policy.id,
                "step_id": step.id,
                "anchor_date": since,
            }
        )
        return here.new(
            {
                "incident_id": incident,
                "step_id": step.id,
                "user_id": user.id,
                "channel": step.channel,
                "client_words": env._("Hello, could you please help me with this?"),
                "client_words_author": env._("Sample Client"),
                "client_words_date": since,
            }
        )

    def _send_sample_activity(self):
        """Notify in Odoo: an activity of no ticket, and a notice in open windows."""
        values = self._prepare_activity(self._activity_type())
        summary = self.env._("Test: %s", values["summary"])
        values.update(
            # Of no document.
            res_model_id=False,
            res_id=False,
            summary=summary,
            note=Markup("<p><b>%s</b></p>%s")
            % (self._get_sample_words(), values["note"]),
        )
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            values
        )
        self.user_id._bus_send(
            "simple_notification",
            {
                "title": summary,
                "message": self._get_sample_words(),
                "type": "info",
            },
        )

    def _send_sample_email(self):
        """Send the mail at once, so that a fault of the mail server is seen."""
        if not self.user_id.partner_id.email_normalized:
            return self.env._("You have no email address.")
        # Sudo: the queue is Odoo's.
        mail = self.env["mail.mail"].sudo().create(self._prepare_sample_mail())
        mail.send()
        failed = mail.exists().filtered(lambda one: one.state == "exception")
        fault = failed.failure_reason or failed.failure_type
        failed.unlink()
        return fault

    def _prepare_sample_mail(self):
        template = self.env.ref(self._get_mail_template())
        texts = {
            name: template._render_field(name, list(self._ids), compute_lang=True)
            for name in ("subject", "email_from", "body_html")
        }
        subject, email_from, body = (texts[name][self.id] for name in texts)
        parts = {
            "letterhead": self._render_letterhead(),
            "facts": self._render_facts(),
            "buttons": self._render_buttons(self._get_sample_url()),
        }
        banner = self.env["ir.qweb"]._render(
            "helpdesk_escalation.mail_sample", {"words": self._get_sample_words()}
        )
        return {
            "subject": self.env._("[Test] %s", one_line(subject)),
            "email_from": one_line(email_from),
            "body_html": self._put_on_paper(
                banner + Markup(fill_in(body, parts, needed=["buttons"])),
                self._render_style(),
            ),
            "recipient_ids": [Command.set(self.user_id.partner_id.ids)],
            # An answer goes back to the person, and to no thread.
            "reply_to": self.user_id.email_formatted,
            "headers": repr(AUTOMATIC_HEADERS),
            "auto_delete": True,
            "author_id": self.env.ref("base.partner_root").id,
            "message_type": "user_notification",
            "is_internal": True,
        }

    def _get_sample_words(self):
        """Say that it is a test, of what, and whom the step would notify."""
        return self.env._(
            "This is a test of the policy %(policy)s, %(place)s (%(step)s). The ticket "
            "is made up, and nobody else was notified.",
            policy=self.incident_id.policy_id.name,
            place=self.step_text,
            step=self.step_id.display_name,
        )

    def _get_sample_url(self):
        base_url = (self.get_base_url() or "").rstrip("/")
        return f"{base_url}/odoo/escalation-policies/{self.incident_id.policy_id.id}"

    def _get_ticket_url(self):
        if not self.ticket_id.ids:
            # A ticket that is made up.
            return self._get_sample_url()
        return super()._get_ticket_url()
