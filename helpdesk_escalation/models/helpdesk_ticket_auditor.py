from odoo import api, models
from odoo.exceptions import AccessError

from .groups import AUDITOR_GROUP, STAFF_GROUP

INCIDENT = "helpdesk.escalation.incident"
TICKET = "helpdesk.ticket"


class HelpdeskTicket(models.Model):
    """S17: auditors read all tickets, and say nothing on them.

    Who may read a ticket may post on it in this helpdesk, which would answer clients.
    """

    _inherit = "helpdesk.ticket"

    def _escalation_only_audits(self):
        """Whether the user is an auditor, and does not work in the helpdesk."""
        user = self.env.user
        return user.has_group(AUDITOR_GROUP) and not user.has_group(STAFF_GROUP)

    def _escalation_filter_audited(self):
        """Return the tickets that the user reads as an auditor only."""
        if not self._escalation_only_audits():
            return self.browse()
        user = self.env.user
        # Sudo: who follows a ticket, is its client or was notified takes part in it.
        tickets = self.sudo().exists()
        return tickets.filtered(
            lambda ticket: (
                user.partner_id not in ticket.message_partner_ids | ticket.partner_id
                and user not in ticket.escalation_incident_ids.notification_ids.user_id
            )
        )

    def _escalation_check_not_audited(self):
        if self._escalation_filter_audited():
            raise AccessError(
                self.env._("Auditors of escalations read tickets and change nothing.")
            )

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation == "create":
            audited = self._escalation_filter_audited()
            operations.update({one: "write" for one in operations if one in audited})
        return operations

    @api.model
    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        if mode != "read" and self.browse(thread_id)._escalation_filter_audited():
            # Not by the link of the client either, which makes Odoo ask no further.
            return self.browse()
        return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)

    @api.model
    def _has_field_access(self, field, operation):
        if (
            field.name == self._mail_post_token_field
            and not self.env.su
            and self._escalation_only_audits()
        ):
            # With the token they would answer as the client, once they are logged out.
            return False
        return super()._has_field_access(field, operation)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if not self.env.su:
            self._escalation_check_not_audited()
        return super().message_subscribe(partner_ids, subtype_ids)


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation == "create":
            audited = self.sudo().ticket_id._escalation_filter_audited()
            operations.update(
                {one: "write" for one in operations if one.sudo().ticket_id in audited}
            )
        return operations

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if not self.env.su:
            self.sudo().ticket_id.sudo(False)._escalation_check_not_audited()
        return super().message_subscribe(partner_ids, subtype_ids)


class MailActivity(models.Model):
    """S17: nor do auditors plan anything there, or mark it done."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._escalation_check_not_audited(own=True)
        return activities

    def write(self, vals):
        self._escalation_check_not_audited()
        return super().write(vals)

    def unlink(self):
        self._escalation_check_not_audited()
        return super().unlink()

    def _action_done(self, feedback=False, attachment_ids=None):
        self._escalation_check_not_audited()
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _escalation_check_not_audited(self, own=False):
        """Refuse what an auditor does to an activity.

        :param bool own: to one of their own, too
        :raise AccessError: for auditors who have no part in the ticket
        """
        user = self.env.user
        if self.env.su or not user.has_group(AUDITOR_GROUP):
            return
        # Sudo: what it is about; whether the user may read it is asked elsewhere.
        others = self.sudo().filtered(lambda one: own or one.user_id != user)
        for model in (TICKET, INCIDENT):
            ids = others.filtered(lambda one, model=model: one.res_model == model)
            records = self.env[model].sudo().browse(ids.mapped("res_id")).exists()
            tickets = records if model == TICKET else records.ticket_id
            tickets.sudo(False)._escalation_check_not_audited()
