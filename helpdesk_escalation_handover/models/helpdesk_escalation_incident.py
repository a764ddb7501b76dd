from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.helpdesk_escalation.models.groups import STAFF_GROUP

HANDOVER_TYPE = "helpdesk_escalation_handover.mail_activity_type_handover"


class HelpdeskEscalationIncident(models.Model):
    """Incidents by hand: taken, sent back, de-escalated or escalated further."""

    _inherit = "helpdesk.escalation.incident"

    kind = fields.Selection(
        selection_add=[("manual", "By hand")], ondelete={"manual": "set other"}
    )
    confirmed_via = fields.Selection(
        selection_add=[("answer", "Answer")], ondelete={"answer": "set ticket"}
    )
    resolution = fields.Selection(
        selection_add=[
            ("sent_back", "Sent back"),
            ("de_escalated", "De-escalated"),
            ("escalated_further", "Escalated further"),
        ],
        ondelete=dict.fromkeys(
            ("sent_back", "de_escalated", "escalated_further"), "set other"
        ),
    )
    handover_id = fields.Many2one(
        comodel_name="helpdesk.escalation.handover",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="What was handed over, of an incident by hand.",
    )
    handed_over_by_id = fields.Many2one(related="handover_id.user_id")
    handover_body = fields.Html(
        string="The Handover", compute="_compute_handover_body", sanitize=False
    )
    client_waiting_since = fields.Datetime(
        compute="_compute_client_waiting_since",
        help="Since when the client waits whose ticket was handed over.",
    )
    may_hand_back = fields.Boolean(compute="_compute_may_hand_back")
    may_de_escalate = fields.Boolean(compute="_compute_may_hand_back")

    @api.depends("handover_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_handover_body(self):
        for incident in self:
            handover = incident.handover_id
            # Superuser rights alone show it to nobody (R14).
            seen = handover.sudo().ticket_id.sudo(False).has_access("read")
            incident.handover_body = (
                handover._render_body() if handover and seen else False
            )

    @api.depends("state", "anchor_date")
    def _compute_client_waiting_since(self):
        for incident in self:
            waits = incident._get_joint().filtered(
                lambda one: one.kind == "automatic" and one.state != "resolved"
            )
            incident.client_waiting_since = (
                incident.kind == "manual" and waits[:1].anchor_date
            )

    def _compute_may_confirm(self):
        result = super()._compute_may_confirm()
        for incident in self:
            if incident._is_escalator(self.env.user):
                incident.may_confirm = incident.may_assign = False
        return result

    def _compute_may_take_over(self):
        result = super()._compute_may_take_over()
        for incident in self:
            if incident._is_escalator(self.env.user):
                incident.may_take_over = False
        return result

    @api.depends("state", "kind")
    @api.depends_context("uid")
    def _compute_may_hand_back(self):
        user = self.env.user
        for incident in self:
            is_open = incident.kind == "manual" and incident.state != "resolved"
            incident.may_de_escalate = is_open and incident._may_close_handover(user)
            incident.may_hand_back = (
                is_open
                and incident._may_close_handover(user, "send_back")
                and not incident._is_escalator(user)
            )

    def _get_handover(self):
        """Return the handover, as superuser.

        For naming who handed what over to whom, also to who has lost the ticket by it,
        and for keeping what came of it, which nobody else writes.
        """
        return self.sudo().handover_id

    def _is_escalator(self, user):
        """Whether a person asked for help here: nobody takes their own handover."""
        return self.kind == "manual" and self._get_handover().user_id == user

    def _may_confirm(self, user):
        return not self._is_escalator(user) and super()._may_confirm(user)

    def _may_be_seen_by(self, user):
        if self._is_escalator(user):
            # Sudo: the person's right is asked for, not the reader's.
            return user.active and self.sudo().ticket_id.with_user(user).has_access(
                "read"
            )
        return super()._may_be_seen_by(user)

    def _check_may_confirm(self, user):
        if self._is_escalator(user):
            raise AccessError(
                self.env._(
                    "You handed this ticket over yourself, so somebody else takes it. "
                    "If you can go on with it by now, de-escalate it."
                )
            )
        return super()._check_may_confirm(user)

    def _may_close_handover(self, user, kind="de_escalate"):
        """Whether a person may send back or de-escalate: helpdesk staff who see it.

        Whoever was notified may send it back, helpdesk user or not (R8).
        """
        return super()._may_confirm(user) and (
            kind == "send_back" or user.has_group(STAFF_GROUP)
        )

    def _check_may_know(self):
        """Let people know of a case who read it, or were notified of it.

        :raise AccessError: for all others
        """
        user = self.env.user
        if user.id == SUPERUSER_ID:
            return
        if user.has_group(STAFF_GROUP):
            self.sudo(False).check_access("read")
        # Sudo: they need not read incidents.
        elif not all(incident._may_be_seen_by(user) for incident in self.sudo()):
            raise AccessError(
                self.env._("Only staff who received the ticket can give it back.")
            )

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

    def action_open_handover(self):
        """Open the handover."""
        self.ensure_one()
        self.check_access("read")
        return self.handover_id.get_formview_action()

    def _open_return(self, kind, title):
        self.ensure_one()
        self.check_access("read")
        self._check_may_return(kind)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "helpdesk.escalation.handover.return",
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
        if not self._may_close_handover(user, kind) or (
            kind == "send_back" and self._is_escalator(user)
        ):
            raise AccessError(
                self.env._("Only staff who received the ticket can give it back.")
            )
        # Sudo: who may was asked above.
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

    @api.model
    def _get_kind_order(self):
        return ["manual", *super()._get_kind_order()]

    def _relieve_escalator(self):
        """Take the older alarms of the ticket off the plate of who handed it over.

        And those that the receiver has had of it: the handover is the newer one.
        """
        self.ensure_one()
        escalator = self.handover_id.user_id
        older = (self._get_joint() - self).notification_ids.filtered(
            lambda line: line.state in ("pending", "sent") and not line.is_replaced
        )
        of_escalator = older.filtered(
            lambda line: escalator in (line.user_id, line.activity_id.user_id)
        )
        of_escalator.is_replaced = True
        receivers = self.notification_ids.activity_id.user_id
        of_receivers = older.filtered(lambda line: line.activity_id.user_id & receivers)
        (of_escalator | of_receivers)._withdraw()
        # That it was sent back is seen to now.
        self.ticket_id.activity_ids.filtered(
            lambda activity: activity.user_id == escalator
            and activity.activity_type_id == self.env.ref(HANDOVER_TYPE)
        ).unlink()

    def _get_receiver_values(self):
        """Work out whom a handover notifies: the first of these who can be (R7).

        The person it is for; else the leader of the receiving team; else its members;
        else the same people as after the last step of a policy.

        :return: values of notifications, and whether anybody was reached
        """
        self.ensure_one()
        handover = self.handover_id
        policy = self.policy_id
        step = self.env["helpdesk.escalation.step"]
        team = handover.to_team_id or handover.ticket_id.team_id
        channels = ["activity"]
        if team.escalation_mail_receiver:
            channels.append("email")
        all_values, notified = [], set()
        for users in (
            handover.to_user_id,
            team.user_id - handover.user_id,
            team.user_ids - handover.user_id,
        ):
            reached_any = False
            for channel in channels:
                values, reached = self._get_user_values(
                    policy, step, users, notified, channel
                )
                for value in values:
                    value["step_name"] = self.env._("Handed over")
                all_values += values
                reached_any |= reached
            if reached_any:
                return all_values, True
        values, reached = self._get_fallback_values(policy, step, notified)
        return all_values + values, reached

    def _confirm(self, user, via, until=False):
        taken = super()._confirm(user, via, until)
        open_ones = taken._get_handover().filtered(lambda one: not one.outcome)
        open_ones._keep_outcome("taken", False, user)
        return taken

    def _hand_back(self, resolution, reason, user):
        """End open incidents by hand and keep who did it, and why.

        :param str resolution: "sent_back", "de_escalated" or "escalated_further"
        """
        incidents = self.filtered(lambda incident: incident.state != "resolved")
        incidents._resolve(resolution)
        incidents.handover_id._keep_outcome(resolution, reason, user)

    def _pass_on(self):
        policy = self.ticket_id.effective_escalation_policy_id
        if self.kind != "manual" or policy:
            return super()._pass_on()
        # No policy watches it: who would be fallen back on is notified now.
        step = self.env["helpdesk.escalation.step"]
        values, reached = self._get_fallback_values(self.policy_id, step, set())
        self.nobody_reached = not reached
        words = self._get_step_words(self.env._("Fallback"), values)
        stories = {self: [words]}
        self._notify(values, stories)
        return self._log_stories(stories)

    def _get_handover_words(self):
        """Say in one sentence who handed what over to whom, and who has taken it."""
        self.ensure_one()
        handover = self._get_handover()
        words = self.env._(
            "%(name)s handed this over to %(to)s at %(time)s",
            name=handover.user_id.name,
            to=handover.with_env(self.env)._name_place(
                handover.to_team_id, handover.to_user_id
            ),
            time=self._format_moment(handover.handover_date),
        )
        if self.state == "confirmed":
            return f"{words}. {self._get_state_sentence()}"
        if self.nobody_reached:
            return self.env._("%s, and nobody could be notified", words)
        return self.env._("%s. Nobody has taken it yet", words)

    def _prepare_first_stop(self):
        handover = self._get_handover()
        if not handover:
            return super()._prepare_first_stop()
        return {
            "time": self._format_moment(self.anchor_date),
            "title": self.env._(
                "%(name)s handed this over to %(to)s",
                name=handover.user_id.name,
                to=handover._get_to_words(),
            ),
            "text": self.policy_id.name,
            "icon": "fa-level-up",
            "tone": "info",
        }

    def _prepare_last_stop(self):
        stop = super()._prepare_last_stop()
        handover = self._get_handover()
        if handover.outcome == self.resolution:
            words = [handover.outcome_user_id.name, handover.outcome_reason]
            stop["text"] = ": ".join(filter(None, words))
        return stop

    def _get_state_sentence(self):
        # Sudo: said also to who was late and may read it no more.
        incident = self.sudo()
        if incident.kind == "manual" and incident.state == "active":
            return self.env._(
                "Handed over since %s", self._format_moment(incident.anchor_date)
            )
        return super()._get_state_sentence()
