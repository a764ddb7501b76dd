import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


def faces_inward(env, model):
    """Whether what is written on records of a model is for colleagues only."""
    return bool(model) and getattr(env.registry.get(model), "_faces_inward", False)


class HelpdeskEscalationInternalThread(models.AbstractModel):
    """A thread among colleagues: nobody outside gets, or follows, what is said there.

    Where a person chooses somebody outside on a screen, it is refused with a sentence.
    Whatever else names them (an automation, a mail's *Cc*) goes on without them.
    """

    _name = "helpdesk.escalation.internal.thread"
    _description = "Thread among Colleagues"
    _inherit = ["mail.thread"]
    _faces_inward = True

    def message_notify(self, *, partner_ids=False, **kwargs):
        colleagues = self._keep_colleagues(partner_ids or [])
        if partner_ids and not colleagues:
            return self.env["mail.message"]
        return super().message_notify(partner_ids=colleagues.ids, **kwargs)

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        suggested = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        for record in self:
            offered = suggested.get(record.id, [])
            ids = [one["partner_id"] for one in offered if one["partner_id"]]
            colleagues = set(record._keep_colleagues(ids).ids)
            suggested[record.id] = [
                one for one in offered if one["partner_id"] in colleagues
            ]
        return suggested

    def _keep_colleagues(self, partner_ids):
        """Return who of the contacts may get what is written on these records.

        It never raises, as a mail that comes in may hang on it: who cannot be judged
        is left out.

        :param list partner_ids: ids of contacts
        """
        nobody = self.env["res.partner"]
        if not partner_ids:
            return nobody
        try:
            with self.env.cr.savepoint(flush=False):
                return self._find_colleagues(nobody.browse(partner_ids))
        except Exception:
            _logger.exception("Cannot tell who is a colleague: nobody is notified")
            return nobody

    def _find_colleagues(self, partners):
        """Tell who of the contacts is a colleague in the matter of these records."""
        return partners._escalation_get_colleagues()

    def _check_recipients(self, partners):
        """Refuse people from outside whom a person has chosen on a screen.

        :raise UserError: with their names, and where to write to them instead
        """
        outside = partners - self._keep_colleagues(partners.ids)
        if outside:
            raise UserError(self._get_refusal(outside))

    @api.model
    def _get_refusal(self, outside):
        return self.env._(
            "Only colleagues can be notified or follow here, not %(names)s. To write "
            "to them, use the ticket.",
            # Sudo: they are named to whoever chose them.
            names=", ".join(partner.display_name or "" for partner in outside.sudo()),
        )
