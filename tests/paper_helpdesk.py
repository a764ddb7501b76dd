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
    away_since: datetime | None = None
    has_mail: bool = True
    substitute: str | None = None


@dataclass
class Team:
    leader: str | None
    members: list


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
    at: datetime | None = None
    stands_in_for: str | None = None
    # What the person became when the ticket changed hands.
    received_as: str | None = None
    is_replaced: bool = False
    # An activity that is still there.
    on_plate: bool = False

    def counts(self):
        return self.fate not in ("skipped", "cancelled") and not self.is_replaced


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
    # Mails of this round and later still count.
    live_round: int = 1
    # Nobody was notified, or nobody who was is left.
    alone: bool = False
    # Whose the ticket was when the run last looked: the team, and who has which place.
    team: str | None = None
    holders: dict = field(default_factory=dict)
    last_firing: datetime | None = None
    # What has fired: (round, policy, step, its delay then).
    fired: list = field(default_factory=list)
    lines: list = field(default_factory=list)


@dataclass
class Ticket:
    name: str
    created: datetime
    contact: str
    # A person of the staff who is the contact, like any employee may be.
    responsible: str | None = "agent"
    account_manager: str | None = "seller"
    policy: str | None = None
    team: str = "team"
    # Who last gave it to another team or person while it was escalated.
    mover: str | None = None
    words: list = field(default_factory=list)
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
    def __init__(self, people, policies, managers, teams, parent_leader):
        self.people = people
        self.policies = policies
        self.managers = managers
        self.teams = teams
        self.parent_leader = parent_leader
        self.tickets = []
        # Where policies are set beside the tickets, nearest first.
        self.client_policies = {"contact": None, "company": None}
        self.team_policies = {"team": None, "other": None, "parent": None}
        self.rank = 0

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
        places += [self.team_policies[ticket.team], self.team_policies["parent"]]
        for place, name in enumerate(places):
            if name and self.policies[name].active:
                return self.policies[name], place == 0
        return None, False

    # ------------------------------------------------------------------
    # R2, R3 What people do
    # ------------------------------------------------------------------

    def say(self, ticket, author, kind, now):
        party = self.party(ticket, author, kind)
        self.rank += 1
        if party:
            ticket.words.append((now, self.rank, party))
        if party == "staff":
            self.settle(ticket)

    def party(self, ticket, author, kind):
        if kind in ("automatic", "out_of_office", "mass_mail") or author == "root":
            return None
        if author in ("client", "stranger", "unknown", ticket.contact):
            return "client"
        return None if kind == "note" else "staff"

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

    def take_back(self, incident, keep=None):
        self.withdraw(incident.lines, keep)

    def withdraw(self, lines, keep=None):
        for line in lines:
            if line.fate in ("unwritten", "queued"):
                line.fate = "cancelled"
            if line.person != keep:
                line.on_plate = False

    # ------------------------------------------------------------------
    # R10 I'm on it
    # ------------------------------------------------------------------

    def confirm(self, ticket, person, now, until=None):
        incident = ticket.incident
        if incident and incident.state == "active":
            incident.state = "confirmed"
            incident.confirmed_by, incident.confirmed_at = person, now
            incident.until = until
            self.take_back(incident, keep=person)

    def mark_done(self, ticket, person, now):
        line = next(
            line
            for line in ticket.incident.lines
            if line.on_plate and line.person == person
        )
        line.on_plate = False
        self.confirm(ticket, person, now)

    def release(self, ticket, now):
        self.begin_round(ticket.incident, now)

    def begin_round(self, incident, now):
        incident.state = "active"
        incident.round += 1
        incident.live_round = incident.round
        incident.since = now
        incident.confirmed_by = incident.confirmed_at = incident.until = None

    def escalate_now(self, ticket, now):
        policy, _own = self.policy_of(ticket)
        steps = self.steps_left(ticket.incident, policy)
        self.fire(ticket, policy, steps[:1], steps[1:], now)

    # ------------------------------------------------------------------
    # R13 The run
    # ------------------------------------------------------------------

    def run(self, now):
        for ticket in self.tickets:
            told = set()
            self.settle(ticket)
            self.see_to_people(ticket, now, told)
            self.open(ticket, now)
            self.advance(ticket, now, told)
        for ticket in self.tickets:
            for incident in ticket.incidents:
                self.look_after_mails(ticket, incident)

    def look_after_mails(self, ticket, incident):
        left = [
            line
            for line in incident.lines
            if line.fate == "unwritten"
            and self.cannot_be_told(ticket, line.person, "activity")
        ]
        for line in incident.lines:
            line.fate = {"mailed": "told", "unwritten": "queued"}.get(
                line.fate, line.fate
            )
        for line in left:
            line.fate = "cancelled"
        if left and incident.state == "active" and not self.live(ticket, incident):
            incident.alone = True

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
            incident = Incident(policy.name, anchor, since=anchor[0])
            self.keep_hands(ticket, incident)
            ticket.incidents.append(incident)

    def see_to_people(self, ticket, now, told):
        """Changes of hands, who cannot act any more, and new rounds: R6, R7, R10."""
        incident = ticket.incident
        policy, _own = self.policy_of(ticket)
        if not incident or not policy.is_open(now):
            return
        hands = self.hands(ticket, incident)
        reach = self.reach(incident, policy)
        unable = self.is_unable(incident, policy)
        if hands:
            self.change_hands(ticket, incident, policy, hands, now, told)
        if hands == "moved":
            return
        if unable:
            self.take_back(incident)
            self.begin_round(incident, now)
            return
        left = self.steps_left(incident, policy)
        if (
            incident.state == "active"
            and not hands
            and self.has_fired(incident)
            and self.is_lost(reach, left)
        ):
            incident.alone = True
        self.renew(ticket, incident, policy, reach, now, told)

    def renew(self, ticket, incident, policy, reach, now, told):
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
            and not incident.alone
            and not reach
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
        if self.tell(ticket, incident, policy, [person], channel, "reminder", told):
            incident.alone = False

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
        alone = incident.alone or self.is_lost(self.reach(incident, policy), left)
        if due:
            self.fire(ticket, policy, due, later, now, told)
        elif self.has_fired(incident) and alone:
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
                now,
            )
            reached = reached or "received" in told
            if not reached and not queue and later:
                queue.append(later.pop(0))
        if not reached:
            reached = self.fall_back(ticket, incident, policy, channel, told, now)
        if reached or due or len(incident.lines) > lines:
            incident.policy = policy.name
            incident.last_firing = now
            is_left = any(
                line.counts()
                and not self.cannot_be_told(ticket, line.person, "activity")
                for line in incident.lines
            )
            knows = any(
                {(line.person, line.channel), (line.person, None)} & told
                for line in incident.lines[lines:]
            )
            incident.alone = not (is_left or knows or "received" in told)

    def has_fired(self, incident):
        since = incident.since.replace(microsecond=0)
        return incident.last_firing and incident.last_firing >= since

    # ------------------------------------------------------------------
    # R6 Changing hands
    # ------------------------------------------------------------------

    def holders(self, ticket):
        return {
            "responsible": ticket.responsible,
            "team_leader": self.teams[ticket.team].leader,
            "parent_team_leader": self.parent_leader,
        }

    def keep_hands(self, ticket, incident):
        incident.team, incident.holders = ticket.team, self.holders(ticket)

    def move(self, ticket, team, mover):
        if team == ticket.team:
            return
        ticket.team = team
        if ticket.responsible not in self.teams[team].members:
            ticket.responsible = None
        if ticket.incident:
            ticket.mover = mover
        self.settle(ticket)

    def assign(self, ticket, person, mover):
        if person != ticket.responsible and ticket.incident:
            ticket.mover = mover
        ticket.responsible = person

    def hands(self, ticket, incident):
        team = self.teams[ticket.team]
        if ticket.team != incident.team and (
            incident.state == "active"
            or incident.confirmed_by not in [team.leader, *team.members]
        ):
            return "moved"
        if ticket.team != incident.team or self.holders(ticket) != incident.holders:
            return "people"
        return None

    def role(self, line):
        if line.received_as:
            return line.received_as
        steps = {s.id: s for policy in self.policies.values() for s in policy.steps}
        return steps[line.step].recipient if line.step in steps else None

    def change_hands(self, ticket, incident, policy, hands, now, told):
        new = self.holders(ticket)
        changed = {
            role: person
            for role, person in new.items()
            if person != incident.holders[role]
        }
        moved = hands == "moved"
        was_confirmed = incident.state == "confirmed"
        replaced = (
            [] if was_confirmed else self.replaced(ticket, incident, changed, moved)
        )
        for line in replaced:
            line.is_replaced = True
        self.withdraw(replaced)
        if moved and was_confirmed:
            self.take_back(incident)
        if ticket.mover and (moved or "responsible" in changed):
            told.add((ticket.mover, None))
        live = self.live(ticket, incident)
        reached = False
        if moved:
            if not was_confirmed:
                told.update((line.person, line.channel) for line in live)
            live_round = incident.round + 1 if was_confirmed else incident.live_round
            self.begin_round(incident, incident.anchor[0])
            incident.live_round = live_round
            incident.policy = policy.name
            knowing = set() if was_confirmed else {line.person for line in live}
            reached = self.receive(ticket, incident, policy, knowing, now, told)
            if reached:
                told.add("received")
        elif not was_confirmed:
            reached = self.succeed(ticket, incident, policy, changed, live, now, told)
        if reached:
            incident.alone = False
        elif moved and was_confirmed:
            incident.alone = True
        elif (moved or replaced) and not live:
            incident.alone = True
        self.keep_hands(ticket, incident)

    def replaced(self, ticket, incident, changed, moved):
        def is_replaced(line):
            role = self.role(line)
            before = incident.holders.get(role) if role in changed else None
            return before and before in (line.person, line.stands_in_for)

        def has_other_reason(line):
            return any(
                other.fate == "skipped"
                and (other.person, other.channel) == (line.person, line.channel)
                and other.at == line.at
                and not is_replaced(other)
                for other in incident.lines
            )

        return [
            line
            for line in incident.lines
            if line.counts()
            and (line.on_plate or line.round >= incident.live_round)
            and (
                is_replaced(line)
                or (
                    moved
                    and line.received_as == "member"
                    and line.person not in self.teams[ticket.team].members
                )
            )
            and not has_other_reason(line)
        ]

    def live(self, ticket, incident):
        """Lines by which somebody is still notified who can be."""
        return [
            line
            for line in incident.lines
            if line.counts()
            and (
                line.on_plate
                if line.channel == "activity"
                else line.round >= incident.live_round
            )
            and not self.cannot_be_told(ticket, line.person, line.channel)
        ]

    def receive(self, ticket, incident, policy, knowing, now, told):
        team = self.teams[ticket.team]
        for role, names in (
            ("responsible", [ticket.responsible]),
            ("team_leader", [team.leader]),
            ("member", team.members),
        ):
            steps = sorted(policy.steps, key=lambda step: (step.delay, step.id))
            ways = [step.channel for step in steps if step.recipient == role]
            names = [name for name in names if name]
            fresh = [name for name in names if name not in knowing]
            reached = self.tell_receivers(
                ticket,
                incident,
                policy,
                role,
                fresh,
                (ways or ["activity"])[0],
                now,
                told,
            )
            if reached or len(fresh) < len(names):
                return True
        return False

    def succeed(self, ticket, incident, policy, changed, live, now, told):
        reached = False
        so_far = [one for one in incident.lines if one.round >= incident.live_round]
        for role, person in changed.items():
            if not person:
                continue
            fired = [line for line in so_far if self.role(line) == role]
            known = {
                line.channel
                for line in so_far
                if line.person == person and line in live
            }
            for channel in dict.fromkeys(line.channel for line in fired):
                if channel in known:
                    reached = True
                else:
                    reached |= self.tell_receivers(
                        ticket, incident, policy, role, [person], channel, now, told
                    )
        return reached

    def tell_receivers(self, ticket, incident, policy, role, names, way, now, told):
        names = [name for name in names if name]
        for channel in dict.fromkeys([way, "activity"]):
            before = len(incident.lines)
            reached = bool(names) and self.tell(
                ticket, incident, policy, names, channel, "hands", told, now
            )
            for line in incident.lines[before:]:
                line.received_as = role
            if reached:
                return True
        return False

    # ------------------------------------------------------------------
    # R7, R10 Who cannot act any more
    # ------------------------------------------------------------------

    def reach(self, incident, policy):
        people = [
            self.people[line.person]
            for line in incident.lines
            if line.counts() and (line.on_plate or line.round >= incident.live_round)
        ]
        if incident.state != "active" or not people:
            return None
        able = [person for person in people if not person.archived]
        if not able:
            return "gone"
        if policy.skip_on_leave and all(person.away for person in able):
            return "away"
        return None

    def is_lost(self, reach, left):
        return reach == "gone" or (reach == "away" and not left)

    def is_unable(self, incident, policy):
        if incident.state != "confirmed":
            return False
        person = self.people[incident.confirmed_by]
        return person.archived or (
            policy.skip_on_leave
            and person.away
            and person.away_since > incident.confirmed_at
        )

    # ------------------------------------------------------------------
    # R7 Whom
    # ------------------------------------------------------------------

    def recipients(self, ticket, step):
        return {
            "responsible": [ticket.responsible],
            "team_leader": [self.teams[ticket.team].leader],
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

    def tell(self, ticket, incident, policy, names, channel, step, told, now=None):
        """Tell people, each once per run and channel; say whether any was reached."""
        reached = False

        def write(name, fate, stands_in_for=None):
            line = Line(incident.round, step, name, channel, fate, now, stands_in_for)
            line.on_plate = fate == "told"
            incident.lines.append(line)

        def inform(name, stands_in_for=None):
            known = incident.round > incident.live_round and any(
                (line.step, line.person, line.channel) == (step, name, channel)
                and line.round < incident.round
                for line in self.live(ticket, incident)
                if isinstance(step, int)
            )
            if known or {(name, channel), (name, None)} & told:
                write(name, "skipped", stands_in_for)
            else:
                fate = "told" if channel == "activity" else "unwritten"
                write(name, fate, stands_in_for)
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
                    inform(other, name)
                    reached = True
        return reached

    def fall_back(self, ticket, incident, policy, channel, told, now):
        leader = self.teams[ticket.team].leader
        for names in ([policy.fallback], [leader], self.managers):
            for way in dict.fromkeys([channel, "activity"]):
                # Who is tried in vain here is of no interest.
                trial = Incident(policy.name, incident.anchor, incident.since)
                trial.round = incident.round
                if any(names) and self.tell(
                    ticket, trial, policy, names, way, "fallback", told, now
                ):
                    incident.lines += trial.lines
                    return True
        return False
