from odoo import models
from odoo.fields import Domain

from ..tools.message_kinds import ASIDE


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """R2: contacts that are merged are one contact of their tickets from now on."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _log_merge_operation(self, src_partners, dst_partner):
        result = super()._log_merge_operation(src_partners, dst_partner)
        self._escalation_judge_merged(dst_partner)
        return result

    def _escalation_judge_merged(self, partner):
        """Judge again who spoke on a merged contact's tickets, where it may matter.

        Odoo has changed the tickets' contact, and the messages' author, in the database
        alone. What was from outside stays so. What one of us wrote is judged anew where
        the contact is one of us, and may have asked; else only what was said to this
        contact and was no answer to the other.
        """
        # What Odoo has changed in the database must be read from there.
        self.env.invalidate_all()
        # Sudo: who spoke does not depend on who merges contacts.
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        tickets = tickets.search([("partner_id", "=", partner.id)])
        if not tickets:
            return
        said = Domain("escalation_voice", "in", ["inside", ASIDE, "silent"])
        if not tickets._escalation_find_users(partner):
            said = (
                Domain("escalation_voice", "in", ["inside", ASIDE])
                & Domain("escalation_party", "=", False)
                & (
                    Domain("partner_ids", "in", partner.ids)
                    | Domain("notification_ids.res_partner_id", "in", partner.ids)
                )
            )
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            Domain("model", "=", tickets._name)
            & Domain("res_id", "in", tickets.ids)
            & said
        )
        tickets._escalation_guard_answer(
            True, lambda: messages._judge_escalation_again(anew=True)
        )
        tickets._escalation_resolve(True)
