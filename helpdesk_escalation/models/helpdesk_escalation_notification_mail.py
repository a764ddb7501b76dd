import logging
from datetime import timedelta

from odoo import Command, api, fields, models

from ..tools.automatic_mail import AUTOMATIC_HEADERS
from ..tools.mail_links import make_link
from ..tools.mail_text import one_line

_logger = logging.getLogger(__name__)

MAX_MAIL_ATTEMPTS = 3
MAIL_RETRY_MINUTES = 5
# More mails than this to one person in one run become one digest.
MAX_MAILS_AT_ONCE = 5


class HelpdeskEscalationNotification(models.Model):
    """R9, mails: one a person and ticket, or a digest, and what becomes of them."""

    _inherit = "helpdesk.escalation.notification"

    def _is_digestible(self):
        """Whether it may be a line of a digest, and is no letter of its own."""
        self.ensure_one()
        return True

    def _queue_mails(self):
        """Write the mails of a run: one a ticket, or one for all of a person's (R9)."""
        if not self:
            return
        pairs = []
        single = self.filtered(lambda notification: not notification._is_digestible())
        piles = []
        for of_person in (self - single).grouped("user_id").values():
            if len(of_person) > MAX_MAILS_AT_ONCE or (
                len(of_person) > 1 and of_person._has_one_cause()
            ):
                piles.append(of_person)
            else:
                single += of_person
        reply_to = self._get_reply_to()
        digests = self.env["mail.mail"].create(
            [of_person._prepare_digest(reply_to) for of_person in piles]
        )
        for of_person, digest in zip(piles, digests, strict=True):
            pairs += [(notification, digest) for notification in of_person]
        for alike in single.grouped(
            lambda one: (one._get_mail_template(), one.ticket_id.company_id)
        ).values():
            pairs += alike._queue_template_mails(reply_to)
        for notification, mail in pairs:
            notification.mail_id = mail
            notification.mail_message_id = mail.mail_message_id
            for name in ("subject", "email_from"):
                # Whatever the template says, a header is one line.
                if mail[name] != one_line(mail[name]):
                    mail[name] = one_line(mail[name])
            partner = notification.user_id.partner_id
            for name in ("recipient_ids", "partner_ids"):
                # Whatever the template says, this mail is for one person, and so is
                # its message: whoever tracks mails looks there whom it is for.
                if mail[name] != partner:
                    mail[name] = partner
        self.write({"queued_date": fields.Datetime.now()})
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    @api.model
    def mail_allowed_qweb_expressions(self):
        """Name what our templates say plainly.

        Odoo fills such a text in as it is, which takes a fraction of evaluating it, and
        lets everybody edit it who may edit templates.
        """
        return (
            *super().mail_allowed_qweb_expressions(),
            "object.client_name",
            "object.headline",
            "object.sender",
            "object.step_text",
            "object.ticket_name",
            "object.user_id.lang",
            "object.user_id.partner_id.id",
            "object.waited",
        )

    def _get_mail_template(self):
        """Return the XML id of the template that a mail is written from."""
        return "helpdesk_escalation.mail_template_escalation"

    def _get_reply_to(self):
        """Return per company where people's answers go: Odoo files them (R9)."""
        return {
            company: incidents[0]._notify_get_reply_to()[incidents[0].id]
            for company, incidents in self.incident_id.grouped(
                lambda incident: incident.ticket_id.company_id
            ).items()
        }

    def _queue_template_mails(self, reply_to):
        """Queue one mail a notification; a broken template is not the end (R9).

        All are of one company and written from one template.

        :param dict reply_to: where answers go, per company
        :return: pairs of notification and mail
        """
        template = self.env.ref(self[0]._get_mail_template(), raise_if_not_found=False)
        try:
            with self.env.cr.savepoint():
                if template.model != self._name:
                    raise ValueError(f"The template is for {template.model}")
                mails = template.send_mail_batch(
                    self.ids, email_values=self._get_mail_values(reply_to)
                )
                pairs = list(zip(self, mails, strict=True))
                self._fill_in(pairs)
                return pairs
        except Exception:
            if len(self) > 1:
                return [
                    pair
                    for notification in self
                    for pair in notification._queue_template_mails(reply_to)
                ]
            _logger.warning(
                "The escalation mail template failed: built-in text used", exc_info=True
            )
        return [(self, self._queue_plain_mail(reply_to))]

    def _get_mail_values(self, reply_to):
        """Values that no template may change: internal, kept, to nobody else."""
        address = reply_to[self[0].ticket_id.company_id]
        return {
            **({"reply_to": address} if address else {}),
            "headers": repr(AUTOMATIC_HEADERS),
            "auto_delete": False,
            "is_notification": True,
            "email_to": False,
            "email_cc": False,
            "author_id": self.env.ref("base.partner_root").id,
            "message_type": "user_notification",
            "subtype_id": self.env.ref("mail.mt_note").id,
            "is_internal": True,
        }

    def _queue_plain_mail(self, reply_to):
        here = self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)
        values = here._prepare_built_mail(
            "helpdesk_escalation.mail_plain",
            here._get_plain_subject(),
            reply_to,
            facts=here._get_plain_facts(),
            words=here._get_words(),
            reply_hint=here._get_reply_hint(),
        )
        return self.env["mail.mail"].create(values)

    def _get_plain_subject(self):
        """Put into one line what a mail without a template is about."""
        return self.env._(
            "Waiting %(waited)s: %(client)s – %(ticket)s",
            client=self.client_name,
            waited=self.waited,
            ticket=self.ticket_name,
        )

    def _get_plain_facts(self):
        """Return what a mail without a template says beside its text: (label, text)."""
        return self._get_facts()

    def _prepare_digest(self, reply_to):
        """Make one mail with a list: nobody reads a dozen mails at once (R9)."""
        user = self.user_id
        here = self.with_context(lang=user.lang, tz=user.tz).sorted(
            lambda notification: notification.incident_id.anchor_date
        )
        subject = here.env._("%s tickets are waiting for an answer", len(here))
        return here._prepare_built_mail(
            "helpdesk_escalation.mail_digest", subject, reply_to
        )

    def _prepare_built_mail(self, view, subject, reply_to, **shown):
        """Make a mail from a view of our own, to the one person of these lines.

        :param shown: what the view shows beside the lines
        """
        company = self.ticket_id.company_id[:1]
        hours = self._get_link_hours()
        lines = [notification._prepare_built_line(hours) for notification in self]
        values = {
            "subject": subject,
            "body_html": self._put_on_paper(
                self.env["ir.qweb"]._render(
                    view,
                    {
                        "lines": lines,
                        "user": self.user_id,
                        "company": company,
                        **shown,
                    },
                ),
                self._render_style(),
            ),
            "recipient_ids": [Command.set(self.user_id.partner_id.ids)],
            "partner_ids": [Command.set(self.user_id.partner_id.ids)],
            "model": self._name,
            "res_id": self[0].id,
            "references": self._get_mail_references(),
            **self._get_mail_values(reply_to),
        }
        if company.email_formatted:
            values["email_from"] = company.email_formatted
        return values

    def _prepare_built_line(self, hours):
        """Return what a mail without a template says of one ticket."""
        return {
            "object": self,
            "confirm_url": make_link(self, hours),
            "ticket_url": self._get_ticket_url(),
            "words": self._get_words_line(),
        }

    def _sync_mails(self, now):
        """Learn what became of queued mails; retry failed ones, then make do (R9).

        :param datetime now: naive UTC
        """
        for mail, notifications in self.grouped("mail_id").items():
            attempts = max(notifications.mapped("attempts")) + 1
            if mail.state == "sent":
                notifications.write({"state": "sent", "sent_date": now})
            elif "active" not in notifications.incident_id.mapped("state"):
                # It was on its way when somebody confirmed, and did not arrive.
                notifications.write({"state": "cancelled"})
            elif not mail or mail.state == "cancel":
                # Not by us: then the notification would be cancelled as well.
                reason = self.env._("The mail was taken out of the queue.")
                for line in notifications:
                    why = line._get_obstacle("email") or reason
                    line.write({"state": "cancelled", "reason": why})
                notifications._fall_back_to_activity()
            elif attempts < MAX_MAIL_ATTEMPTS:
                notifications.write({"attempts": attempts})
                retry_date = now + timedelta(minutes=MAIL_RETRY_MINUTES * attempts)
                mail.write({"state": "outgoing", "scheduled_date": retry_date})
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger(
                    at=retry_date
                )
            else:
                notifications._register_mail_failure(
                    mail.failure_reason or mail.failure_type
                )
        # Only the message stays, so that a reply finds its way.
        done = self.filtered(lambda notification: notification.state != "pending")
        done.mail_id.unlink()

    def _register_mail_failure(self, reason):
        """Count a failed try; after the last one people get a notification (R9)."""
        self.write({"attempts": max(self.mapped("attempts")) + 1, "reason": reason})
        failed = self.filtered(lambda n: n.attempts >= MAX_MAIL_ATTEMPTS)
        failed.write({"state": "failed"})
        failed.incident_id.write({"mail_failed": True})
        failed._fall_back_to_activity()

    def _fall_back_to_activity(self, reason=None):
        """Notify by an activity whom no mail reached: silence is no outcome (R9).

        Not who is on it already, or whose place somebody else has by now. Who cannot be
        notified at all any more passes it on.

        :param str reason: why the mail did not arrive
        """
        reason = reason or self.env._("The mail could not be sent.")
        activities = self.browse()
        here = self._filtered_still_here()
        wanted = here.filtered(
            lambda n: (
                n.incident_id.state == "active"
                and not n.is_replaced
                and not n.incident_id._is_on_it(n.user_id)
            )
        )
        notified = wanted.filtered(lambda n: n._has_activity())
        for line in wanted - notified:
            activities += line.copy(
                {
                    "channel": "activity",
                    "state": "pending",
                    "attempts": 0,
                    "mail_id": False,
                    "mail_message_id": False,
                    "queued_date": False,
                    "reason": reason,
                }
            )
        activities._deliver()
        for speaking in notified.incident_id._in_company_terms():
            for incident in speaking:
                # They may have got rid of the activity meanwhile.
                incident._pass_on_if_alone()
        (self - here)._cancel_for_leavers()

    def _has_activity(self):
        """Whether the step has notified the person in Odoo as well, in this round."""
        return bool(
            self.step_id
            and self.incident_id.notification_ids.filtered(
                lambda one: (
                    one.channel == "activity"
                    and one.state != "skipped"
                    and (one.step_id, one.user_id, one.round)
                    == (self.step_id, self.user_id, self.round)
                )
            )
        )

    @api.model
    def _get_taken_back(self, mails):
        """Return those of the mails that nobody is to get any more (R7, R10).

        A digest is about several tickets: it goes out while one of them waits.
        """
        lines = self.search([("mail_id", "in", mails.ids)])
        wanted = lines.filtered(
            lambda line: line.state not in ("cancelled", "failed")
            and (line.state != "pending" or not line._get_obstacle("email"))
        )
        return lines.mail_id - wanted.mail_id
