"""A helpdesk on paper: the rules R1 to R13 again, in plain Python.

It is written from the rules and knows nothing of the add-on, for test_paper_helpdesk.py
to compare the two. Slow and simple on purpose: every question is answered from the
whole story of a ticket, nothing is kept that can be worked out.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

CREATION = 0
# A closing comes after all that was said at the same moment.
CLOSING = float("inf")
OFFICE_HOURS = [(time(8), time(12)), (time(13), time(17))]


def minutes(number):
    return timedelta(minutes=number)


def worked(start, end):
    """The office hours between two moments."""
    total, day = timedelta(), start.date()
    while day <= end.date():
        for opens, closes in OFFICE_HOURS:
            begin = max(start, datetime.combine(day, opens))
            stop = min(end, datetime.combine(day, closes))
            total += max(stop - begin, timedelta())
        day += timedelta(days=1)
    return total


@dataclass
class Person:
    name: str
    archived: bool = False
    away: bool = False
    has_mail: bool = True
    substitute: str | None = None


@dataclass
class Step:
    id: int
    delay: int
    recipient: str
    channel: str
    people: list = field(default_factory=list)


@dataclass
class Policy:
    name: str
    steps: list
    count_from: str = "client_last"
    start: datetime | None = None
    active: bool = True
    office_hours: bool = False
    skip_on_leave: bool = True
    fallback: str | None = None
    confirm_expiry: int = 0
    reopen_on_client: bool = False
    repeat_count: int = 0
    repeat_delay: int = 60

    def is_open(self, now):
        if not self.office_hours:
            return True
        return any(opens <= now.time() < closes for opens, closes in OFFICE_HOURS)

    def is_over(self, delay, since, now):
        """R5, to the second."""
        since = since.replace(microsecond=0)
        if delay == 0 or not self.office_hours:
            return since + minutes(delay) <= now
        return worked(since, now) >= minutes(delay)


@dataclass
class Line:
    """A notification: who was told at which step, or why not.

    ``fate``: skipped, told, or of a mail: unwritten, queued, mailed (and not yet known
    to be), cancelled.
    """

    round: int
    step: int | str
    person: str | None
    channel: str
    fate: str


@dataclass
class Incident:
    policy: str
    anchor: tuple
    since: datetime
    state: str = "active"
    round: int = 1
    resolution: str | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    until: datetime | None = None
    repeats: int = 0
    last_firing: datetime | None = None
    # What has fired: (round, policy, step, its delay then).
    fired: list = field(default_factory=list)
    lines: list = field(default_factory=list)

    def has_told_somebody(self):
        return any(line.fate not in ("skipped", "cancelled") for line in self.lines)


@dataclass
class Ticket:
    name: str
    created: datetime
    contact: str
    # A person of the staff who is the contact, like any employee may be.
    responsible: str | None = "agent"
    account_manager: str | None = "seller"
    policy: str | None = None
    words: list = field(default_factory=list)
    # All that was said: when, its rank, by whom and how.
    said: list = field(default_factory=list)
    closings: list = field(default_factory=list)
    is_closed: bool = False
    is_archived: bool = False
    is_duplicate: bool = False
    is_muted: bool = False
    incidents: list = field(default_factory=list)

    @property
    def is_open(self):
        return not (self.is_closed or self.is_archived or self.is_duplicate)

    @property
    def incident(self):
        return next((i for i in self.incidents if i.state != "resolved"), None)

    def words_of(self, party):
        return [(at, rank) for at, rank, who in self.words if who == party]

    # R3
    def settled(self):
        """The last answer or closing."""
        return max(self.words_of("staff") + self.closings, default=None)

    def unanswered(self):
        """The client's words since then, the creation being the first of all."""
        settled = self.settled()
        words = sorted([(self.created, CREATION), *self.words_of("client")])
        return [word for word in words if settled is None or word > settled]

    # R4
    def anchor(self, count_from):
        if not self.is_open:
            return None
        if count_from == "unresolved":
            if not self.closings:
                return (self.created, CREATION)
            last = max(self.closings)
            return min((w for w in self.words_of("client") if w > last), default=None)
        words = self.unanswered()
        if not words:
            return None
        return words[0] if count_from == "client_first" else words[-1]


