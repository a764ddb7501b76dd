"""Every figure of the analyses, worked out once more from the raw records.

A past of chance is recorded, and each measure of the two analyses is recomputed in
plain Python from incidents, notifications, trackings and ratings. A measure that is
added to an analysis and not to the tables here fails.
"""

import random
from datetime import timedelta
from statistics import mean, median

from odoo import Command

from ..support.common import EscalationCommon

# Working hours of every day, UTC.
OPENS, CLOSES = 8, 12
MINUTE = timedelta(minutes=1)


def minutes_between(start, end):
    return (end - start) / MINUTE if start and end else None


def working_minutes_between(start, end):
    """Count the minutes of each day's working hours that lie between two moments."""
    if not start or not end:
        return None
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    total = timedelta()
    while midnight < end:
        opens, closes = (midnight + timedelta(hours=hour) for hour in (OPENS, CLOSES))
        total += max(min(end, closes) - max(start, opens), timedelta())
        midnight += timedelta(days=1)
    return total / MINUTE


def share(condition, among=True):
    return float(bool(condition)) if among else None


def ended(incident, resolution=None):
    how = {resolution} if resolution else {incident.resolution}
    return incident.state == "resolved" and incident.resolution in how


def place_of_highest_step(incident):
    steps = incident.policy_id.step_ids.sorted(lambda step: (step.delay, step.id)).ids
    fired = [steps.index(step.id) + 1 for step in incident.notification_ids.step_id]
    return max(fired, default=None)


def times(name, count):
    """The two measures of a time that is known of every incident."""
    return {name: (mean, count), f"median_{name}": (median, count)}


def both_times(what, start, end):
    """The measures of a time by the clock and, once it has ended, in working hours."""
    return {
        **times(
            f"minutes_to_{what}",
            lambda one: minutes_between(one[start], one[end]),
        ),
        **times(
            f"{what}_working_minutes",
            lambda one: working_minutes_between(one[start], one[end])
            if one.state == "resolved"
            else None,
        ),
    }


INCIDENT_FIGURES = {
    **both_times("first_step", "anchor_date", "first_step_date"),
    **both_times("confirm", "first_step_date", "confirmed_date"),
    **both_times("answer", "anchor_date", "answered_date"),
    **both_times("resolve", "anchor_date", "resolved_date"),
    "highest_step": (mean, place_of_highest_step),
    "rounds": (mean, lambda one: one.round),
    "people_told": (
        mean,
        lambda one: len(
            one.notification_ids.filtered(lambda line: line.state == "sent").user_id
        ),
    ),
    "mails_failed": (
        sum,
        lambda one: len(
            one.notification_ids.filtered(
                lambda line: line.state == "failed" and line.channel == "email"
            )
        ),
    ),
    "nobody_reached": (sum, lambda one: int(one.nobody_reached)),
    "is_open": (sum, lambda one: int(one.state != "resolved")),
    "is_confirmed": (mean, lambda one: share(one.confirmed_date)),
    "is_answered": (
        mean,
        lambda one: share(
            ended(one, "answered"), ended(one) and not ended(one, "waived")
        ),
    ),
    "is_waived": (mean, lambda one: share(ended(one, "waived"), ended(one))),
    "is_closed_waiting": (
        mean,
        lambda one: share(ended(one, "closed_waiting"), ended(one)),
    ),
    "is_sent_back": (
        mean,
        lambda one: share(ended(one, "sent_back"), ended(one) and one.kind == "manual"),
    ),
    "is_de_escalated": (
        mean,
        lambda one: share(
            ended(one, "de_escalated"), ended(one) and one.kind == "manual"
        ),
    ),
}


def first_incident(ticket):
    return min(ticket.escalation_incident_ids.mapped("create_date"), default=None)


def handovers(ticket):
    return ticket.escalation_incident_ids.filtered(lambda one: one.kind == "manual")


def handed_back(resolution):
    def count(ticket):
        all_ended = handovers(ticket).filtered(ended)
        return share(resolution in all_ended.mapped("resolution"), all_ended)

    return mean, count


