from odoo import SUPERUSER_ID, models
from odoo.exceptions import RedirectWarning

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP
from odoo.addons.helpdesk_escalation.tools.notices import make_notice

SIGN_OFF_TYPE = "helpdesk_escalation_sign_off.mail_activity_type_sign_off"


class HelpdeskTicket(models.Model):
    """Closing that needs a manager's sign-off."""

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        # Sudo: whoever closes it need not read stages.
        closes = bool(vals.get("stage_id")) and (
            self.env["helpdesk.ticket.stage"].sudo().browse(vals["stage_id"]).closed
        )
        if closes:
            self._check_sign_off()
        result = super().write(vals)
        if closes:
            # Sudo: whoever was asked, nobody needs to sign any more.
            self.sudo().activity_unlink([SIGN_OFF_TYPE])
        return result

    def _check_sign_off(self):
        """Stop an agent who closes a ticket that needs a manager's sign-off.

        It is the person that counts, whatever door they come through: the portal's
        button closes as superuser. Clients and the system itself are not stopped.

        :raise RedirectWarning: with a button that asks for the sign-off
        """
        user = self.env.user
        if user.id == SUPERUSER_ID or not user._is_internal():
            return
        if user.has_group(MANAGER_GROUP):
            return
        # Sudo: what a ticket needs does not depend on what the user may read of its
        # team and client; they are named to whoever just had them in hand.
        tickets = self.filtered(
            lambda ticket: not ticket.sudo().stage_id.closed
            and ticket.sudo().team_id.user_id != user
        )._filter_sign_off()
        if tickets:
            names = ", ".join(tickets.sudo()[:5].mapped("display_name"))
            raise RedirectWarning(
                self.env._(
                    "Closing needs a manager's sign-off here: %s. Ask for it, and it "
                    "will be closed for you.",
                    names if len(tickets) <= 5 else f"{names}, …",
                ),
                self.env.ref(
                    "helpdesk_escalation_sign_off.helpdesk_ticket_action_ask_sign_off"
                ).id,
                self.env._("Ask for sign-off"),
                {"active_model": self._name, "active_ids": tickets.ids},
            )

    def _filter_sign_off(self):
        """Return the tickets whose policy or client wants a sign-off.

        As superuser, whoever asks: a client's setting is for few to read.
        """
        clocks = self._get_escalation_clocks()
        by_policy = {clock.id for clock in clocks if clock.policy_id.closing_sign_off}
        return self.filtered(
            lambda ticket: ticket.id in by_policy
            or ticket.sudo()._client_wants_sign_off()
        )

    def _client_wants_sign_off(self):
        return self.partner_id._escalation_wants_sign_off(self.company_id)

    def action_escalation_ask_sign_off(self):
        """Ask the team's leader to close the tickets, else the managers; once.

        :raise AccessError: when the user may not edit the tickets
        """
        self.check_access("write")
        # Sudo: activities and names of people whom the user may not see.
        asked_before = self.sudo().activity_search([SIGN_OFF_TYPE])
        names = asked_before.user_id
        for ticket in self - self.browse(asked_before.mapped("res_id")):
            users = ticket.sudo()._get_signers()
            ticket._escalation_remind(
                users,
                SIGN_OFF_TYPE,
                lambda env: env._("%s asks you to close this", env.user.name),
                False,
            )
            names |= users
        if not names:
            message = self.env._("There is no manager who could be asked.")
        elif asked_before and asked_before.user_id == names:
            message = self.env._(
                "%s has been asked already.", ", ".join(names.mapped("name"))
            )
        else:
            message = self.env._(
                "%s is asked to sign off.", ", ".join(names.mapped("name"))
            )
        return make_notice(message, "success" if names else "warning")

    def _get_signers(self):
        """Return whom to ask: the leader or their substitute, else the managers."""
        leader = self.team_id.user_id
        if leader and not leader._escalation_unreachable_reason(self, "activity"):
            if not leader._escalation_away_reason():
                return leader
            substitute = leader._escalation_find_substitute(self, "activity")
            if substitute and substitute.has_group(MANAGER_GROUP):
                return substitute
        managers = self.env.ref(MANAGER_GROUP).all_user_ids
        return managers.filtered(
            lambda user: not user._escalation_unreachable_reason(self, "activity")
        )
