from odoo import api, fields, models

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP, VIEWER_GROUPS
from odoo.addons.helpdesk_escalation.models.helpdesk_ticket import CLOCK_FIELDS
from odoo.addons.helpdesk_escalation.tools.notices import make_notice

from .helpdesk_ticket import SIGN_OFF_TYPE


class HelpdeskTicket(models.Model):
    """What is shown of a sign-off, and asking for it in one click."""

    _inherit = "helpdesk.ticket"

    escalation_sign_off = fields.Selection(
        selection=[("needed", "Needs sign-off"), ("signed", "Signed off")],
        string="Sign-off",
        compute="_compute_escalation_sign_off",
        groups=VIEWER_GROUPS,
        help="Whether a helpdesk manager or the team's leader has to close this "
        "ticket, or has done so.",
    )
    escalation_sign_off_text = fields.Char(
        string="Sign-off in Words",
        compute="_compute_escalation_sign_off",
        groups=VIEWER_GROUPS,
    )
    escalation_may_sign_off = fields.Boolean(
        compute="_compute_escalation_sign_off", groups=VIEWER_GROUPS
    )

    @api.depends("company_id", *CLOCK_FIELDS)
    @api.depends_context("uid", "lang", "tz")
    def _compute_escalation_sign_off(self):
        saved = self._origin
        needing = (saved - saved._filter_settled())._filter_sign_off()
        for ticket in self:
            # Sudo: what was done on a ticket is for whoever reads it.
            signer = ticket._origin.sudo().escalation_signed_off_by_id
            needed = ticket._origin in needing
            ticket.escalation_may_sign_off = needed and ticket._origin._may_sign_off()
            ticket.escalation_sign_off = (
                "needed" if needed else "signed" if signer else False
            )
            ticket.escalation_sign_off_text = ticket._origin._get_sign_off_words(
                needed, signer
            )

    def _get_sign_off_words(self, needed, signer):
        """Say that a sign-off is needed, and who gave the last one."""
        words = []
        if needed:
            words.append(
                self.env._(
                    "Closing needs the sign-off of the team's leader or a helpdesk "
                    "manager."
                )
            )
        if signer:
            # Sudo: see above.
            moment = self.env["helpdesk.escalation.incident"]._format_moment(
                self.sudo().escalation_signed_off_date
            )
            signed = {"name": signer.name, "time": moment}
            words.append(
                self.env._("Last signed off by %(name)s: %(time)s.", **signed)
                if needed
                else self.env._("Signed off by %(name)s: %(time)s.", **signed)
            )
        return " ".join(words) or False

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
        if (
            leader
            and self._is_sign_off_leader(leader)
            and not leader._escalation_unreachable_reason(self, "activity")
        ):
            if not leader._escalation_away_reason():
                return leader
            substitute = leader._escalation_find_substitute(self, "activity")
            if substitute and substitute.has_group(MANAGER_GROUP):
                return substitute
        managers = self.env.ref(MANAGER_GROUP).all_user_ids
        return managers.filtered(
            lambda user: not user._escalation_unreachable_reason(self, "activity")
        )