def reopened(ticket):
    first = first_incident(ticket)
    if not first or not ticket.closed_date or ticket.closed_date < first:
        return None
    stages = ticket.env["helpdesk.ticket.stage"]
    values = ticket.message_ids.sudo().tracking_value_ids
    return share(
        any(
            stages.browse(value.old_value_integer).closed
            and not stages.browse(value.new_value_integer).closed
            and value.mail_message_id.create_date > first
            for value in values.filtered(lambda v: v.field_id.name == "stage_id")
        )
    )


def minutes_to_escalate(ticket):
    return minutes_between(ticket.create_date, first_incident(ticket))


def satisfaction(ticket):
    ratings = ticket.env["rating.rating"].search(
        [("res_model", "=", ticket._name), ("res_id", "=", ticket.id)]
    )
    first = first_incident(ticket)
    given = [
        rating.rating
        for rating in ratings
        if rating.consumed and (not first or rating.rated_on >= first)
    ]
    return mean(given) if given else None


TICKET_FIGURES = {
    "is_escalated": (mean, lambda one: share(one.escalation_incident_ids)),
    "is_first_tier": (
        mean,
        lambda one: share(not handovers(one), one.stage_id.closed),
    ),
    "is_reopened": (mean, reopened),
    "is_sent_back": handed_back("sent_back"),
    "is_de_escalated": handed_back("de_escalated"),
    "escalations": (sum, lambda one: len(one.escalation_incident_ids)),
    **times("minutes_to_escalate", minutes_to_escalate),
    "satisfaction": (mean, satisfaction),
}


