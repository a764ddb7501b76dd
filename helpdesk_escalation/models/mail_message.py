import logging

from odoo import api, fields, models

from ..tools.mail_links import strip_links_of_message
from ..tools.mail_text import one_line
from ..tools.message_kinds import ASIDE, JUDGEMENT, UNDELIVERED
from .groups import PREFETCH_GROUP

_logger = logging.getLogger(__name__)

TICKET = "helpdesk.ticket"
# What it is decided by, besides the ticket's contact.
JUDGED_BY = {
    "attachment_ids",
    "author_id",
    "body",
    "is_internal",
    "model",
    "res_id",
    "subtype_id",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    escalation_party = fields.Selection(
        selection=[
            ("client", "Client"),
            ("staff", "Staff"),
            ("waived", "No Answer Needed"),
        ],
        string="Who Spoke",
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="Who spoke on a ticket, as the escalation sees it; empty when it is "
        "nobody's. Judged again when the message, or the ticket's contact, changes.",
    )
    escalation_voice = fields.Selection(
        selection=[
            ("outside", "From Outside"),
            ("inside", "One of Us"),
            (ASIDE, "One of Us, to Some Only"),
            ("silent", "One of Us, Not an Answer"),
            (UNDELIVERED, "One of Us, Not Delivered"),
            ("nobody", "Nobody"),
        ],
        string="Whose Voice",
        readonly=True,
        copy=False,
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="On which side the author of a message on a ticket was when it was "
        "written. Kept, as they may leave, and as the headers of a mail are not.",
    )

    # The clock reads the last messages on a ticket from this index alone.
    _escalation_message_idx = models.Index(
        "(res_id, id) INCLUDE (escalation_party, create_date, escalation_late) "
        "WHERE model = 'helpdesk.ticket' AND escalation_party IS NOT NULL"
    )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [strip_links_of_message(self.env, vals) for vals in vals_list]
        defaults = {
            key.removeprefix("default_"): value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        for vals in vals_list:
            given = {**defaults, **vals}
            if vals.get("email_from"):
                # Whose name is several lines could be answered by nobody (R9).
                vals["email_from"] = one_line(vals["email_from"])
            if given.get("model") == TICKET:
                given.setdefault("author_id", self.env.user.partner_id.id)
                vals.update(self._get_escalation_judgement(given))
            elif given.get("model") == "helpdesk.escalation.notification":
                # Filed on the incident, and so is what people reply.
                # Sudo: notifications are the system's.
                line = self.env[given["model"]].sudo().browse(given.get("res_id"))
                incident = line.incident_id
                vals.update(model=incident._name, res_id=incident.id)
                if given.get("message_type") == "user_notification":
                    # The mail is for one person, the message for all who see the case.
                    vals["body"] = self.env._(
                        "Escalation mail to %s", line.user_id.name
                    )
        if self.env.su or self.env.user._is_internal():
            return super().create(vals_list)
        # Somebody from outside, who may not know of it, counts all the same (R14).
        judgements = [
            {name: vals.pop(name, False) for name in JUDGEMENT} for vals in vals_list
        ]
        context = dict(self.env.context)
        for name in JUDGEMENT:
            context.pop(f"default_{name}", None)
        # pylint: disable-next=context-overridden; there is no other way to take one out
        here = self.with_context(context)
        messages = super(MailMessage, here).create(vals_list)
        # Sudo: nobody else may write who spoke.
        for message, judgement in zip(messages.sudo(), judgements, strict=True):
            if any(judgement.values()):
                message.write(judgement)
        return messages

    def write(self, vals):
        vals = strip_links_of_message(self.env, vals)
        if not self.env.su:
            # No author of a message may change whose it is.
            vals = {key: vals[key] for key in vals if key not in JUDGEMENT}
        if "partner_ids" in vals:
            # Sudo: who spoke does not depend on who may see it.
            self.sudo()._keep_to_whom_it_went()
        if JUDGED_BY.isdisjoint(vals):
            return super().write(vals)
        # Sudo: who spoke does not depend on who may see it.
        before = self.sudo()._get_tickets_of_messages()
        result = super().write(vals)
        on_tickets = self.sudo().filtered(lambda one: one.model == TICKET)
        for message in self.sudo() - on_tickets:
            if message.escalation_party:
                message.escalation_party = False
        if before or on_tickets:
            before._escalation_guard_answer(
                True,
                lambda: on_tickets._judge_escalation_again(
                    anew=not {"author_id", "model", "res_id"}.isdisjoint(vals),
                    author="author_id" in vals,
                ),
            )
            (before | on_tickets._get_tickets_of_messages())._escalation_resolve(True)
        return result

    def unlink(self):
        # Sudo: who spoke does not depend on who may see it.
        spoken = self.sudo().filtered(lambda one: one.model == TICKET)
        tickets = spoken.filtered("escalation_party")._get_tickets_of_messages()
        result = super().unlink()
        if tickets:
            tickets.exists()._escalation_resolve(True)
        return result

    def _get_tickets_of_messages(self):
        ids = {message.res_id for message in self if message.model == TICKET}
        return self.env[TICKET].browse(ids - {0})

    @api.model
    def _get_escalation_judgement(self, vals):
        """Return who speaks in a message about to be created on a ticket (R2).

        It never raises, so that no mail is lost because of us: what cannot be judged
        counts as the client, because a needless alarm is cheaper than a forgotten
        client. An email is judged within a savepoint, as nobody could send it again.
        """
        tickets = self.env[TICKET]

        def judge():
            voice = tickets._escalation_voice(vals)
            said = {**vals, "escalation_voice": voice}
            party = tickets._escalation_party(said)
            if voice == "inside" and not party and tickets._escalation_answers(said):
                said["escalation_voice"] = ASIDE
            return {
                "escalation_party": party,
                "escalation_voice": said["escalation_voice"],
            }

        try:
            if vals.get("message_type") == "email":
                with self.env.cr.savepoint(flush=False):
                    return judge()
            return judge()
        except Exception:
            _logger.exception(
                "Cannot tell who spoke on ticket %s: counted as the client",
                vals.get("res_id"),
            )
            return {"escalation_party": "client", "escalation_voice": "outside"}

    def _get_escalation_vals(self):
        """Return what a message is judged by, as values that would create it."""
        self.ensure_one()
        return {
            "id": self.id,
            "attachment_ids": self.attachment_ids.ids,
            "author_id": self.author_id.id,
            "body": self.body,
            "create_uid": self.create_uid.id,
            "email_from": self.email_from,
            "escalation_voice": self.escalation_voice,
            "incoming_email_cc": self.incoming_email_cc,
            "incoming_email_to": self.incoming_email_to,
            "is_internal": self.is_internal,
            "message_type": self.message_type,
            "outgoing_email_to": self.outgoing_email_to,
            "partner_ids": self.partner_ids.ids,
            "res_id": self.res_id,
            "subject": self.subject,
            "subtype_id": self.subtype_id.id,
        }

    def _judge_escalation_again(self, anew=False, author=False):
        """Judge messages on tickets by what they say now, and by what was true then.

        A waiver is none of these: it is taken back where it was given.

        :param bool anew: also whether they went to the client, as it may be another
            client now; otherwise an answer did
        :param bool author: the author was corrected, and so whose voice it is
        """
        tickets = self.env[TICKET]
        for message in self:
            if message.escalation_party == "waived":
                continue
            vals = message._get_escalation_vals()
            voice = message.escalation_voice
            if (author and voice != "nobody") or not voice:
                vals["escalation_voice"] = voice = message._find_old_voice(vals)
            if message.escalation_party == "staff" and not anew:
                vals["escalation_reached"] = True
            else:
                vals["escalation_reached"] = message._get_reached()
            party = tickets._escalation_party(vals)
            found = {"escalation_party": party, "escalation_voice": voice}
            if any(message[name] != value for name, value in found.items()):
                message.write(found)

    def _keep_to_whom_it_went(self):
        """Remember that a message named whom it is for, before that is edited.

        The chatter knows only whom the text mentions, and takes out all others. Whom
        it was sent to stays in its notifications.
        """
        named = self.filtered(
            lambda one: (
                one.model == TICKET
                and one.escalation_voice == "inside"
                and one.partner_ids
            )
        )
        if named:
            named.escalation_voice = ASIDE

    def _get_reached(self):
        """Return to whom a message went, as far as it is kept: ids, and addresses."""
        ids, addresses = self.env[TICKET]._escalation_get_explicit(
            self._get_escalation_vals()
        )
        told = self.notification_ids
        ids |= set(told.res_partner_id.ids)
        return ids, addresses | set(told.mapped("mail_email_address")) - {False}

    def _find_old_voice(self, vals):
        """Return whose voice a message has, once it is written."""
        tickets = self.env[TICKET]
        if vals["message_type"] not in ("comment", "email") and not self.author_id:
            return "nobody"
        author = self.author_id
        if author.id == tickets._escalation_get_root():
            return "nobody"
        if author and tickets._escalation_find_users(author):
            if vals["message_type"] not in ("comment", "email"):
                return "nobody"
            kept = self.escalation_voice in ("silent", ASIDE, UNDELIVERED)
            return self.escalation_voice if kept else "inside"
        voice = tickets._escalation_voice({**vals, "id": False})
        if voice == "inside" and self.escalation_voice == ASIDE:
            return ASIDE
        return voice
