import logging

from odoo import api, fields, models

from .groups import PREFETCH_GROUP

_logger = logging.getLogger(__name__)


class HelpdeskTicket(models.Model):
    """Nobody waits on a ticket that an automatic reply has opened (R2, R3).

    Such as an absence note that names no mail it answers; of an employee's mails, any
    that a machine sent. It is kept, as any mail is, and whoever writes on it waits for
    an answer.
    """

    _inherit = "helpdesk.ticket"

    escalation_auto_opened = fields.Boolean(
        string="Opened Automatically",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="An automatic reply opened this ticket, such as an absence note, or an "
        "employee's automatic mail: nobody is waiting until somebody writes.",
    )

    @api.model
    def message_new(self, msg, custom_values=None):
        if self._escalation_is_absence_note(msg):
            custom_values = {**(custom_values or {}), "escalation_auto_opened": True}
        return super().message_new(msg, custom_values)

    @api.model
    def _escalation_is_absence_note(self, msg):
        """Whether, certainly, no person wrote a mail.

        That is an automatic reply of whomever, and of an employee any automatic mail.

        :param dict msg: as Odoo's gateway has parsed it
        """
        context = self.env.context
        if context.get("escalation_failed_mail"):
            return False
        if context.get("escalation_automatic_mail"):
            return True
        if not context.get("escalation_machine_mail"):
            return False
        try:
            with self.env.cr.savepoint(flush=False):
                # Sudo: a mail is judged, whoever it comes in as.
                partners = self.env["res.partner"].sudo()
                author = partners.browse(msg.get("author_id") or ())
                return bool(author._escalation_get_colleagues())
        except Exception:
            _logger.exception("Cannot tell who opens a ticket: somebody waits on it")
            return False
