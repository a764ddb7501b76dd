from odoo import models

from odoo.addons.helpdesk_escalation.tools.locks import lock_rows


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _send(self, *args, **kwargs):
        """Leave out what nobody is to get any more, such as who was archived (R7)."""
        taken_back = (
            self.env["helpdesk.escalation.notification"]
            .sudo()  # whoever sends
            ._get_sms_taken_back(self)
        )
        if not taken_back:
            return super()._send(*args, **kwargs)
        taken_back.action_set_canceled()
        wanted = self - taken_back
        return super(SmsSms, wanted)._send(*args, **kwargs) if wanted else None

    def _escalation_take_back(self):
        """Cancel what is still queued and no notification waits for any more (R10).

        Who holds one is handing it over: it is let go.
        """
        held = lock_rows(self)
        held.invalidate_recordset(["state"])
        held = held.filtered(lambda text: text.state == "outgoing")
        if held:
            notifications = self.env["helpdesk.escalation.notification"].sudo()
            # A text may be about several tickets.
            (held & notifications._get_sms_taken_back(held)).action_set_canceled()

    def _escalation_get_failure(self):
        """Say why it was not sent, as Odoo names it."""
        labels = dict(self._fields["failure_type"]._description_selection(self.env))
        return self.env._(
            "The SMS could not be sent: %s",
            labels.get(self.failure_type) or self.env._("Unknown error"),
        )