class TestFigures(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dice = random.Random(8)
        cls.policy.calendar_id = cls._new_hours(range(7), OPENS, CLOSES)
        cls.done = cls.env["helpdesk.ticket.stage"].create(
            {"name": "All done", "closed": True}
        )
        cls.tickets = cls.env["helpdesk.ticket"].browse()
        for number in range(24):
            cls.tickets += cls._new_ticket(-number * 997 - 7000)
        for ticket in cls.tickets:
            cls._record_incidents(ticket)
            cls._record_stages(ticket)
        cls._record_ratings()
        cls.env.flush_all()

    @classmethod
    def _record_incidents(cls, ticket):
        """Up to three incidents, the last of which may still be open."""
        begin = ticket.create_date
        kinds = cls.dice.choices(("automatic", "manual"), k=cls.dice.randrange(4))
        for kind in kinds:
            begin = cls._later(begin)
            values = {
                "ticket_id": ticket.id,
                "policy_id": cls.policy.id,
                "kind": kind,
                "round": cls.dice.randrange(1, 4),
                "nobody_reached": cls.dice.random() < 0.2,
                "anchor_date": begin,
                "notification_ids": [
                    Command.create(
                        {
                            "step_id": cls.dice.choice(cls.policy.step_ids).id,
                            "channel": cls.dice.choice(("activity", "email")),
                            "user_id": cls.dice.choice((cls.agent, cls.leader)).id,
                            "state": cls.dice.choice(("sent", "failed", "skipped")),
                        }
                    )
                    for _number in range(cls.dice.randrange(4))
                ],
            }
            values["first_step_date"] = moment = cls._later(begin)
            if cls.dice.random() < 0.5:
                values["confirmed_date"] = moment = cls._later(moment)
                values["confirmed_by_id"] = cls.leader.id
            moment = cls._later(moment)
            resolution = cls.dice.choice(
                (
                    "answered",
                    "waived",
                    "closed",
                    "closed_waiting",
                    "sent_back",
                    "de_escalated",
                    None,
                )
            )
            if resolution:
                values.update(
                    state="resolved", resolution=resolution, resolved_date=moment
                )
                if resolution == "answered":
                    values["answered_date"] = moment
            incident = cls.incidents.create(values)
            minute = (begin - cls.t0) / MINUTE
            cls._date(incident, minute)
            if not resolution:
                break
            incident._keep_working_minutes()
            begin = moment

    @classmethod
    def _record_stages(cls, ticket):
        """Some are closed, some of those opened again, and Odoo keeps track."""
        first = ticket.stage_id
        ticket = ticket.with_context(tracking_disable=False, mail_notrack=False)
        known = ticket.message_ids
        for stage in (cls.done, first, cls.done)[: cls.dice.randrange(4)]:
            ticket.stage_id = stage
            cls._flush_tracking()
        cls._date(ticket.message_ids - known, cls.dice.choice((-60, -60000)))

    @classmethod
    def _record_ratings(cls):
        """Some were asked, some of those answered, now or long ago."""
        model = cls.env["ir.model"]._get_id("helpdesk.ticket")
        for ticket in cls.tickets:
            for _number in range(cls.dice.randrange(3)):
                rating = cls.env["rating.rating"].create(
                    {"res_model_id": model, "res_id": ticket.id}
                )
                if cls.dice.random() < 0.7:
                    ticket.rating_apply(cls.dice.choice((1, 3, 5)), rating=rating)
                    rating.rated_on = cls.dice.choice(
                        (cls.t0, cls.t0 - timedelta(days=100))
                    )

    @classmethod
    def _later(cls, moment):
        return moment + cls.dice.randrange(1, 900) * MINUTE

    @classmethod
    def _flush_tracking(cls):
        cls.env.flush_all()
        cls.cr.flush()

    def _measures(self, report):
        return {
            name
            for name, field in report._fields.items()
            if field.type in ("integer", "float") and field.aggregator
        }

    def _check(self, report, figures, records, domain, group, group_of):
        self.assertEqual(self._measures(report), set(figures), "each is recomputed")
        specs = [f"{name}:{report._fields[name].aggregator}" for name in figures]
        for groupby in ([], [group]):
            for row in report._read_group(domain, groupby, ["__count", *specs]):
                key, (count, *values) = row[: len(groupby)], row[len(groupby) :]
                among = [
                    one for one in records if not groupby or (group_of(one),) == key
                ]
                self.assertEqual(count, len(among))
                for (name, (add_up, figure_of)), value in zip(
                    figures.items(), values, strict=True
                ):
                    with self.subTest(figure=name, group=key):
                        known = [
                            figure
                            for one in among
                            if (figure := figure_of(one)) is not None
                        ]
                        if known:
                            self.assertAlmostEqual(value, add_up(known), 3)
                        else:
                            self.assertFalse(value)

    def test_those_of_incidents(self):
        incidents = self.tickets.escalation_incident_ids
        self.assertGreater(len(incidents), 20)
        self._check(
            self.env["helpdesk.escalation.report"],
            INCIDENT_FIGURES,
            incidents,
            [("ticket_id", "in", self.tickets.ids)],
            "kind",
            lambda one: one.kind,
        )

    def test_those_of_tickets(self):
        self._check(
            self.env["helpdesk.escalation.ticket.report"],
            TICKET_FIGURES,
            self.tickets,
            [("ticket_id", "in", self.tickets.ids)],
            "was_escalated",
            lambda one: bool(one.escalation_incident_ids),
        )

    def test_each_says_what_it_means(self):
        for name in ("helpdesk.escalation.report", "helpdesk.escalation.ticket.report"):
            fields = self.env[name].fields_get(attributes=["help"])
            for measure in self._measures(self.env[name]):
                self.assertTrue(fields[measure].get("help"), (name, measure))
        rate = self.env["helpdesk.escalation.ticket.report"]._fields["is_escalated"]
        self.assertIn("10 and 20 %", rate.help)

    def test_a_pivot_gets_the_same_medians_as_a_single_group(self):
        """A pivot reads all its groups in one statement."""
        report = self.env["helpdesk.escalation.report"]
        measure = "median_minutes_to_resolve:avg"
        total, by_kind = report.formatted_read_grouping_sets(
            [("ticket_id", "in", self.tickets.ids)], [[], ["kind"]], [measure]
        )
        count = INCIDENT_FIGURES["median_minutes_to_resolve"][1]
        incidents = self.tickets.escalation_incident_ids
        for groups in (total, by_kind):
            for group in groups:
                known = [
                    figure
                    for one in incidents
                    if group.get("kind") in (None, one.kind)
                    and (figure := count(one)) is not None
                ]
                self.assertAlmostEqual(group[measure], median(known), 3)

    def test_who_never_rated_is_no_zero(self):
        report = self.env["helpdesk.escalation.ticket.report"]
        for ticket in self.tickets:
            row = report.browse(ticket.id)
            self.assertEqual(bool(row.satisfaction), satisfaction(ticket) is not None)
