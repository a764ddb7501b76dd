from odoo import api, fields, models
from odoo.tools import SQL

from .helpdesk_escalation_incident_fire import RECEIVED, ROLES


class HelpdeskEscalationIncident(models.Model):
    """R6, changing hands: who receives an escalated ticket is notified of it.

    The incident keeps whom it last acted for. The run compares that with whose the
    ticket is now (``_sql_hands``).
    """

    _inherit = "helpdesk.escalation.incident"

    acted_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        string="Last Acted for Team",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The team that had the ticket when the escalation last looked.",
    )
    acted_responsible_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Acted for Responsible",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who was responsible when the escalation last looked.",
    )
    acted_team_leader_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Acted for Leader",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who led the team when the escalation last looked.",
    )
    acted_parent_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        string="Last Acted for Parent Team",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The team above when the escalation last looked.",
    )
    acted_parent_team_leader_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Acted for Parent's Leader",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Who led the parent team when the escalation last looked.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        hands = self._read_hands([vals["ticket_id"] for vals in vals_list])
        return super().create(
            [{**hands.get(vals["ticket_id"], {}), **vals} for vals in vals_list]
        )

    @api.model
    def _read_hands(self, ticket_ids):
        """Read whose tickets are, in one statement: per ticket as _prepare_hands."""
        self.env["helpdesk.ticket"].flush_model(["team_id", "user_id"])
        self.env["helpdesk.ticket.team"].flush_model(["parent_id", "user_id"])
        names = self._prepare_hands(self.env["helpdesk.ticket"])
        rows = self.env.execute_query(
            SQL(
                """
            SELECT ticket.id, ticket.team_id, ticket.user_id,
                   team.user_id, parent.id, parent.user_id
              FROM helpdesk_ticket ticket
         LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
         LEFT JOIN helpdesk_ticket_team parent ON parent.id = team.parent_id
             WHERE ticket.id = ANY(%s)""",
                ticket_ids,
            )
        )
        return {
            ticket_id: dict(zip(names, holders, strict=True))
            for ticket_id, *holders in rows
        }

    @api.model
    def _prepare_hands(self, ticket):
        """Return what an incident keeps of whose its ticket is."""
        team = ticket.team_id
        return {
            "acted_team_id": team.id,
            "acted_responsible_id": ticket.user_id.id,
            "acted_team_leader_id": team.user_id.id,
            "acted_parent_team_id": team.parent_id.id,
            "acted_parent_team_leader_id": team.parent_id.user_id.id,
        }

    # ------------------------------------------------------------------
    # In the run
    # ------------------------------------------------------------------

    def _change_hands(self, policies, renewed, notified):
        """Notify who has received the tickets, and let go of whom they replace (R6).

        All are in the terms of one company.

        :param dict policies: the one that counts now, per incident
        :param renewed: those for which another team begins a new round
        :param dict notified: per ticket id, (user id, channel) already notified of the
            ticket in this run; gets (user id, False) for who moved it to another team
        :return: lines for the tickets' chatter, per incident
        :rtype: dict
        """
        changed = {incident: incident._get_new_people() for incident in self}
        replaced = {
            incident: incident._get_replaced(people, incident in renewed)
            for incident, people in changed.items()
        }
        lines = self.env["helpdesk.escalation.notification"].union(*replaced.values())
        lines.is_replaced = True
        taken_away = renewed.filtered(lambda one: one.state == "confirmed")
        if lines or taken_away:
            (lines + taken_away.notification_ids)._withdraw()
        values, stories, progress = [], {}, {}
        for incident, people in changed.items():
            policy = policies[incident]
            known = notified.setdefault(incident.ticket_id.id, set())
            movers = incident._get_movers(people, incident in renewed)
            made_change = {(user.id, False) for user in movers} - known
            known |= made_change
            if incident in renewed:
                its_values, reached = incident._receive(policy, known)
                if reached:
                    known.add(RECEIVED)
                words = incident.env._(
                    "Moved to %s: the steps start again.",
                    incident.ticket_id.team_id.name or incident.env._("no team"),
                )
                progress[incident] = incident._prepare_move(policy)
            else:
                its_values, reached = incident._succeed(policy, people, known)
                # No step begins again, so that what falls due now is news to them.
                known -= made_change
                words = incident.env._("Changed hands.")
                progress[incident] = {}
            is_alone = not reached and (
                incident in taken_away
                or (incident in renewed or replaced[incident])
                and not any(line._is_there() for line in incident.notification_ids)
            )
            if is_alone or reached:
                progress[incident]["nobody_reached"] = not reached
            progress[incident].update(self._prepare_hands(incident.ticket_id))
            if its_values:
                words = incident._get_step_words(words.rstrip("."), its_values)
            if its_values or incident in renewed:
                stories[incident] = [words]
            values += its_values
        self._write_progress(progress)
        for value in values:
            value["round"] = self.browse(value["incident_id"]).round
        self._notify(values, stories)
        return stories

    def _prepare_move(self, policy):
        """Return what to write when another team begins a new round.

        Its delays count from the incident's own anchor: a move postpones nobody.
        """
        live_round = self.live_round if self.state == "active" else self.round + 1
        return {
            **self._prepare_round(False),
            "live_round": live_round,
            "policy_id": policy.id or self.policy_id.id,
        }

    def _get_new_people(self):
        """Return who holds a place now that somebody else held when it last acted.

        :rtype: dict[str, tuple]
        :return: per role the one before and the new one, each maybe empty
        """
        now = self._prepare_hands(self.ticket_id)
        users = self.env["res.users"].with_context(active_test=False)
        return {
            role: (
                self[f"acted_{role}_id"],
                users.browse(now[f"acted_{role}_id"] or ()),
            )
            for role in ROLES
            if self[f"acted_{role}_id"].id != now[f"acted_{role}_id"]
        }

    def _get_movers(self, people, is_moved):
        """Return who made the change: they are not notified of it.

        Only where that is certain: who once set a leader may be notified of what
        others do with the teams.
        """
        # Sudo: it is kept for the system.
        ticket = self.ticket_id.sudo()
        team, parent = ticket.team_id, ticket.team_id.parent_id
        movers = self.env["res.users"]
        if is_moved or "responsible" in people:
            movers += ticket.escalation_moved_by_id
        if not is_moved and "team_leader" in people:
            movers += team.escalation_leader_by_id
        if "parent_team_leader" in people and parent == self.acted_parent_team_id:
            movers += parent.escalation_leader_by_id
        return movers

    def _get_replaced(self, people, is_moved):
        """Return the notifications of those whose place others have taken.

        They stay where the person was notified for another reason too.
        """
        channels = self.env["helpdesk.escalation.notification"]._get_channels()
        lines = self.notification_ids.filtered(
            lambda line: (line.state in ("pending", "sent") or line.made_change)
            and not line.is_replaced
            and line.channel in channels
            and (line.activity_id.active or line.round >= self.live_round)
        )
        if self.state == "confirmed":
            # The others' activities are gone already.
            return lines.browse()
        left_behind = self.env["res.users"]
        if is_moved:
            left_behind = self._get_people_left_behind()
        replaced = lines.filtered(
            lambda line: self._is_replaced(line, people)
            or (
                line.user_id in left_behind
                and line._get_role() in ("member", False)
                and not line.is_fallback
            )
        )
        return replaced.filtered(
            lambda line: line.made_change or not self._has_other_reason(line, people)
        )

    def _is_replaced(self, line, people):
        """Whether the place by which somebody was notified is another's now.

        Also where they had handed the notification on, or somebody stands in for them.
        """
        before, after = people.get(line._get_role(), (None, None))
        return bool(before) and line.user_id != after

    def _get_people_left_behind(self):
        """Return who belongs to the team that had the ticket, and not to the new one.

        No place names them: they were notified as members, or reminded.
        """
        team, before = self.ticket_id.team_id, self.acted_team_id
        here = team.user_ids | team.user_id | self.ticket_id.user_id
        return (before.user_ids | before.user_id | self.acted_responsible_id) - here

    def _has_other_reason(self, line, people):
        """Whether another step of the same run would have notified the person too."""
        return any(
            other.state == "skipped"
            and other.user_id == line.user_id
            and other.channel == line.channel
            and other.create_date == line.create_date
            and not self._is_replaced(other, people)
            for other in self.notification_ids
        )

    def _receive(self, policy, notified):
        """Work out whom to notify that their team has the ticket now (R6).

        The responsible, else the team's leader, else its members; by the channel of
        the policy's step for them.

        :return: values of notifications, and whether anybody was reached
        """
        team = self.ticket_id.team_id
        live = self._get_ticket_lines().filtered(lambda line: line._is_live())
        # Whoever holds a notification counts as notified, also in the new round.
        notified.update((line.user_id.id, line.channel) for line in live)
        all_values = []
        for role, users in (
            ("responsible", self.ticket_id.user_id),
            ("team_leader", team.user_id),
            ("member", team.user_ids),
        ):
            steps = policy.step_ids.sorted().filtered(
                lambda step, role=role: step.recipient == role
            )
            values, reached = self._get_receiver_lines(
                policy,
                role,
                users - live.user_id,
                steps[:1].channel or "activity",
                notified,
            )
            all_values += values
            if reached or users & live.user_id:
                return all_values, True
        return all_values, False

    def _get_ticket_lines(self):
        """Return the notifications of all that is open on the ticket.

        Asked for one incident after the other, they are read for all at once.
        """
        # Sudo: whoever is at work.
        incidents = self.ticket_id.sudo().escalation_incident_ids
        open_ones = incidents.filtered(lambda one: one.state == "active")
        together = open_ones.with_prefetch(incidents._prefetch_ids)
        return together.notification_ids.with_env(self.env)

    def _succeed(self, policy, people, notified):
        """Work out whom to notify that they have the place of somebody notified (R6).

        By the channels by which that place has been notified so far.

        :return: values of notifications, and whether anybody was reached
        """
        all_values, reached_any = [], False
        if self.state != "active":
            return all_values, reached_any
        so_far = self.notification_ids.filtered(
            lambda line: line.round >= self.live_round
        )
        for role, (_before, user) in people.items():
            fired = so_far.filtered(lambda line, role=role: line._get_role() == role)
            live = {
                line.channel
                for line in so_far
                if line.user_id == user and user and line._is_live()
            }
            for channel in dict.fromkeys(fired.mapped("channel")):
                if not user:
                    break
                if channel in live:
                    reached_any = True
                    continue
                values, reached = self._get_receiver_lines(
                    policy, role, user, channel, notified
                )
                all_values += values
                reached_any |= reached
        return all_values, reached_any

    def _get_receiver_lines(self, policy, role, users, channel, notified):
        """Return the lines for who receives a ticket, and whether any is reached."""
        labels = dict(
            self.env["helpdesk.escalation.notification"]
            ._fields["received_as"]
            ._description_selection(self.env)
        )
        step = self.env["helpdesk.escalation.step"]
        all_values = []
        for way in dict.fromkeys([channel, "activity"]):
            values, reached = self._get_user_values(policy, step, users, notified, way)
            for value in values:
                value.update(received_as=role, step_name=labels[role])
            all_values += values
            if reached:
                return all_values, True
        return all_values, False

    def _notify_receiver(self):
        """Notify at once who has received the ticket by what a step did (R6).

        What else follows from it, such as a new round, is for the next run.

        :return: lines for the ticket's chatter
        :rtype: list[str]
        """
        values, reached = self._receive(self.policy_id, set())
        if not values:
            return []
        stories = {self: [self._get_step_words(self.env._("Changed hands"), values)]}
        self._notify(values, stories)
        return stories[self]

    def _knows(self, step, user, channel):
        """Whether a person was notified by the same step before the ticket moved."""
        return (
            bool(step)
            and self.round > self.live_round
            and any(
                line.step_id == step
                and line.user_id == user
                and line.channel == channel
                and line.round < self.round
                and line._is_live()
                for line in self.notification_ids
            )
        )

    def _get_people_left(self):
        """Return who was notified and can still act."""
        notified = self.notification_ids.filtered(
            lambda line: (
                (line.state in ("pending", "sent") and not line.is_replaced)
                or line._is_held()
            )
        )
        return notified._filtered_still_here().user_id
