from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_escalation.models.groups import PREFETCH_GROUP
from odoo.addons.helpdesk_escalation.models.helpdesk_escalation_input import (
    MAX_INTEGER,
)

DEFAULT_MINUTES = 15
MAX_MINUTES = 24 * 60
MAX_ALARMS = 1000
RULES = {
    "escalation_hours_id",
    "escalation_off_channel",
    "escalation_second_channel",
    "escalation_second_minutes",
    "escalation_hourly_limit",
}


class ResUsers(models.Model):
    """How somebody wants to be notified, as far as the policies allow it."""

    _inherit = "res.users"

    escalation_hours_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="My Hours",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="Your working hours. Outside of them escalations reach you by the channel "
        "chosen here, where the policy allows it.",
    )
    escalation_off_channel = fields.Selection(
        selection="_selection_escalation_channel",
        string="Outside My Hours",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="How escalations reach you outside your hours. Empty: as the policy says.",
    )
    escalation_second_channel = fields.Selection(
        selection="_selection_escalation_channel",
        string="Second Channel",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="How you are reminded, once, of an escalation that nobody has taken. "
        "Empty: not at all.",
    )
    escalation_second_minutes = fields.Integer(
        string="Reminder After (minutes)",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="How many minutes after the notification you are reminded by the second "
        "channel.",
    )
    escalation_hourly_limit = fields.Integer(
        string="Escalations per Hour",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="How many escalations notify you within an hour at most. The others "
        "follow in one email, unless nobody else is notified by the same step. 0: no "
        "limit.",
    )

    @api.model
    def _selection_escalation_channel(self):
        """Offer what steps can choose; channels come and go with their add-ons."""
        step = self.env["helpdesk.escalation.step"]
        return step._fields["channel"]._description_selection(self.env)

    @api.onchange("escalation_hours_id")
    def _onchange_escalation_hours_id(self):
        if not self.escalation_hours_id:
            self.escalation_off_channel = False

    @api.onchange("escalation_second_channel")
    def _onchange_escalation_second_channel(self):
        if self.escalation_second_channel and not self.escalation_second_minutes:
            self.escalation_second_minutes = DEFAULT_MINUTES

    @api.constrains("escalation_hours_id", "escalation_off_channel")
    def _check_escalation_off_channel(self):
        for user in self.sudo():  # of oneself, too
            if user.escalation_off_channel and not user.escalation_hours_id:
                raise ValidationError(
                    self.env._(
                        "Choose your hours, or leave the channel outside of them empty."
                    )
                )

    @api.constrains("escalation_second_channel", "escalation_second_minutes")
    def _check_escalation_second_minutes(self):
        for user in self.sudo():  # of oneself, too
            if user.escalation_second_channel and not (
                1 <= user.escalation_second_minutes <= MAX_MINUTES
            ):
                raise ValidationError(
                    self.env._(
                        "The reminder comes after 1 to %s minutes.",
                        MAX_MINUTES,
                    )
                )

    @api.constrains("escalation_hourly_limit")
    def _check_escalation_hourly_limit(self):
        for user in self.sudo():  # of oneself, too
            if not 0 <= user.escalation_hourly_limit <= MAX_ALARMS:
                raise ValidationError(
                    self.env._(
                        "Enter how many escalations may notify you within an hour, "
                        "%s at most, or 0 for no limit.",
                        MAX_ALARMS,
                    )
                )

    def write(self, vals):
        # Everybody's own, and nobody else's but an administrator's. Odoo's list of what
        # one may change of oneself is for portal users too.
        rules = {name: vals[name] for name in RULES & vals.keys()}
        self._check_rules(rules)
        user = self.env.user
        if rules and not self.env.su and self == user and user._is_internal():
            self.env["helpdesk.escalation.input"]._check_targets(self, rules)
            super(ResUsers, self.sudo()).write(rules)  # after asking
            vals = {key: vals[key] for key in vals.keys() - rules.keys()}
            if not vals:
                return True
        return super().write(vals)

    @api.model
    def _check_rules(self, rules):
        """Check what is written of rules, which Odoo does not: whether a channel is one
        of those that are offered, and whether the database can hold a number.

        What was chosen before and is gone with its add-on stops nobody.

        :raise ValidationError: says what to do
        """
        offered = [False, None, *dict(self._selection_escalation_channel())]
        for name, value in rules.items():
            label = self._fields[name]._description_string(self.env)
            if self._fields[name].type == "selection" and value not in offered:
                raise ValidationError(
                    self.env._(
                        "%s: there is no such channel. Choose one from the list.", label
                    )
                )
            if isinstance(value, int | float) and abs(value) > MAX_INTEGER:
                raise ValidationError(
                    self.env._(
                        "%s: this number is too large. Choose a smaller one.", label
                    )
                )

    # ------------------------------------------------------------------
    # As the run asks
    # ------------------------------------------------------------------

    def _escalation_choose_channel(self, policy, ticket, channel, moment):
        """Return by which channel the person wants to be notified at a moment.

        Only where that can reach them, and the policy allows it: nobody makes
        themselves unreachable.

        :param str channel: the one that the step names
        :param datetime moment: naive UTC
        """
        own = self.escalation_off_channel
        if (
            not own
            or own == channel
            or not policy._allows_personal(own)
            or self._escalation_is_at_work(moment)
            or self._escalation_unreachable_reason(ticket, own)
        ):
            return channel
        return own

    def _escalation_is_at_work(self, moment):
        """Whether a moment is within the person's own hours."""
        calendar = self.escalation_hours_id
        if not calendar:
            return True
        # The same for all incidents of a run, which may be many.
        minute = moment.replace(second=0, microsecond=0)
        known = self.env.cr.cache.setdefault("helpdesk_escalation_personal", {})
        key = (calendar.id, minute)
        if key not in known:
            hours = calendar._escalation_working_time(self.company_id)
            known[key] = hours.is_open(minute)
        return known[key]

    def _escalation_get_second(self, policy, channel):
        """Return the second channel, where the person has one beside the first.

        :param str channel: by which they were notified
        :rtype: str | bool
        """
        second = self.escalation_second_channel
        if not second or second == channel or not policy._allows_personal(second):
            return False
        return second
