from odoo import models


class IrAttachment(models.Model):
    """R2: an answer that was nothing but a file is none any more without it."""

    _inherit = "ir.attachment"

    def unlink(self):
        # Sudo: who spoke does not depend on who may see it.
        on_tickets = self.sudo().filtered(
            lambda attachment: attachment.res_model == "helpdesk.ticket"
        )
        if not on_tickets:
            return super().unlink()
        messages = on_tickets.env["mail.message"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("attachment_ids", "in", on_tickets.ids),
            ]
        )
        result = super().unlink()
        messages = messages.exists()
        tickets = messages._get_tickets_of_messages()
        tickets._escalation_guard_answer(True, messages._judge_escalation_again)
        return result
