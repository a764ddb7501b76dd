from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date

from .groups import MANAGER_GROUP, PREFETCH_GROUP

ABSENCE = ("out_of_office_from", "out_of_office_to")


class ResUsers(models.Model):
    _inherit = "res.users"

    escalation_substitute_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalation Substitute",
        domain="[('share', '=', False), ('id', '!=', id)]",
        prefetch=PREFETCH_GROUP,
        groups="base.group_user",
        help="Is notified about escalated tickets while this user is away.",
    )
    is_escalation_away = fields.Boolean(
        compute="_compute_escalation_away",
        groups="base.group_user",
        help="Whether escalations skip this user at the moment.",
    )
    escalation_away_until = fields.Datetime(
        compute="_compute_escalation_away",
        groups="base.group_user",
        help="Until when the user is away, where that is known.",
    )

    escalation_away_since = fields.Datetime(
        compute="_compute_escalation_away",
        groups="base.group_user",
        help="Since when the user is away, where that is known.",
    )
    escalation_lacks_substitute = fields.Boolean(
        compute="_compute_escalation_lacks_substitute",
        groups="base.group_user",
        help="The user is away, or is about to be, and nobody is notified about "
        "escalated tickets in their place.",
    )

    @api.depends("out_of_office_from", "out_of_office_to")
    def _compute_escalation_away(self):
        """Tell who is away now, by Odoo's own out-of-office (R7).

        Other sources of absence extend this method, for all users at once.
        """
        for user in self:
            user.is_escalation_away = user.is_out_of_office
            user.escalation_away_until = user.is_out_of_office and user.out_of_office_to
            user.escalation_away_since = (
                user.is_out_of_office and user.out_of_office_from
            )

    def _get_escalation_absences(self, begin, end):
        """Return when people are away between two moments, planned absences too (R7).

        As ``_compute_escalation_away`` says who is away now. Other sources of absence
        extend this method, for all users at once.

        :param datetime begin, end: naive UTC
        :return: per user id, from when until when; ``datetime.max`` where nobody knows
        :rtype: dict[int, list[tuple]]
        """
        absences = {}
        # Sudo: when somebody is away, whoever asks.
        for user in self.sudo().filtered("out_of_office_from"):
            since = user.out_of_office_from
            until = user.out_of_office_to or datetime.max
            if since < end and begin < until:
                absences[user.id] = [(since, until)]
        return absences

    @api.depends(
        "escalation_substitute_id",
        "is_escalation_away",
        "out_of_office_from",
        "out_of_office_to",
    )
    def _compute_escalation_lacks_substitute(self):
        now = fields.Datetime.now()
        for user in self:
            is_planned = user.out_of_office_from and (
                not user.out_of_office_to or user.out_of_office_to > now
            )
            user.escalation_lacks_substitute = bool(
                (is_planned or user.is_escalation_away)
                and not user.escalation_substitute_id
            )

    @api.constrains("escalation_substitute_id")
    def _check_escalation_substitute_id(self):
        # Sudo: an employee may read little of a colleague.
        for user in self.sudo():
            substitute = user.escalation_substitute_id
            if substitute == user:
                raise ValidationError(self.env._("Nobody can be their own substitute."))
            if substitute and (substitute.share or not substitute.active):
                raise ValidationError(
                    self.env._(
                        "%s cannot be a substitute: choose an active internal user.",
                        substitute.name,
                    )
                )

    def write(self, vals):
        # Employees arrange who stands in for them, helpdesk managers for all, with
        # when they are away, and nothing else of users. Odoo's own list of what one may
        # change of oneself is for portal users too, who could read the name of anybody
        # in this way. Sudo: for these fields, after asking.
        names = {"escalation_substitute_id"}
        if self != self.env.user and not self.has_access("write"):
            # Of oneself, Odoo lets everybody write when they are away.
            names.update(ABSENCE)
        arranged = {name: vals[name] for name in names & vals.keys()}
        if arranged and not self.env.su and self._may_arrange_substitute():
            self._check_absence(arranged)
            self.env["helpdesk.escalation.input"]._check_targets(self, arranged)
            super(ResUsers, self.sudo()).write(arranged)
            vals = {key: vals[key] for key in vals.keys() - arranged.keys()}
            if not vals:
                return True
        return super().write(vals)

    def _may_arrange_substitute(self):
        user = self.env.user
        if self == user:
            return user._is_internal()
        # Sudo: a manager may not see all companies of a colleague.
        return user.has_group(MANAGER_GROUP) and all(
            other.company_ids & user.company_ids for other in self.sudo()
        )

    def _check_absence(self, vals):
        """Check from when until when a manager says that people are away.

        :raise ValidationError: for outsiders, who are never notified, and for an
            absence that ends before it begins
        """
        if not set(ABSENCE) & vals.keys():
            return
        # Sudo: a manager may not see all of a colleague.
        for user in self.sudo():
            if user.share:
                raise ValidationError(
                    self.env._("%s is not an internal user.", user.name)
                )
            begin, end = (
                fields.Datetime.to_datetime(vals.get(name, user[name]))
                for name in ABSENCE
            )
            if end and (not begin or end < begin):
                raise ValidationError(
                    self.env._(
                        "The absence of %s ends before it begins. Correct one of the "
                        "two dates.",
                        user.name,
                    )
                )

    def action_escalation_end_absence(self):
        """Say that people are back: ends the absence that they, or a manager, set.

        Approved time off stays as it is.

        :raise AccessError: for others than a helpdesk manager and oneself
        """
        if not self._may_arrange_substitute():
            raise AccessError(
                self.env._("Only a helpdesk manager can say that somebody is back.")
            )
        self.write(dict.fromkeys(ABSENCE, False))
        return True

    # ------------------------------------------------------------------
    # R7 Who can be notified
    # ------------------------------------------------------------------

    def _escalation_unreachable_reason(self, ticket, channel):
        """Say why a person could never be notified of a ticket, or nothing (R7).

        :param ticket: the host's ticket, as superuser
        :param str channel: "activity" or "email"
        :return: a reason for people to read, False when there is none
        :rtype: str | bool
        """
        self.ensure_one()
        if not self.active:
            return self.env._("The user is archived.")
        if self.share:
            return self.env._("Not an internal user.")
        if ticket.company_id not in self.company_ids:
            return self.env._("No access to %s.", ticket.company_id.name)
        if ticket._escalation_is_own(self):
            return self.env._("They are the client of this ticket.")
        # The address is read whatever the channel: for all people of a run at once, and
        # their names with it, which each would otherwise be asked for alone.
        if not self.partner_id.email_normalized and channel == "email":
            return self.env._("No email address.")
        return False

    def _escalation_away_reason(self):
        """Say that a person is away, and until when, never why."""
        self.ensure_one()
        if not self.is_escalation_away:
            return False
        if not self.escalation_away_until:
            return self.env._("Away.")
        try:
            until = fields.Datetime.context_timestamp(
                self.with_context(tz=self.tz), self.escalation_away_until
            )
        except OverflowError:
            # The last day of the calendar stands for "for ever".
            return self.env._("Away.")
        return self.env._("Away until %s.", format_date(self.env, until.date()))

    def _escalation_find_substitute(self, ticket, channel):
        """Follow the substitutes of a person who is away (R7).

        :return: the first one who is there, empty after a circle or a dead end
        """
        self.ensure_one()
        seen = self
        substitute = self.escalation_substitute_id
        while substitute and substitute not in seen:
            if substitute._escalation_unreachable_reason(ticket, channel):
                break
            if not substitute.is_escalation_away:
                return substitute
            seen += substitute
            substitute = substitute.escalation_substitute_id
        return self.browse()
