import logging

from odoo import api, fields, models

from ..tools.mail_links import strip_links_of_message
from ..tools.mail_text import one_line
from .groups import PREFETCH_GROUP

_logger = logging.getLogger(__name__)


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
        help="Who spoke on a ticket, as the escalation sees it. Decided once, when the "
        "message is created; empty when it is nobody's (rule R2).",
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
            if given.get("model") == "helpdesk.ticket":
                given.setdefault("author_id", self.env.user.partner_id.id)
                vals["escalation_party"] = self._get_escalation_party(given)
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
        parties = [vals.pop("escalation_party", False) for vals in vals_list]
        context = dict(self.env.context)
        context.pop("default_escalation_party", None)
        # pylint: disable-next=context-overridden; there is no other way to take one out
        here = self.with_context(context)
        messages = super(MailMessage, here).create(vals_list)
        # Sudo: nobody else may write who spoke.
        for message, party in zip(messages.sudo(), parties, strict=True):
            message.escalation_party = party
        return messages

    def write(self, vals):
        vals = strip_links_of_message(self.env, vals)
        if not self.env.su:
            # Decided once: no author of a message may change whose it is.
            vals = {key: vals[key] for key in vals if key != "escalation_party"}
        return super().write(vals)

    @api.model
    def _get_escalation_party(self, vals):
        """Return who speaks in a message about to be created on a ticket (R2).

        It never raises, so that no mail is lost because of us: what cannot be judged
        counts as the client, because a needless alarm is cheaper than a forgotten
        client. An email is judged within a savepoint, as nobody could send it again.
        """
        message_type = vals.get("message_type", "comment")
        if message_type not in ("comment", "email"):
            return False
        try:
            if message_type == "email":
                with self.env.cr.savepoint(flush=False):
                    return self.env["helpdesk.ticket"]._escalation_party(vals)
            return self.env["helpdesk.ticket"]._escalation_party(vals)
        except Exception:
            _logger.exception(
                "Cannot tell who spoke on ticket %s: counted as the client",
                vals.get("res_id"),
            )
            return "client"