class PaperHelpdesk:
    def __init__(self, people, policies, managers, leader, parent_leader):
        self.people = people
        self.policies = policies
        self.managers = managers
        self.leader = leader
        self.parent_leader = parent_leader
        self.tickets = []
        # Where policies are set beside the tickets, nearest first.
        self.client_policies = {"contact": None, "company": None}
        self.team_policies = {"team": None, "parent": None}
        self.rank = 0
        # Who answers also those inside the house: the teams' members and leaders, and
        # the managers.
        self.helpdesk = {leader, parent_leader, "agent", *managers}

    # ------------------------------------------------------------------
    # R1
    # ------------------------------------------------------------------

    def policy_of(self, ticket):
        """The policy that counts, and whether it is the ticket's own."""
        if ticket.is_muted:
            return None, False
        places = [ticket.policy]
        if ticket.contact == "client":
            places += self.client_policies.values()
        places += self.team_policies.values()
        for place, name in enumerate(places):
            if name and self.policies[name].active:
                return self.policies[name], place == 0
        return None, False

    # ------------------------------------------------------------------
    # R2, R3 What people do
    # ------------------------------------------------------------------

    def say(self, ticket, author, kind, now):
        self.rank += 1
        ticket.said.append((now, self.rank, author, kind))
        party = self.party(ticket, author, kind)
        if party:
            ticket.words.append((now, self.rank, party))
        if party == "staff":
            self.settle(ticket)

    def party(self, ticket, author, kind):
        if kind in ("automatic", "out_of_office", "mass_mail", "empty"):
            return None
        if author == "root":
            return None
        if author in ("client", "stranger", "unknown", ticket.contact):
            return "client"
        if kind in ("note", "machine", "by_code"):
            return None
        if ticket.contact in self.people and not self.works_on(ticket, author):
            return "client"
        return None if kind == "to_vendor" else "staff"

    def works_on(self, ticket, person):
        """Whether one of us answers where the client is one of us too."""
        if person in (ticket.responsible, *self.helpdesk):
            return True
        return any(
            line.person == person and line.fate != "skipped"
            for incident in ticket.incidents
            for line in incident.lines
        )

    def change_last(self, ticket, kind):
        """The last message that was said is emptied, or hidden from the client."""
        now, rank, author, _kind = ticket.said.pop()
        ticket.said.append((now, rank, author, kind))
        self.judge_again(ticket, rank)

    def move_last(self, ticket, other):
        said = ticket.said.pop()
        other.said.append(said)
        other.said.sort(key=lambda one: one[1])
        for one in (ticket, other):
            self.judge_again(one, said[1])

    def judge_again(self, ticket, rank):
        ticket.words = [word for word in ticket.words if word[1] != rank]
        for now, its_rank, author, kind in ticket.said:
            party = its_rank == rank and self.party(ticket, author, kind)
            if party:
                ticket.words.append((now, rank, party))
        self.settle(ticket)

    def close(self, ticket, now):
        ticket.is_closed = True
        ticket.closings.append((now, CLOSING))
        self.settle(ticket)

    # ------------------------------------------------------------------
    # R11 End
    # ------------------------------------------------------------------

    def end_of(self, ticket, incident):
        policy, _own = self.policy_of(ticket)
        if ticket.is_archived:
            return "archived"
        if ticket.is_closed:
            return "closed"
        if ticket.is_duplicate:
            return "duplicate"
        if ticket.is_muted:
            return "muted"
        if not policy:
            return "no_policy"
        if any(closing > incident.anchor for closing in ticket.closings):
            return "closed"
        if policy.count_from == "unresolved":
            return None if ticket.anchor("unresolved") else "closed"
        if any(word > incident.anchor for word in ticket.words_of("staff")):
            return "answered"
        return None if ticket.unanswered() else "answered"

    def settle(self, ticket):
        incident = ticket.incident
        reason = incident and self.end_of(ticket, incident)
        if reason:
            incident.state, incident.resolution = "resolved", reason
            self.take_back(incident)

    def take_back(self, incident):
        for line in incident.lines:
            if line.fate in ("unwritten", "queued"):
                line.fate = "cancelled"

    # ------------------------------------------------------------------
    # R10 I'm on it
    # ------------------------------------------------------------------

    def confirm(self, ticket, person, now, until=None):
        incident = ticket.incident
        if incident and incident.state == "active":
            incident.state = "confirmed"
            incident.confirmed_by, incident.confirmed_at = person, now
            incident.until = until
            self.take_back(incident)

    def release(self, ticket, now):
        self.begin_round(ticket.incident, now)

    def begin_round(self, incident, now):
        incident.state = "active"
        incident.round += 1
        incident.since = now
        incident.confirmed_by = incident.confirmed_at = incident.until = None

    def escalate_now(self, ticket, now):
        incident = ticket.incident
        steps = self.steps_left(incident, self.policies[incident.policy])
        self.fire(ticket, self.policies[incident.policy], steps[:1], steps[1:], now)

    # ------------------------------------------------------------------
    # R13 The run
    # ------------------------------------------------------------------

    def run(self, now):
        for ticket in self.tickets:
            told = set()
            self.settle(ticket)
            self.renew(ticket, now, told)
            self.open(ticket, now)
            self.advance(ticket, now, told)
        for line in self.lines():
            line.fate = {"mailed": "told", "unwritten": "queued"}.get(
                line.fate, line.fate
            )

    def send_mails(self):
        for line in self.lines():
            if line.fate == "queued":
                line.fate = "mailed"

    def lines(self):
        return [
            line
            for ticket in self.tickets
            for incident in ticket.incidents
            for line in incident.lines
        ]

    def open(self, ticket, now):
        policy, own = self.policy_of(ticket)
        if ticket.incident or not policy or not policy.is_open(now):
            return
        anchor = ticket.anchor(policy.count_from)
        if not anchor:
            return
        if policy.start and anchor[0] < policy.start and not own:
            return  # R12
        if policy.is_over(min(step.delay for step in policy.steps), anchor[0], now):
            ticket.incidents.append(Incident(policy.name, anchor, since=anchor[0]))

    def renew(self, ticket, now, told):
        incident = ticket.incident
        policy, _own = self.policy_of(ticket)
        if not incident or not policy.is_open(now):
            return
        if incident.state == "confirmed":
            if incident.until:
                expired = incident.until <= now
            else:
                expired = policy.confirm_expiry and policy.is_over(
                    policy.confirm_expiry, incident.confirmed_at, now
                )
            words = [at for at, _rank in ticket.words_of("client")]
            wrote = policy.reopen_on_client and any(
                at > incident.confirmed_at for at in words
            )
            if expired or wrote:
                person = incident.confirmed_by
                before = incident.policy
                self.begin_round(incident, now)
                self.remind(ticket, incident, self.policies[before], person, told)
        elif (
            incident.repeats < policy.repeat_count
            and incident.last_firing
            and policy.is_over(policy.repeat_delay, incident.last_firing, now)
            and incident.has_told_somebody()
            and not self.steps_left(incident, policy)
        ):
            incident.repeats += 1
            self.begin_round(incident, now)

    def remind(self, ticket, incident, policy, person, told):
        """Tell who was on it, by the way they were told last."""
        channels = [
            line.channel
            for line in incident.lines
            if line.person == person and line.fate == "told"
        ]
        channel = (channels or ["activity"])[-1]
        self.tell(ticket, incident, policy, [person], channel, "reminder", told)

    # ------------------------------------------------------------------
    # R6 Order
    # ------------------------------------------------------------------

    def steps_left(self, incident, policy):
        fired = [entry for entry in incident.fired if entry[0] == incident.round]
        others = [delay for _r, name, _s, delay in fired if name != policy.name]
        beyond = max(others, default=-1)
        done = {step for _round, _name, step, _delay in fired}
        steps = sorted(policy.steps, key=lambda step: (step.delay, step.id))
        return [s for s in steps if s.id not in done and s.delay > beyond]

    def advance(self, ticket, now, told):
        incident = ticket.incident
        policy, _own = self.policy_of(ticket)
        if not incident or incident.state != "active" or not policy.is_open(now):
            return
        left = self.steps_left(incident, policy)
        due = [s for s in left if policy.is_over(s.delay, incident.since, now)]
        later = left[len(due) :]
        has_fired = any(entry[0] == incident.round for entry in incident.fired)
        if due:
            self.fire(ticket, policy, due, later, now, told)
        elif has_fired and not incident.has_told_somebody():
            self.fire(ticket, policy, later[:1], later[1:], now, told)

    def fire(self, ticket, policy, due, later, now, told=None):
        incident = ticket.incident
        told = set() if told is None else told
        queue, later = list(due), list(later)
        reached, channel, lines = False, "activity", len(incident.lines)
        while queue:
            step = queue.pop(0)
            channel = step.channel
            incident.fired.append((incident.round, policy.name, step.id, step.delay))
            reached = self.tell(
                ticket,
                incident,
                policy,
                self.recipients(ticket, step),
                channel,
                step.id,
                told,
            )
            if not reached and not queue and later:
                queue.append(later.pop(0))
        if not reached:
            reached = self.fall_back(ticket, incident, policy, channel, told)
        if reached or due or len(incident.lines) > lines:
            incident.policy = policy.name
            incident.last_firing = now

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def recipients(self, ticket, step):
        return {
            "responsible": [ticket.responsible],
            "team_leader": [self.leader],
            "parent_team_leader": [self.parent_leader],
            "account_manager": [ticket.account_manager],
            "user": step.people,
        }[step.recipient]

    def cannot_be_told(self, ticket, name, channel):
        person = self.people[name]
        return (
            person.archived
            or name == ticket.contact
            or (channel == "email" and not person.has_mail)
        )

    def stand_in(self, ticket, name, channel):
        seen = {name}
        name = self.people[name].substitute
        while name and name not in seen:
            if self.cannot_be_told(ticket, name, channel):
                return None
            if not self.people[name].away:
                return name
            seen.add(name)
            name = self.people[name].substitute
        return None

    def tell(self, ticket, incident, policy, names, channel, step, told):
        """Tell people, each once per run and channel; say whether any was reached."""
        reached = False

        def write(name, fate):
            incident.lines.append(Line(incident.round, step, name, channel, fate))

        def inform(name):
            if (name, channel) in told:
                write(name, "skipped")
            else:
                write(name, "told" if channel == "activity" else "unwritten")
                told.add((name, channel))

        names = [name for name in names if name]
        if not names:
            write(None, "skipped")
        for name in names:
            if self.cannot_be_told(ticket, name, channel):
                write(name, "skipped")
            elif not (policy.skip_on_leave and self.people[name].away):
                inform(name)
                reached = True
            else:
                write(name, "skipped")
                other = self.stand_in(ticket, name, channel)
                if other:
                    inform(other)
                    reached = True
        return reached

    def fall_back(self, ticket, incident, policy, channel, told):
        for names in ([policy.fallback], [self.leader], self.managers):
            for way in dict.fromkeys([channel, "activity"]):
                # Who is tried in vain here is of no interest.
                trial = Incident(policy.name, incident.anchor, incident.since)
                trial.round = incident.round
                if any(names) and self.tell(
                    ticket, trial, policy, names, way, "fallback", told
                ):
                    incident.lines += trial.lines
                    return True
        return False
