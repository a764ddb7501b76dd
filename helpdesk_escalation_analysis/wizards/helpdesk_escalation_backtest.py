from collections import Counter
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

# The tickets are gone through in this many parts, so that one sees how far it is.
PARTS = 8
LONGEST = 10
# Recipients that are the same for all clients.
WHOEVER_THE_CLIENT_IS = {
    "responsible",
    "team_leader",
    "parent_team_leader",
    "user",
    "group",
}
# Who is reached by a step that reaches nobody, and where nobody knows any more.
NOBODY, UNKNOWN = "", "?"


class HelpdeskEscalationBacktest(models.TransientModel):
    """What a policy would have done: tried out on the messages of the past (R1 to R7).

    The first round of the steps only. People are those of today, and none of them is
    away. Nothing is sent. The steps can be changed here without touching the policy,
    and made up where there is no policy yet.
    """

    _name = "helpdesk.escalation.backtest"
    _description = "Try a Policy on the Past"
    _inherit = ["helpdesk.escalation.input"]

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        readonly=True,
        help="The policy that is tried. Empty: what is made up here.",
    )
    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        help="The policy is tried on the tickets of this team and of the teams below "
        "it, where nothing more specific is set.",
    )
    days = fields.Integer(
        default=30,
        required=True,
        help="How many days to look back: 1 to 365.",
    )
    count_from = fields.Selection(
        selection=lambda self: self._get_count_from_selection(),
        required=True,
        default="client_last",
        help="The moment from which the delays count. Only for this trial.",
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        help="Delays count these hours only. Only for this trial.",
    )
    line_ids = fields.One2many(
        comodel_name="helpdesk.escalation.backtest.line",
        inverse_name="backtest_id",
        string="Steps",
        help="The steps to try, with what would have come of them.",
    )
    result = fields.Json(readonly=True)
    result_html = fields.Html(compute="_compute_result_html", sanitize=False)

    _days_range = models.Constraint(
        "CHECK (days BETWEEN 1 AND 365)", "Look back one day to one year."
    )

    @api.constrains("policy_id", "team_id")
    def _check_policy_id(self):
        # Whoever reads the dialog reads the names of policy and team with it.
        for backtest in self.sudo(False):
            backtest.policy_id.check_access("write")
            backtest.team_id.check_access("read")

    @api.model
    def _get_count_from_selection(self):
        field = self.env["helpdesk.escalation.policy"]._fields["count_from"]
        return field._description_selection(self.env)

    @api.depends("result")
    @api.depends_context("lang", "tz")
    def _compute_result_html(self):
        qweb = self.env["ir.qweb"]
        for wizard in self:
            result = wizard.result
            wizard.result_html = result and qweb._render(
                "helpdesk_escalation_analysis.backtest_result",
                wizard._get_values(result),
            )

    def run_part(self, part):
        """Go through one part of the tickets, and keep what came of it.

        :param int part: 0 to ``PARTS`` - 1; the first one starts anew
        :return: how many parts there are
        :raise UserError: when there is no team or no step to try
        """
        self.ensure_one()
        self.policy_id.check_access("write")
        if not self.team_id:
            raise UserError(self.env._("Choose a team to try the policy on."))
        if not self.line_ids:
            raise UserError(self.env._("Add a step to try first."))
        ticket_ids = self.env["helpdesk.escalation.history"]._find_tickets_on(
            self.team_id, self.policy_id, PARTS, part
        )
        self.result = self._add(self.result if part else None, self._run(ticket_ids))
        return PARTS

    # ------------------------------------------------------------------
    # The past
    # ------------------------------------------------------------------

    def _get_lines(self):
        return self.line_ids.sorted(lambda line: (line.delay, line.step_id.id))

    def _run(self, ticket_ids):
        """Work out what would have happened on some tickets.

        :return: plain values that can be kept and added up
        :rtype: dict
        """
        history = self.env["helpdesk.escalation.history"]
        now = fields.Datetime.now()
        since = now - timedelta(days=self.days)
        # A policy's hours are counted as its runs count them.
        company = (self.policy_id or self.team_id).company_id
        working_time = self.calendar_id._escalation_working_time(company)
        lines = self._get_lines()
        count_from = self.count_from
        waits = history._read_waits(ticket_ids, since, self.policy_id, count_from)
        tickets = self.env["helpdesk.ticket"].browse({wait.ticket_id for wait in waits})
        steps = [line._get_step() for line in lines]
        people_of = self._get_people(tickets, steps)
        people_then = self._read_people_then(steps, since)
        all_delays = [line.delay for line in lines]
        meant = [history._find_meant(step, tickets.ids) for step in steps]
        result = self._get_empty_result()
        touched, recipients, quarters = set(), {}, Counter()
        for wait in waits:
            places = [
                place
                for place, among in enumerate(meant)
                if among is None or wait.ticket_id in among
            ]
            firings = history._get_firings(
                wait,
                count_from,
                [all_delays[place] for place in places],
                working_time,
                now,
            )
            if not any(firings):
                continue
            touched.add(wait.ticket_id)
            result["incidents"] += 1
            waited = working_time.minutes(wait.messages[0], wait.end or now)
            result["longest"].append([waited, wait.ticket_id, not wait.end])
            passed_on = None
            for place, moment in zip(places, firings, strict=True):
                moment = passed_on or moment
                if not moment:
                    continue
                result["fired"][place] += 1
                quarter = moment.minute // 15 * 15
                quarters[moment.replace(minute=quarter, second=0, microsecond=0)] += 1
                then = people_then[place] and people_then[place](moment)
                key = (place, people_of[place][wait.ticket_id], then)
                if key not in recipients:
                    ticket = tickets.browse(wait.ticket_id)
                    recipients[key] = self._get_reached(steps[place], ticket, then)
                for user_id in recipients[key] or [NOBODY]:
                    people = result["people"][place]
                    people[user_id] = people.get(user_id, 0) + 1
                # A step that reaches nobody does not wait (R7).
                passed_on = None if recipients[key] else moment
        for moment, count in quarters.items():
            hour = fields.Datetime.context_timestamp(self, moment).hour
            result["hours"][hour] += count
        result["waits"] = len(waits)
        result["tickets"] = len(touched)
        result["longest"] = sorted(result["longest"], reverse=True)[:LONGEST]
        return result

    @api.model
    def _get_people(self, tickets, steps):
        """Return what decides whom each step tells about each ticket.

        Tickets for which it is the same are told about to the same people, so that
        these are worked out only once. The client matters where a step looks at it, and
        where it is one of the staff, who are not told about their own tickets.

        :return: by ticket id, for each step
        :rtype: list[dict[int, tuple]]
        """
        names = ["team_id", "user_id", "company_id", "partner_id"]
        facts = tickets.read(names, load=None)
        partner_ids = {values["partner_id"] for values in facts}
        # Sudo: managers see groups and absences of people only through what we say.
        users = self.env["res.users"].sudo()
        staff = users.search(
            [("partner_id", "in", list(partner_ids)), ("share", "=", False)]
        )
        staff_ids = set(staff.partner_id.ids)
        return [
            {
                values["id"]: (
                    values["team_id"],
                    values["user_id"],
                    values["company_id"],
                    values["partner_id"]
                    if values["partner_id"] in staff_ids
                    or step.recipient not in WHOEVER_THE_CLIENT_IS
                    else None,
                )
                for values in facts
            }
            for step in steps
        ]

    @api.model
    def _read_people_then(self, steps, since):
        """Read whom steps meant in the past, where these are not people of today.

        To extend, for steps that go by what is kept of the past.

        :param datetime since: naive UTC
        :return: per step None, or a function from a moment (naive UTC) to a tuple of
            ids of users, with None among them where it is not known for that moment
        :rtype: list
        """
        return [None for _step in steps]

    @api.model
    def _get_reached(self, step, ticket, then=None):
        """Return whom a step would reach about a ticket; nobody is away (R7).

        :param tuple then: whom it meant at that time, as from ``_read_people_then``
        :return: ids of users as the keys of what can be kept
        :rtype: list[str]
        """
        # Sudo: whom a step means does not depend on who asks.
        step, ticket = step.sudo(), ticket.sudo()
        if then is None:
            people = step._get_recipients(ticket)._origin
        else:
            people = step.env["res.users"].browse(filter(None, then))
        reached = [
            str(user.id)
            for user in people
            # Who has left since was there then.
            if (then and not user.active)
            or not user._escalation_unreachable_reason(ticket, step.channel)
        ]
        return [*reached, UNKNOWN] if None in (then or ()) else reached

    def _get_empty_result(self):
        return {
            "waits": 0,
            "tickets": 0,
            "incidents": 0,
            "steps": [line._get_step().display_name for line in self._get_lines()],
            "fired": [0] * len(self.line_ids),
            "people": [{} for _line in self.line_ids],
            "hours": [0] * 24,
            "longest": [],
        }

    @api.model
    def _add(self, one, other):
        """Add up what came of two parts."""
        if not one:
            return other
        return {
            **{name: one[name] + other[name] for name in ("waits", "tickets")},
            "incidents": one["incidents"] + other["incidents"],
            "steps": other["steps"],
            **{
                name: [a + b for a, b in zip(one[name], other[name], strict=True)]
                for name in ("fired", "hours")
            },
            "people": [
                dict(Counter(a) + Counter(b))
                for a, b in zip(one["people"], other["people"], strict=True)
            ],
            "longest": sorted(one["longest"] + other["longest"], reverse=True)[
                :LONGEST
            ],
        }

    # ------------------------------------------------------------------
    # For people
    # ------------------------------------------------------------------

    def _name_people(self, people):
        """Name who would have been told, most often first, and nobody after people."""
        others = {NOBODY: self.env._("nobody"), UNKNOWN: self.env._("not known")}
        people = dict(sorted(people.items(), key=lambda told: told[0] in others))
        # Sudo: names of people of other companies, who would have been told.
        users = self.env["res.users"].with_context(active_test=False).sudo()
        return ", ".join(
            self.env._(
                "%(name)s (%(count)s)",
                name=others.get(user_id) or users.browse(int(user_id)).name,
                count=count,
            )
            for user_id, count in Counter(people).most_common()
        )

    def _get_notes(self):
        """Return sentences to show below whom the steps would have notified; to extend.

        :rtype: list[str]
        """
        return []

    def _get_values(self, result):
        step = self.env["helpdesk.escalation.step"]
        tickets = self.env["helpdesk.ticket"].browse(
            [ticket_id for _minutes, ticket_id, _open in result["longest"]]
        )
        tickets = tickets.exists()._filtered_access("read")
        most = max(result["hours"]) or 1
        return {
            "result": result,
            "days": self.days,
            "steps": [
                {"name": name, "fired": fired, "people": self._name_people(people)}
                for name, fired, people in zip(
                    result["steps"], result["fired"], result["people"], strict=True
                )
            ],
            "notes": self._get_notes(),
            "hours": [
                {"hour": hour, "count": count, "height": round(100 * count / most)}
                for hour, count in enumerate(result["hours"])
            ],
            "longest": [
                {
                    "id": ticket_id,
                    "name": tickets.browse(ticket_id).display_name,
                    "waited": step._format_minutes(round(minutes)),
                    "is_open": is_open,
                }
                for minutes, ticket_id, is_open in result["longest"]
                if ticket_id in tickets.ids
            ],
        }

    @api.model
    def _prepare(self, policy):
        """Prepare a trial of a policy, with its own steps and options."""
        return {
            "policy_id": policy.id,
            "team_id": (
                self.env["helpdesk.ticket.team"].search(
                    [("escalation_policy_id", "=", policy.id)], limit=1
                )
                or policy._find_teams()[:1]
            ).id,
            "count_from": policy.count_from,
            "calendar_id": policy.calendar_id.id,
            "line_ids": [
                Command.create(self.line_ids._prepare(step))
                for step in policy.step_ids.sorted()
            ],
        }
