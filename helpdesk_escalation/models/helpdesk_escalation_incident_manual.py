from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .groups import STAFF_GROUP


class HelpdeskEscalationIncident(models.Model):
    """Incidents by hand: taken, sent back, de-escalated or escalated further."""

    _inherit = "helpdesk.escalation.incident"

    kind = fields.Selection(
        selection_add=[("manual", "By hand")], ondelete={"manual": "cascade"}
    )
    # A handover needs no policy: the receiver is told all the same.
    policy_id = fields.Many2one(required=False)
    confirmed_via = fields.Selection(selection_add=[("answer", "Answer")])
    resolution = fields.Selection(
        selection_add=[
            ("sent_back", "Sent back"),
            ("de_escalated", "De-escalated"),
            ("escalated_further", "Escalated further"),
        ]
    )
    brief_id = fields.Many2one(
        comodel_name="helpdesk.escalation.brief",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="What was handed over, of an incident by hand.",
    )
    handed_over_by_id = fields.Many2one(related="brief_id.user_id")
    brief_body = fields.Html(
        string="The Brief", compute="_compute_brief_body", sanitize=False
    )
    may_hand_back = fields.Boolean(compute="_compute_may_hand_back")
    may_de_escalate = fields.Boolean(compute="_compute_may_hand_back")

    _policy_or_brief = models.Constraint(
        "CHECK (policy_id IS NOT NULL OR kind = 'manual')",
        "Only an incident by hand can do without a policy.",
    )

    @api.depends("brief_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_brief_body(self):
        for incident in self:
            brief = incident.brief_id
            incident.brief_body = brief._render_body() if brief else False

    def _compute_may_confirm(self):
        result = super()._compute_may_confirm()
        for incident in self:
            if incident._is_escalator(self.env.user):
                incident.may_confirm = False
        return result

    @api.depends("state", "kind")
    @api.depends_context("uid")
    def _compute_may_hand_back(self):
        for incident in self:
            is_open = incident.kind == "manual" and incident.state != "resolved"
            incident.may_de_escalate = is_open and incident._may_close_handover(
                self.env.user
            )
            incident.may_hand_back = (
                incident.may_de_escalate and not incident._is_escalator(self.env.user)
            )

    def _is_escalator(self, user):
        """Whether a person asked for help here: nobody takes their own handover."""
        return self.kind == "manual" and self.sudo().brief_id.user_id == user

    def _may_confirm(self, user):
        return not self._is_escalator(user) and super()._may_confirm(user)

    def _check_may_confirm(self, user):
        if self._is_escalator(user):
            raise AccessError(
                self.env._(
                    "You handed this ticket over yourself, so somebody else takes it. "
                    "If you can go on with it by now, de-escalate it."
                )
            )
        return super()._check_may_confirm(user)

    def _may_close_handover(self, user):
        """Whether a person may send back or de-escalate: helpdesk staff who see it."""
        return super()._may_confirm(user) and user.has_group(STAFF_GROUP)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_send_back(self):
        """Say what is missing: opens a small dialog."""
        return self._open_return("send_back", self.env._("Send Back"))

    def action_de_escalate(self):
        """Give the ticket back once the hard part is done: opens a small dialog."""
        return self._open_return("de_escalate", self.env._("De-escalate"))

    def action_escalate_further(self):
        """Hand the ticket over to the next tier: opens the dialog of a handover."""
        self.ensure_one()
        self.check_access("read")
        return self.ticket_id.action_escalation_escalate()

    def action_open_brief(self):
        """Open the brief."""
        self.ensure_one()
        self.check_access("read")
        return self.brief_id.get_formview_action()

    def _open_return(self, kind, title):
        self.ensure_one()
        self.check_access("read")
        self._check_may_return(kind)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "helpdesk.escalation.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_incident_id": self.id, "default_kind": kind},
        }

    def _check_may_return(self, kind):
        """Say why somebody may not send back or de-escalate, if so.

        :raise AccessError: who is not staff on the ticket; who sends back to oneself
        :raise UserError: when there is nothing open to give back
        """
        user = self.env.user
        if not self._may_close_handover(user) or (
            kind == "send_back" and self._is_escalator(user)
        ):
            raise AccessError(
                self.env._("Only staff who received the ticket can give it back.")
            )
        incident = self.sudo()
        if incident.kind != "manual":
            raise UserError(
                self.env._("Nobody handed this ticket over. Answer the client instead.")
            )
        if incident.state == "resolved":
            raise UserError(self._get_state_sentence())

    # ------------------------------------------------------------------
    # What comes of a handover
    # ------------------------------------------------------------------

    def _confirm(self, user, via, until=False):
        result = super()._confirm(user, via, until)
        brief = self.sudo().brief_id
        if result and not brief.outcome:
            brief._keep_outcome("taken", False, user)
        return result

    def _hand_back(self, resolution, reason, user):
        """End open incidents by hand and keep who did it, and why.

        :param str resolution: "sent_back", "de_escalated" or "escalated_further"
        """
        incidents = self.filtered(lambda incident: incident.state != "resolved")
        incidents._resolve(resolution)
        incidents.brief_id._keep_outcome(resolution, reason, user)

    def _pass_on(self):
        policy = self.ticket_id.effective_escalation_policy_id
        if self.kind == "manual" and not policy:
            return self.env["helpdesk.escalation.engine"].sudo()._pass_on_by_hand(self)
        return super()._pass_on()

    def _get_handover_words(self):
        """Say in one sentence who handed what over to whom, and who has taken it."""
        self.ensure_one()
        brief = self.sudo().brief_id
        words = self.env._(
            "%(name)s handed this over to %(to)s at %(time)s",
            name=brief.user_id.name,
            to=brief.with_env(self.env)._name_place(brief.to_team_id, brief.to_user_id),
            time=self._format_moment(brief.handover_date),
        )
        if self.state == "confirmed":
            return f"{words}. {self._get_state_sentence()}."
        if self.nobody_reached:
            return self.env._("%s, and nobody could be told.", words)
        return self.env._("%s. Nobody has taken it yet.", words)

    def _prepare_first_stop(self):
        brief = self.sudo().brief_id
        if not brief:
            return super()._prepare_first_stop()
        return {
            "time": self._format_moment(self.anchor_date),
            "title": self.env._(
                "%(name)s handed this over to %(to)s",
                name=brief.user_id.name,
                to=brief._get_to_words(),
            ),
            "text": self.policy_id.name,
            "icon": "fa-level-up",
            "tone": "info",
        }

    def _prepare_last_stop(self):
        stop = super()._prepare_last_stop()
        brief = self.sudo().brief_id
        if brief.outcome == self.resolution:
            words = [brief.outcome_user_id.name, brief.outcome_reason]
            stop["text"] = ": ".join(filter(None, words))
        return stop

    def _get_state_sentence(self):
        incident = self.sudo()
        if incident.kind == "manual" and incident.state == "active":
            return self.env._(
                "Handed over since %s", self._format_moment(incident.anchor_date)
            )
        return super()._get_state_sentence()
