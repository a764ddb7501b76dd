from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..tools.locks import lock_rows
from ..tools.program import is_program
from .groups import MANAGER_GROUP, STAFF_GROUP


class HelpdeskEscalationIncident(models.Model):
    """R10: leaders and managers take a confirmation over, or reopen the escalation.

    The story keeps who was on it before, and they are informed.
    """

    _inherit = "helpdesk.escalation.incident"

    may_take_over = fields.Boolean(
        compute="_compute_may_take_over",
        help="Somebody else is on it, and the user leads the team or the helpdesk.",
    )

    @api.depends("state", "confirmed_by_id", "ticket_id.team_id")
    @api.depends_context("uid")
    def _compute_may_take_over(self):
        user = self.env.user
        led = self.filtered(
            lambda one: one.state == "confirmed" and one.confirmed_by_id != user
        )._filter_led_by(user)
        for incident in self:
            # Sudo: whose ticket it is, whoever may see it.
            incident.may_take_over = (
                incident in led
                and not incident.sudo().ticket_id._escalation_is_own(user)
            )

    def _filter_led_by(self, user):
        """Return those whose team, or one above, a person leads; all for managers."""
        if not (self and user._is_internal() and user.has_group(STAFF_GROUP)):
            return self.browse()
        if user.has_group(MANAGER_GROUP):
            return self
        # Sudo: who leads the teams above does not depend on who sees these.
        led = self.sudo().ticket_id.team_id._filter_escalation_led_by(user)
        return self.filtered(lambda one: one.sudo().ticket_id.team_id in led)

    def action_take_over(self):
        """Be on it instead of somebody else, as a leader or manager (R10).

        Where somebody is not on it any more by now, it is "I'm on it"; late clicks are
        answered kindly.

        :raise AccessError: when the user may not see the incident, or take it over
        """
        self.ensure_one()
        self.check_access("read")
        return self._take_over_checked(self.env.user, "dashboard")

    def action_reopen(self):
        """Start the escalation again though somebody is on it, as a leader or manager.

        A new round of the steps begins now (R6).

        :raise AccessError: when the user may not see the incident, or reopen it
        """
        self.ensure_one()
        self.check_access("read")
        return self._reopen_checked(self.env.user)

    def _check_may_take_over(self):
        """Refuse who leads neither the ticket's team, nor one above, nor the helpdesk.

        :raise AccessError: for them, and for whoever may not confirm at all
        """
        user = self.env.user
        self._check_may_confirm(user)
        if self._filter_led_by(user):
            return
        raise AccessError(
            self.env._(
                "Only the leaders of the team and helpdesk managers can do this while "
                "somebody else is on it. Please ask one, or talk to %s.",
                self.sudo().confirmed_by_id.name or self.env._("the people involved"),
            )
        )

    def _take_over_checked(self, user, via):
        """Take over for a user who sees the ticket.

        :return: True, or a kind notice about the one that came too late
        """
        # Sudo: incidents are the system's; the right to it is checked.
        incident = lock_rows(self.sudo(), wait=True)
        if incident.state != "confirmed" or incident.confirmed_by_id == user:
            return self._confirm_checked(user, via)
        self._check_may_take_over()
        former = incident.confirmed_by_id
        joint = incident._lock_confirmed_by(former)
        joint.write(self._prepare_confirmation(user, "api" if is_program() else via))
        joint.notification_ids._withdraw(keep_user=user)
        words = self.env._(
            "%(name)s has taken over from %(former)s.",
            name=user.name,
            former=former.name,
        )
        incident._log_on_tickets({incident: words}, author=user)
        incident._inform_former(
            former,
            lambda env, ticket: env._(
                "%(name)s has taken over %(ticket)s from you.",
                name=user.name,
                ticket=ticket,
            ),
        )
        return True

    def _reopen_checked(self, user):
        # Sudo: incidents are the system's; the right to it is checked.
        incident = lock_rows(self.sudo(), wait=True)
        if incident.state != "confirmed":
            return self._notify_too_late()
        if incident.confirmed_by_id == user:
            return self.action_release()
        self._check_may_take_over()
        former = incident.confirmed_by_id
        incident._lock_confirmed_by(former)._renew(fields.Datetime.now())
        words = self.env._(
            "%(name)s has started the escalation again, which %(former)s was on.",
            name=user.name,
            former=former.name,
        )
        incident._log_on_tickets({incident: words}, author=user)
        incident._inform_former(
            former,
            lambda env, ticket: env._(
                "%(name)s has started the escalation of %(ticket)s again, which you "
                "were on.",
                name=user.name,
                ticket=ticket,
            ),
        )
        self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return True

    def _inform_former(self, former, get_words):
        """Inform who was on it that they are no longer, where they work with Odoo.

        By a message among colleagues, and a notice in their open windows.

        :param get_words: a function from an environment in their language, and the
            ticket's name, to a text
        """
        self.ensure_one()
        if not former.active or not self._may_be_seen_by(former):
            return
        here = self.with_context(lang=former.lang, tz=former.tz)
        words = get_words(here.env, here.ticket_id.display_name)
        former._bus_send("simple_notification", {"type": "warning", "message": words})
        here.message_notify(
            body=words,
            subject=here.ticket_id.display_name,
            partner_ids=former.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def _filter_escalation_led_by(self, user):
        """Return the teams that a person leads, or leads a team above of."""
        paths = {team: team._get_escalation_path() for team in self}
        led = self.browse(set().union(*paths.values())).filtered(
            lambda team: team.user_id == user
        )
        return self.filtered(lambda team: not set(led.ids).isdisjoint(paths[team]))
