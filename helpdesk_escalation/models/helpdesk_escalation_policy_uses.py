from collections import Counter, namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

# More names than this in a sentence are counted instead.
MAX_NAMES = 5

Uses = namedtuple("Uses", ["teams", "clients", "companies", "tickets"])
Uses.__doc__ = """Where a policy is set; of tickets one, if there are any."""


class HelpdeskEscalationPolicy(models.Model):
    """Where a policy is set, who waits under it, and what about it cannot work."""

    _inherit = "helpdesk.escalation.policy"

    team_count = fields.Integer(
        string="Number of Teams",
        compute="_compute_uses",
        help="Teams on which it is set.",
    )
    client_count = fields.Integer(
        string="Clients",
        compute="_compute_uses",
        help="Clients on which it is set, in the current company.",
    )
    ticket_count = fields.Integer(
        string="Open Tickets",
        compute="_compute_uses",
        help="Open tickets to which it applies.",
    )
    waiting_count = fields.Integer(
        string="Waiting",
        compute="_compute_uses",
        help="Open tickets to which it applies and whose client is waiting for a "
        "reply.",
    )
    is_unused = fields.Boolean(
        compute="_compute_warnings",
        help="It is set on no team, client or ticket, and is nobody's default.",
    )
    warnings = fields.Html(
        compute="_compute_warnings",
        sanitize=False,
        help="What does not work in this policy, or not as one might expect.",
    )

    @api.depends("active", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_uses(self):
        for policy in self:
            used = policy._origin._get_use_domains()
            for name, (model, domain) in used.items():
                policy[name] = self.env[model].search_count(domain) if domain else 0

    def _get_use_domains(self):
        """Return per figure what it counts: the same as the list behind it."""
        if not self:
            return dict.fromkeys(
                ("team_count", "client_count", "ticket_count", "waiting_count"),
                ("res.partner", None),
            )
        is_set = [("escalation_policy_id", "=", self.id)]
        counts = [
            ("effective_escalation_policy_id", "=", self.id),
            ("closed", "=", False),
        ]
        return {
            "team_count": ("helpdesk.ticket.team", is_set),
            "client_count": ("res.partner", is_set),
            "ticket_count": ("helpdesk.ticket", counts),
            "waiting_count": (
                "helpdesk.ticket",
                [*counts, ("escalation_waiting_since", "!=", False)],
            ),
        }

    def _open_uses(self, figure, name):
        self.ensure_one()
        self.check_access("read")
        model, domain = self._get_use_domains()[figure]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def action_view_teams(self):
        """Open the teams that the policy is set on."""
        return self._open_uses("team_count", self.env._("Teams"))

    def action_view_clients(self):
        """Open the clients that the policy is set on."""
        return self._open_uses("client_count", self.env._("Clients"))

    def action_view_tickets(self):
        """Open the open tickets for which the policy counts."""
        return self._open_uses("ticket_count", self.env._("Open Tickets"))

    def action_view_waiting(self):
        """Open the tickets whose clients wait under the policy."""
        return self._open_uses("waiting_count", self.env._("Waiting"))

    # ------------------------------------------------------------------
    # What cannot work
    # ------------------------------------------------------------------

    @api.depends(
        "active",
        "company_id",
        "fallback_user_id",
        "step_ids.delay",
        "step_ids.recipient",
        "step_ids.channel",
        "step_ids.user_ids",
        "step_ids.group_id",
        "team_ids",
    )
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_warnings(self):
        for policy in self:
            # Sudo: what is wrong may be with people, teams and clients of others.
            one = policy.sudo()
            uses = one._find_uses()
            policy.is_unused = bool(policy._origin) and not any(uses)
            faults, notes = one._get_faults(), one._get_shadow_notes(uses)
            policy.warnings = bool(faults or notes) and self.env["ir.qweb"]._render(
                "helpdesk_escalation.policy_warnings",
                {"faults": faults, "notes": notes},
            )

    def _get_faults(self):
        """Say what cannot work: steps and people that nobody would hear of (R7).

        :rtype: list[str]
        """
        self.ensure_one()
        faults = []
        teams = self._find_teams()
        for step in self.step_ids:
            faults += self._get_step_faults(step, teams)
        kinds = Counter(step._get_kind() for step in self.step_ids)
        for step in self.step_ids:
            if kinds.pop(step._get_kind(), 1) > 1:
                faults.append(
                    self.env._(
                        "%s: duplicate step: a person is notified only once.",
                        step.display_name,
                    )
                )
        user = self.fallback_user_id
        reason = user and user._escalation_unreachable_reason(
            self._get_blank_ticket(), "activity"
        )
        if reason:
            faults.append(
                self.env._(
                    "Fallback: %(user)s cannot be notified. %(reason)s",
                    user=user.name,
                    reason=reason,
                )
            )
        return faults

    def _get_step_faults(self, step, teams):
        """Try a step on a ticket of each team, or on any ticket."""
        if step.recipient == "account_manager":
            # The client's salesperson: another one for each client.
            return []
        nowhere = {}
        unreachable = {}
        for team in teams or self.env["helpdesk.ticket.team"].new():
            ticket = self._get_blank_ticket(team._origin)
            if step.recipient == "responsible":
                users = team._origin.user_ids
                empty = self.env._("The team has no members.") if team._origin else ""
            else:
                users = step._get_recipients(ticket)._origin
                empty = step._get_nobody_reason(ticket)
            if not teams and step.recipient not in ("user", "group"):
                continue
            reasons = {
                user: user._escalation_unreachable_reason(ticket, step.channel)
                for user in users
            }
            if not users:
                nowhere.setdefault(empty, []).append(team._origin.display_name)
            for user, reason in reasons.items():
                if reason:
                    unreachable.setdefault(reason, {})[user] = True
        faults = []
        for reason, names in nowhere.items():
            names = self._join_names(names)
            faults.append(
                self.env._("In %(teams)s: %(reason)s", teams=names, reason=reason)
                if names
                else reason
            )
        for reason, users in unreachable.items():
            names = self._join_names([user.name for user in users])
            faults.append(
                self.env._(
                    "%(users)s cannot be notified. %(reason)s",
                    users=names,
                    reason=reason,
                )
            )
        return [f"{step.display_name}. {fault}" for fault in faults]

    def _find_uses(self):
        """Find where the policy is set, archived or not.

        :rtype: Uses
        """
        policy = self._origin.with_context(active_test=False)
        is_set = [("escalation_policy_id", "=", policy.id or -1)]
        return Uses(
            *(
                policy.env[model].search(is_set, limit=limit)
                for model, limit in (
                    ("helpdesk.ticket.team", None),
                    ("res.partner", None),
                    ("res.company", None),
                    ("helpdesk.ticket", 1),
                )
            )
        )

    def _get_shadow_notes(self, uses):
        """Say where the policy is set, and another one counts all the same (R1).

        :param Uses uses: as of ``_find_uses``
        :rtype: list[str]
        """
        self.ensure_one()
        policy = self._origin
        if not any(uses):
            return []
        notes = []
        if not self.active:
            names = self._join_names(
                [
                    *uses.teams.mapped("display_name"),
                    *uses.companies.mapped("display_name"),
                ]
            )
            notes.append(
                self.env._(
                    "It is archived and ignored, though still set on: %s.", names
                )
                if names
                else self.env._("It is archived and ignored, though still set.")
            )
        else:
            other = [("escalation_policy_id", "not in", [False, policy.id])]
            for holder in uses.teams, uses.clients:
                shadowing = holder.search([*other, ("id", "child_of", holder.ids)])
                for other_policy, records in shadowing.grouped(
                    "escalation_policy_id"
                ).items():
                    notes.append(
                        self.env._(
                            "For %(names)s, the policy %(policy)s applies instead.",
                            names=self._join_names(records.mapped("display_name")),
                            policy=other_policy.name,
                        )
                    )
            notes += self._get_uncovered_notes(uses.teams)
        return notes

    def _find_teams(self):
        """Find the teams whose tickets it counts for, by R1's own statement."""
        clock = self.env["helpdesk.escalation.clock"]
        clock._flush_policy_tables()
        rows = self.env.execute_query(
            SQL(
                """
            WITH RECURSIVE %s
            SELECT DISTINCT team.id
              FROM helpdesk_ticket_team team
              JOIN res_company company
                ON team.company_id IS NULL OR company.id = team.company_id
         LEFT JOIN team_policy
                ON team_policy.team_id = team.id
               AND team_policy.company_id = company.id
         LEFT JOIN company_policy ON company_policy.company_id = company.id
             WHERE COALESCE(team_policy.policy_ids[1], company_policy.policy_ids[1])
                   = %s
                """,
                clock._sql_policy_tables(),
                self._origin.id or 0,
            )
        )
        return self.env["helpdesk.ticket.team"].search(
            [("id", "in", [team_id for (team_id,) in rows])]
        )

    def _get_blank_ticket(self, team=None):
        """Return a ticket of nobody in particular, to try things on."""
        company = (team and team.company_id) or self.company_id or self.env.company
        return self.env["helpdesk.ticket"].new(
            {
                "team_id": team.id if team else False,
                "company_id": company.id,
                "partner_id": False,
                "user_id": False,
            }
        )

    @api.model
    def _join_names(self, names):
        names = [name for name in names if name]
        if len(names) > MAX_NAMES:
            return self.env._(
                "%(names)s and %(count)s more",
                names=", ".join(names[:MAX_NAMES]),
                count=len(names) - MAX_NAMES,
            )
        return ", ".join(names)
