from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MAX_CONFIRMATIONS = 10


class HelpdeskEscalationStep(models.Model):
    _inherit = "helpdesk.escalation.step"

    confirmations = fields.Integer(
        string="People Needed",
        required=True,
        default=1,
        help="How many different people have to say “I'm on it” before nobody else is "
        "notified, but never more than were reached by the step. The step that was "
        "notified last decides.",
    )

    _confirmations_range = models.Constraint(
        f"CHECK (confirmations >= 1 AND confirmations <= {MAX_CONFIRMATIONS})",
        f"Between 1 and {MAX_CONFIRMATIONS} people can be asked to be on it.",
    )

    @api.depends("confirmations")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for step in self.filtered(lambda one: one.confirmations > 1):
            step.display_name = self.env._(
                "%(step)s, %(count)s people needed",
                step=step.display_name,
                count=step.confirmations,
            )
        return result


class HelpdeskEscalationIncident(models.Model):
    """R10, several confirmations: a step may ask for more than one person to be on it.

    All but the last of them are kept as confirmations that have not ended; whoever
    completes the number confirms the incident. Till then it is active, its steps go on,
    and who is on it is not notified again. A person counts once. A new round, and so
    whoever takes it back once it is confirmed, begins anew.
    """

    _inherit = "helpdesk.escalation.incident"

    on_it_text = fields.Char(
        string="On It So Far",
        compute="_compute_on_it_text",
        help="Who is on it while more people are needed.",
    )

    @api.depends("state", "step_id", "confirmation_ids.ended_date", "notification_ids")
    @api.depends_context("lang")
    def _compute_on_it_text(self):
        for incident in self:
            # Sudo: names of people whom the reader may not see.
            incident.on_it_text = incident.sudo()._get_on_it_words()

    @api.depends("confirmation_ids.ended_date")
    def _compute_may_confirm(self):
        result = super()._compute_may_confirm()
        user = self.env.user
        for incident in self.filtered(lambda one: one.state != "resolved"):
            if incident._is_on_it(user):
                incident.may_confirm = False
                incident.may_release = incident in incident._filter_may_act(user)
        return result

    # ------------------------------------------------------------------
    # Who is on it, and how many are needed
    # ------------------------------------------------------------------

    def _get_standing(self):
        """Return the confirmations of all but the last of several people."""
        return self.sudo().confirmation_ids.filtered(lambda one: not one.ended_date)

    def _get_people_on_it(self):
        return self._get_standing().user_id | super()._get_people_on_it()

    def _is_on_it(self, user):
        return super()._is_on_it(user) or (
            self.state != "resolved" and user in self._get_standing().user_id
        )

    def _get_needed(self):
        """Say how many people have to be on it: as the step that fired last asks, and
        no more than it reached.

        Whoever it meant and another step had notified counts as reached, and so does
        who was on it and takes that back.
        """
        self.ensure_one()
        # Sudo: the step's own terms, whoever reads them.
        incident = self.sudo()
        wanted = incident.step_id.confirmations
        if wanted < 2:
            return 1
        lines = incident.notification_ids.filtered(
            lambda line: line.round == incident.round
        )
        were_on_it = incident.confirmation_ids.user_id
        live = lines.filtered(
            lambda line: (
                not line.is_replaced
                and (
                    line.state in ("pending", "sent")
                    # It was taken back when they said so.
                    or line.state == "cancelled"
                    and line.user_id in were_on_it
                    and not line.removed_by_id
                )
            )
        )
        meant = lines.filtered(
            lambda line: line.step_id == incident.step_id and not line.is_fallback
        ).user_id
        reached = (meant & (live.user_id | incident._get_people_on_it())).filtered(
            "active"
        )
        return max(1, min(wanted, len(reached)))

    def _count_in(self, user, via):
        """Keep that a person is on those that need more; return the others."""
        complete = self.browse()
        for incident in super()._count_in(user, via):
            needed = incident._get_needed()
            others = incident._get_standing().user_id.filtered("active") - user
            if len(others) + 1 >= needed:
                # Whoever completes it is on the incident itself.
                incident._get_standing().filtered(
                    lambda one: one.user_id == user
                ).unlink()
                complete |= incident
            elif not incident._is_on_it(user):
                self.env["helpdesk.escalation.confirmation"].create(
                    {
                        "incident_id": incident.id,
                        "user_id": user.id,
                        "date": fields.Datetime.now(),
                        "via": via,
                    }
                )
                words = self.env._(
                    "%(name)s is on it. %(count)s of %(needed)s people are.",
                    name=user.name,
                    count=len(others) + 1,
                    needed=needed,
                )
                incident._log_on_tickets({incident: words}, author=user)
                incident._note_count()
                incident._withdraw_under_way(user)
        return complete

    def _withdraw_under_way(self, user):
        """Take back what has not reached a person yet who is on it; others stay."""
        self.notification_ids.filtered(
            lambda line: line.user_id == user and line.state == "pending"
        )._withdraw(keep_user=user)

    def _note_count(self):
        """Leave a mark on the rows, which are locked, that the number has changed.

        Whoever waited for the lock has to look again: what they read before is refused
        by the database, and Odoo tries them again.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET state = state WHERE id IN %s", self._table_sql, self._ids
            )
        )
        self._announce_change()

    def _release(self, user):
        """Whoever takes it back counts no more; once it is confirmed, nobody does."""
        if self.state != "active":
            return super()._release(self.confirmed_by_id)
        joint = self._get_joint().filtered(lambda one: one.state == "active")
        joint._get_standing().filtered(lambda one: one.user_id == user).write(
            {"ended_date": fields.Datetime.now(), "ended_by_id": user.id}
        )
        joint._note_count()
        # What was still under way to them was taken back when they said so.
        for speaking in joint._in_company_terms():
            for incident in speaking.filtered(lambda one: not one._get_standing()):
                incident._pass_on_if_alone()
        return None

    def write(self, vals):
        if "confirmed_by_id" in vals and not vals["confirmed_by_id"]:
            # Nobody counts in a new round who did before.
            self._end_standing()
        return super().write(vals)

    def _change_hands(self, policies, renewed, notified):
        # Before it is worked out whom to notify.
        renewed._end_standing()
        return super()._change_hands(policies, renewed, notified)

    def _end_standing(self):
        self._get_standing().write(
            {
                "ended_date": fields.Datetime.now(),
                "ended_by_id": self._get_actor().id,
            }
        )

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _get_on_it_words(self):
        """Say how many of how many are on it, and who; False where one is enough."""
        self.ensure_one()
        if self.state != "active":
            return False
        people = self._get_standing().user_id
        needed = self._get_needed()
        if not people:
            return needed > 1 and self.env._("%s people needed", needed)
        return self.env._(
            "%(count)s of %(needed)s on it: %(names)s",
            count=len(people),
            needed=max(needed, len(people)),
            names=", ".join(people.mapped("name")),
        )

    def _get_state_sentence(self):
        # Sudo: names of people whom the reader may not see.
        incident = self.sudo()
        people = incident._get_people_on_it()
        if incident.state == "active" and incident._get_standing():
            return incident._get_on_it_words()
        if incident.state != "confirmed" or len(people) < 2 or incident.snoozed_until:
            return super()._get_state_sentence()
        return self.env._(
            "%(names)s have been on it since %(time)s",
            names=", ".join(people.mapped("name")),
            time=self._format_moment(incident.confirmed_date),
        )

    def _get_confirm_refusal(self, user):
        if self._is_on_it(user):
            return self.env._("You are on it, and more people are needed.")
        return super()._get_confirm_refusal(user)

    def _get_page_state(self, person):
        """Who is on it already has nothing more to press."""
        state = super()._get_page_state(person)
        if state == "confirm" and all(
            one._is_on_it(person)
            for one in self._get_taken_with(person)
            if one.state == "active"
        ):
            return "done"
        return state

    def _get_page_text(self, state):
        words = state == "done" and self.sudo()._get_on_it_words()
        if words:
            return self.env._(
                "%s. The others are still being notified until enough people are.",
                words,
            )
        return super()._get_page_text(state)

    def _get_page_facts(self, state, notification):
        facts = super()._get_page_facts(state, notification)
        words = state == "confirm" and self.sudo()._get_on_it_words()
        if words:
            facts.append((self.env._("People"), words))
        return facts

    def _check_nothing_hushed_up(self, known, seen):
        """One person lets nothing sleep that several have to be on."""
        for incident in self.filtered(lambda one: one.state == "active"):
            needed = incident._get_needed()
            if needed > 1:
                raise UserError(
                    self.env._(
                        "%s people have to be on it first. Then it can be snoozed.",
                        needed,
                    )
                )
        return super()._check_nothing_hushed_up(known, seen)
