from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools.locks import lock_rows


class HelpdeskEscalationNotification(models.Model):
    """R7: the activity that notifies a person, in the hands of people.

    It may be deleted, put off or reassigned. That is kept, and where nobody who was
    notified is left the incident passes on: silence is no outcome.
    """

    _inherit = "helpdesk.escalation.notification"

    removed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        context={"active_test": False},
        help="Who removed the notification, put it off or reassigned it.",
    )

    @api.model
    def _find_open(self, activities):
        """Find the notifications of open incidents behind activities, as superuser."""
        notifications = self.sudo()
        # Of all activities of a database, few are on a ticket.
        on_tickets = activities.sudo().filtered(
            lambda activity: activity.res_model == "helpdesk.ticket"
        )
        if not on_tickets:
            return notifications.browse()
        return notifications.search(
            [
                ("activity_id", "in", on_tickets.ids),
                ("incident_id.state", "!=", "resolved"),
            ]
        )

    def _lock_for_removal(self, wait):
        """Hold the incidents of notifications that are about to be taken away.

        :param bool wait: until the run is through, instead of refusing
        :raise UserError: when an incident is busy
        """
        incidents = self.incident_id
        if lock_rows(incidents, wait=wait) != incidents:
            raise UserError(
                self.env._("Somebody is busy with this. Please try again in a moment.")
            )
        # Two who take away one each at the same moment are not to think that the other
        # one's is left: the second of them is tried again.
        lock_rows(incidents.notification_ids, wait=True)

    def _check_may_remove(self, user, new_user):
        """Check who takes a notification away: its person, or who may take the ticket.

        :param user: who does so
        :param new_user: who is to have it instead; empty when it just goes
        :raise AccessError: when somebody else does, such as the ticket's client
        :raise UserError: when the new person could not take the ticket
        """
        for line in self:
            incident = line.incident_id
            if line.activity_id.user_id != user and not incident._may_confirm(user):
                raise AccessError(
                    self.env._(
                        "This notifies %s of an escalation. Only they, and colleagues "
                        "who may take the ticket, can change or remove it.",
                        line.activity_id.user_id.name,
                    )
                )
            if new_user and not (
                incident._may_confirm(new_user)
                and not new_user._escalation_unreachable_reason(
                    line.ticket_id, "activity"
                )
            ):
                raise UserError(
                    self.env._(
                        "%s cannot take this escalation. Choose a colleague who sees "
                        "the ticket and is not its client.",
                        new_user.name,
                    )
                )

    def _register_removals(self, kinds):
        """Keep what somebody did with notifications, and pass on where it must be (R7).

        Where somebody is on it, nothing depends on a notification any more: what the
        others do with it is kept, and what that person does is nobody's business.

        :param dict kinds: per notification "removed", "put_off" or "reassigned"
        """
        user = self.env.user
        lines = self.filtered(
            lambda line: line in kinds and line.incident_id.confirmed_by_id != user
        )
        for incidents in lines.incident_id._in_company_terms():
            stories = {}
            for incident in incidents:
                its_lines = lines.filtered(lambda one, i=incident: one.incident_id == i)
                words = [
                    line.with_env(incident.env)._keep_removal(kinds[line], user)
                    for line in its_lines
                ]
                if incident.state == "active":
                    stories[incident] = " ".join(words)
            if stories:
                incidents._log_on_tickets(stories, author=user)
            for incident in stories:
                incident._pass_on_if_alone()

    def _keep_removal(self, kind, user):
        """Keep on the notification who took it away.

        :return: the same for the ticket's chatter
        :rtype: str
        """
        self.ensure_one()
        env = self.env
        names = {"user": user.name, "name": self.user_id.name}
        if kind == "removed":
            reason = env._("Removed by %s.", user.name)
            words = env._("%(user)s removed the notification of %(name)s.", **names)
        elif kind == "put_off":
            reason = env._("Put off by %s.", user.name)
            words = env._("%(user)s put off the notification of %(name)s.", **names)
        else:
            names["new"] = self.activity_id.user_id.name
            reason = env._("Reassigned to %(new)s by %(user)s.", **names)
            words = env._(
                "%(user)s reassigned the notification of %(name)s to %(new)s.", **names
            )
        values = {"removed_by_id": user.id, "reason": reason}
        if self.incident_id.state == "active":
            values["state"] = "cancelled"
            if kind == "reassigned":
                self._keep_reassignment(user)
        self.write(values)
        return words

    def _keep_reassignment(self, user):
        """Write down that the new person is notified by the activity from now on."""
        activity = self.activity_id
        holder = activity.user_id
        if holder._escalation_unreachable_reason(self.ticket_id, "activity"):
            # The system may hand over to anybody, which notifies nobody then.
            return
        by_this_step = self.incident_id.notification_ids.filtered(
            lambda line: line.user_id == holder
            and line.step_id == self.step_id
            and line.round == self.round
        )
        self.activity_id = False
        new_line = self.copy(
            {
                "user_id": holder.id,
                # A step notifies a person once.
                "step_id": False if by_this_step else self.step_id.id,
                "substituted_user_id": False,
                "access_granted": False,
                "state": "sent",
                "sent_date": fields.Datetime.now(),
                "reason": self.env._("Reassigned by %s.", user.name),
                "activity_id": activity.id,
            }
        )
        new_line._pop_up()

    def _is_live(self):
        """Whether it still notifies somebody who can act: by activity or mail (R7).

        A mail is out of our sight once it is sent: one of an earlier round counts no
        more, unless the ticket has only changed hands since.
        """
        self.ensure_one()
        if self.state not in ("pending", "sent") or self.is_replaced:
            return False
        if self.channel == "activity":
            if not self.activity_id.active:
                return False
        elif self.round < self.incident_id.live_round:
            return False
        return not self._get_obstacle(self.channel)


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    def _pass_on_if_alone(self):
        """Let the next step fire at once where nobody notified is left (R7)."""
        self.ensure_one()
        if not any(line._is_there() for line in self.notification_ids):
            words = self.env._(
                "Nobody who was notified is left: the escalation goes on."
            )
            self._log_on_tickets({self: words})
            self._pass_on()

    def _pass_on(self):
        """Have the run fire the next step, or notify the fallback, at once (R7)."""
        self.nobody_reached = True
        self.env["helpdesk.escalation.engine"]._trigger_run()

    def _get_decliners(self):
        """Return who got rid of their own notification in this round.

        The fallback is somebody else first (R7).
        """
        return self.notification_ids.filtered(
            lambda line: line.round == self.round
            and line.removed_by_id
            and line.removed_by_id == line.user_id
        ).user_id
