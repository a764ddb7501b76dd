from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.mail_text import within_sentence

MINUTES_PER_YEAR = 365 * 24 * 60
MAX_GROUP_SIZE = 50


class HelpdeskEscalationStep(models.Model):
    _name = "helpdesk.escalation.step"
    _description = "Escalation Step"
    _inherit = ["helpdesk.escalation.input"]
    _order = "delay, id"

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id")
    delay = fields.Integer(
        string="Delay (minutes)",
        required=True,
        default=30,
        help="How long the client waits before this step fires, counted from the start "
        "chosen in Count From, not from the previous step.",
    )
    recipient = fields.Selection(
        selection=[
            ("responsible", "Responsible"),
            ("team_leader", "Team leader"),
            ("parent_team_leader", "Parent team's leader"),
            ("account_manager", "Account manager"),
            ("user", "Named users"),
            ("group", "A group"),
        ],
        string="Who to Notify",
        required=True,
        default="responsible",
        help="Who is notified. It is determined when the step fires.",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Users",
        context={"active_test": False},
        domain="[('share', '=', False)]",
        help="The people to notify when the recipient is named users.",
    )
    group_id = fields.Many2one(
        comodel_name="res.groups",
        help="Everybody in this group is notified when the recipient is a group.",
    )
    channel = fields.Selection(
        selection=[("activity", "Notification"), ("email", "Email")],
        required=True,
        default="activity",
        help="Notification: an activity in Odoo. Email: a personal email with an "
        '"I\'m on it" button.',
    )

    recipient_label = fields.Char(
        string="Notifies",
        compute="_compute_recipient_label",
        help="Whom the step notifies, in words.",
    )

    _delay_range = models.Constraint(
        f"CHECK (delay >= 0 AND delay <= {MINUTES_PER_YEAR})",
        "The delay of a step must be between 0 minutes and one year.",
    )

    @api.depends("delay", "recipient", "channel", "group_id", "user_ids")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            words = {
                "whom": step._get_recipient_phrase(),
                "channel": step._get_channel_label(),
            }
            step.display_name = (
                self.env._(
                    "After %(delay)s: %(channel)s to %(whom)s",
                    delay=step._format_delay(),
                    **words,
                )
                if step.delay
                else self.env._("At once: %(channel)s to %(whom)s", **words)
            )

    @api.depends("recipient", "group_id", "user_ids")
    @api.depends_context("lang")
    def _compute_recipient_label(self):
        for step in self:
            step.recipient_label = step._get_recipient_label()

    @api.constrains("recipient", "user_ids", "policy_id")
    def _check_user_ids(self):
        for step in self.filtered(lambda step: step.recipient == "user"):
            users = step.user_ids
            if not users:
                raise ValidationError(
                    self.env._(
                        "A step that notifies named users needs at least one user."
                    )
                )
            for user in users:
                if user.share:
                    raise ValidationError(
                        self.env._(
                            "%(user)s is not an internal user and cannot be notified.",
                            user=user.name,
                        )
                    )
                company = step.policy_id.company_id
                if company and company not in user.company_ids:
                    raise ValidationError(
                        self.env._(
                            "%(user)s has no access to %(company)s, the company of "
                            "the policy. Choose somebody who has.",
                            user=user.name,
                            company=company.name,
                        )
                    )

    @api.constrains("recipient", "group_id")
    def _check_group_id(self):
        for step in self.filtered(lambda step: step.recipient == "group"):
            if not step.group_id:
                raise ValidationError(
                    self.env._("A step that notifies a group needs a group.")
                )
            size = len(step._get_group_users())
            if size > MAX_GROUP_SIZE:
                raise ValidationError(
                    self.env._(
                        "The group %(group)s has %(size)s people, and a step notifies "
                        "%(most)s at most. Choose a smaller group.",
                        group=step.group_id.display_name,
                        size=size,
                        most=MAX_GROUP_SIZE,
                    )
                )
            if not size:
                raise ValidationError(
                    self.env._(
                        "Nobody is in the group %(group)s. Add people to it first, or "
                        "choose another one.",
                        group=step.group_id.display_name,
                    )
                )

    def write(self, vals):
        if "policy_id" in vals and any(
            step.policy_id.id != vals["policy_id"] for step in self
        ):
            # The policy left behind could be without steps, and its incidents too.
            raise UserError(
                self.env._(
                    "A step stays with its policy. Add a new step to the other policy, "
                    "and delete this one here."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last(self):
        if self.env.context.get("escalation_policy_write"):
            return
        for policy in self.policy_id:
            if policy.active and not policy.step_ids - self:
                raise UserError(
                    self.env._(
                        "A policy needs at least one step before it can be active. "
                        "Archive %(policy)s before you delete its last step.",
                        policy=policy.name,
                    )
                )

    def _get_recipient_label(self):
        """Name whom the step notifies, in words for people."""
        self.ensure_one()
        # Sudo: names of groups and people whom the reader may not see.
        if self.recipient == "group":
            return self._get_group_label(self.group_id.sudo())
        if self.recipient == "user":
            return ", ".join(self.user_ids.sudo().mapped("name"))
        labels = dict(self._fields["recipient"]._description_selection(self.env))
        return labels[self.recipient]

    @api.model
    def _get_group_label(self, group):
        """Name a group as people know it: what its name says itself is not repeated.

        Odoo puts the privilege before it, as in "Helpdesk / Helpdesk Manager".
        """
        privilege = (group.privilege_id.name or "").split()
        if privilege and privilege[0].lower() in (group.name or "").lower().split():
            return group.name
        return group.display_name

    def _get_recipient_phrase(self):
        """Name whom the step notifies, within a sentence."""
        self.ensure_one()
        label = self._get_recipient_label()
        return {
            "responsible": self.env._("the responsible"),
            "team_leader": self.env._("the team leader"),
            "parent_team_leader": self.env._("the parent team's leader"),
            "account_manager": self.env._("the account manager"),
            "group": self.env._("the group %s", label),
        }.get(self.recipient, label)

    def _get_kind(self):
        """What makes two steps the same: when, whom and how they notify."""
        self.ensure_one()
        return (
            self.delay,
            self.recipient,
            self.channel,
            self.recipient == "group" and self.group_id,
            self.recipient == "user" and self.user_ids,
        )

    def _get_channel_label(self):
        labels = dict(self._fields["channel"]._description_selection(self.env))
        return within_sentence(labels[self.channel], self.env.lang)

    def _format_delay(self):
        """Write the delay as people say it: 90 is "1h 30min"."""
        self.ensure_one()
        return self._format_minutes(self.delay)

    @api.model
    def _format_minutes(self, minutes):
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        parts = []
        if days:
            parts.append(self.env._("%sd", days))
        if hours:
            parts.append(self.env._("%sh", hours))
        if minutes or not parts:
            parts.append(self.env._("%smin", minutes))
        return " ".join(parts)

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def _get_recipients(self, ticket):
        """Return the users whom this step means for a ticket, each once (R7).

        To add a kind of recipient: add it to the selection and write a method
        ``_get_recipients_<kind>(ticket)`` that returns users, reachable or not.

        :rtype: res.users
        """
        self.ensure_one()
        # Sudo: whom it means does not depend on who asks.
        return getattr(self.sudo(), f"_get_recipients_{self.recipient}")(ticket)

    def _get_recipients_responsible(self, ticket):
        return ticket.user_id

    def _get_recipients_team_leader(self, ticket):
        return ticket.team_id.user_id

    def _get_recipients_parent_team_leader(self, ticket):
        return ticket.team_id.parent_id.user_id

    def _get_recipients_account_manager(self, ticket):
        return ticket.partner_id.user_id or ticket.commercial_partner_id.user_id

    def _get_recipients_user(self, ticket):
        return self.user_ids

    def _get_recipients_group(self, ticket):
        return self._get_group_users()

    def _get_group_users(self):
        """Members, implied ones too; whoever can never be notified is no member."""
        # Sudo: groups are for administrators, and managers choose them in steps.
        return self.sudo().group_id.all_user_ids.filtered(
            lambda user: user.active and not user.share
        )

    def _get_nobody_reason(self, ticket):
        """Say why this step means nobody at all."""
        self.ensure_one()
        return {
            "responsible": self.env._("The ticket has no responsible."),
            "team_leader": self.env._("The team has no leader."),
            "parent_team_leader": self.env._("The parent team has no leader."),
            "account_manager": self.env._("The client has no salesperson."),
            "user": self.env._("The step names no user."),
            "group": self.env._("The group is empty."),
        }.get(self.recipient, self.env._("Nobody was found."))
