"""A helpdesk on paper: the rules R1 to R13 again, in plain Python.

It is written from the rules and knows nothing of the add-on, for test_paper_helpdesk.py
to compare the two. Slow and simple on purpose: every question is answered from the
whole story of a ticket, nothing is kept that can be worked out.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

CREATION = 0
# Who may have a ticket, nearest first.
PLACES = ("responsible", "team_leader", "parent_team_leader")
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
    # How many people have to be on it.
    confirmations: int = 1


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
    ignore_closed: bool = False

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
    to be), cancelled, failed.
    """

    round: int
    step: int | str
    person: str | None
    channel: str
    fate: str
    at: datetime | None = None
    stands_in_for: str | None = None
    queued_at: datetime | None = None
    # What the person became when the ticket changed hands.
    received_as: str | None = None
    is_replaced: bool = False
    # They made the change themselves, and were not told of it.
    made_change: bool = False
    # An activity that is still there.
    on_plate: bool = False

    def counts(self):
        is_out = self.fate in ("skipped", "cancelled", "failed")
        return not is_out and not self.is_replaced

    def holds(self):
        """Whether the person has taken the ticket themselves, and has it still."""
        return bool(self.made_change and self.received_as and not self.is_replaced)


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
    # Whether they were away when they said so.
    confirmed_away: bool = False
    until: datetime | None = None
    # Snoozed: until when, and the last word that was known then.
    asleep_until: datetime | None = None
    knew: int = CREATION
    # Those who are on it, where more people are needed.
    on_it: list = field(default_factory=list)
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


@dataclass(frozen=True)
class Word:
    """What somebody said: the later one has the higher rank.

    ``late``: the ticket was "closed" or a "duplicate". ``reaches``: whom an answer goes
    to, beside the ticket's contact.
    """

    at: datetime
    rank: int
    party: str
    author: str | None = None
    late: str | None = None
    reaches: frozenset = frozenset()


@dataclass(eq=False)
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
    # All that was said, how in the place of whose word it is.
    said: list = field(default_factory=list)
    closings: list = field(default_factory=list)
    is_closed: bool = False
    is_archived: bool = False
    duplicate_of: "Ticket | None" = field(default=None, repr=False)
    is_muted: bool = False
    came_back: datetime | None = None
    incidents: list = field(default_factory=list)

    @property
    def is_open(self):
        return not (self.is_closed or self.is_archived or self.duplicate_of)

    @property
    def settlements(self):
        """In what ways the ticket is settled."""
        ways = {
            "closed": self.is_closed,
            "archived": self.is_archived,
            "duplicate": self.duplicate_of,
            "muted": self.is_muted,
        }
        return {way for way, holds in ways.items() if holds}

    @property
    def chain(self):
        """The tickets that it is a duplicate of, one after the other."""
        found = [self]
        while found[-1].duplicate_of and found[-1].duplicate_of not in found:
            found.append(found[-1].duplicate_of)
        return found

    @property
    def original(self):
        """The end of the chain; in a circle, the ticket itself."""
        last = self.chain[-1]
        return self if last.duplicate_of else last

    @property
    def incident(self):
        return next((i for i in self.incidents if i.state != "resolved"), None)

    def words_of(self, party):
        return [word for word in self.words if word.party == party]

    # R3
    def words_that_end(self):
        """The answers and waivers, in their order."""
        ends = self.words_of("staff") + self.words_of("waived")
        return sorted(ends, key=lambda word: word.rank)

    def is_answered(self, word):
        return any(end.rank > word.rank for end in self.words_that_end())

    def last_speaker(self):
        """Who had the last word: the ticket itself is the client's."""
        return self.words[-1].party if self.words else "client"

    def is_closed_after(self, moment):
        return any(closing >= moment for closing in self.closings)

    def own_waiting(self, hears_late=True):
        """The client's words on the ticket itself that wait for an answer."""
        if self.is_archived or self.duplicate_of:
            return []
        if not self.is_closed:
            words = [Word(self.created, CREATION, "client"), *self.words_of("client")]
        elif hears_late:
            words = [
                word
                for word in self.words_of("client")
                if word.late and not self.is_closed_after(word.at)
            ]
        else:
            words = []
        return [word for word in words if not self.is_answered(word)]

    # R4
    def not_before_back(self, moment):
        known = [moment, self.came_back, *self.closings]
        return max(date for date in known if date)


class PaperHelpdesk:
    def __init__(self, people, policies, managers, teams, parent_leader):
        self.people = people
        self.policies = policies
        self.managers = managers
        self.teams = teams
        self.parent_leader = parent_leader
        self.tickets = []
        # Where policies are set beside the tickets, nearest first, and since when.
        self.client_policies = {"contact": None, "company": None}
        self.team_policies = {"team": None, "other": None, "parent": None}
        self.default_policies = {"default": None}
        self.set_on = {}
        self.rank = 0
        # Odoo's mail queue: "works", is "off", or is "busy" with others' mails.
        self.queue = "works"

    # ------------------------------------------------------------------
    # R1
    # ------------------------------------------------------------------

    def policy_of(self, ticket):
        """The policy that counts, and whether it is the ticket's own."""
        policy, place = self.policy_and_place_of(ticket)
        return policy, place == "ticket"

    def policy_and_place_of(self, ticket):
        if ticket.is_muted:
            return None, None
        places = {"ticket": ticket.policy}
        if ticket.contact == "client":
            places |= self.client_policies
        teams = (ticket.team, "parent")
        places |= {place: self.team_policies[place] for place in teams}
        places |= self.default_policies
        for place, name in places.items():
            if name and self.policies[name].active:
                return self.policies[name], place
        return None, None

    def set_policy(self, place, name, now):
        for places in self.client_policies, self.team_policies, self.default_policies:
            if place in places and places[place] != name:
                places[place] = name
                self.set_on[place] = now.replace(microsecond=0)

    # ------------------------------------------------------------------
    # R12
    # ------------------------------------------------------------------

    def counts_wait(self, ticket, since):
        policy, place = self.policy_and_place_of(ticket)
        starts = [policy.start, self.set_on.get(place)]
        return place == "ticket" or all(not start or since >= start for start in starts)

    def include_backlog(self, name):
        """Let the waits count that do not: from when each began, and no earlier."""
        found = []
        for ticket in self.tickets:
            policy, place = self.policy_and_place_of(ticket)
            if not policy or policy.name != name or ticket.incident:
                continue
            anchor = self.anchor(ticket)
            if anchor and not self.counts_wait(ticket, anchor[0]):
                found.append((place, anchor[0].replace(microsecond=0)))
        for place, since in found:
            self.set_on[place] = min(since, self.set_on[place])
            policy = self.policies[name]
            policy.start = policy.start and min(since, policy.start)

    # ------------------------------------------------------------------
    # R2, R3 What people do
    # ------------------------------------------------------------------

    def say(self, ticket, author, kind, now):
        self.rank += 1
        late = "closed" if ticket.is_closed else None
        late = "duplicate" if ticket.duplicate_of else late
        spoke = {word.author for word in ticket.words_of("staff")} - {author}
        said = Word(now, self.rank, kind, author, late, frozenset(spoke))
        ticket.said.append(said)
        party = self.party(ticket, author, kind)
        if party:
            ticket.words.append(replace(said, party=party))
        if party == "staff":
            self.settle_chain(ticket)

    def settle_chain(self, ticket):
        for one in ticket.chain:
            self.settle(one)

    def on_duplicates(self, ticket):
        """The words on duplicates that count for a ticket and wait for an answer."""
        if ticket.is_archived:
            return []
        found = []
        for other in self.tickets:
            if other.is_archived or not other.duplicate_of:
                continue
            if other.original is ticket:
                found += [
                    word
                    for word in other.words_of("client")
                    if word.late == "duplicate"
                    and not other.is_answered(word)
                    and not self.reaches_them(ticket, other, word)
                    and not (ticket.is_closed and ticket.is_closed_after(word.at))
                ]
        return found

    def reaches_them(self, ticket, other, word):
        """Whether an answer on the original went to who wrote on the duplicate."""
        people = {word.author, other.contact} - {None, "unknown"}
        return any(
            answer.rank > word.rank
            and (ticket.contact in people or answer.reaches & people)
            for answer in ticket.words_of("staff")
        )

    def hears_late(self, ticket):
        policy, _own = self.policy_of(ticket)
        return not (policy and policy.ignore_closed)

    def waiting(self, ticket):
        """All words that wait on a ticket, in their order."""
        hears_late = self.hears_late(ticket)
        words = ticket.own_waiting(hears_late)
        if hears_late or not ticket.is_closed:
            words = words + self.on_duplicates(ticket)
        return sorted(words, key=lambda word: word.rank)

    def waiting_since(self, ticket):
        words = self.waiting(ticket)
        return ticket.not_before_back(words[0].at) if words else None

    def anchor(self, ticket):
        """R4: the moment that the policy counts from, and the rank of its word."""
        policy, _own = self.policy_of(ticket)
        if not policy:
            return None
        words = self.waiting(ticket)
        if policy.count_from == "unresolved" and ticket.is_open:
            return self.unresolved_anchor(ticket)
        if not words:
            return None
        word = words[-1] if policy.count_from == "client_last" else words[0]
        return (ticket.not_before_back(word.at), word.rank)

    def unresolved_anchor(self, ticket):
        """The creation, or after a waiver the client's next word, answered or not."""
        waivers = ticket.words_of("waived")
        if not waivers:
            return (ticket.not_before_back(ticket.created), CREATION)
        for word in ticket.words_of("client"):
            if word.rank > waivers[-1].rank:
                return (ticket.not_before_back(word.at), word.rank)
        return None

    def change(self, ticket, name, value, now):
        """Settle a ticket in some way, or undo it: then it comes back (R3)."""
        before = ticket.settlements
        since = self.waiting_since(ticket) if before == {"closed"} else None
        setattr(ticket, name, value)
        lost = before - ticket.settlements
        if lost and ticket.settlements <= {"closed"}:
            ticket.came_back = (since if lost == {"closed"} else None) or now
        self.settle_chain(ticket)

    def change_policy(self, policy, what, value, now):
        """Change a policy: switched on, its tickets come back (R3)."""
        before = [bool(self.anchor(ticket)) for ticket in self.tickets]
        setattr(policy, what, value)
        if what not in ("active", "ignore_closed"):
            return
        for ticket, counted in zip(self.tickets, before, strict=True):
            if self.policy_of(ticket)[0] is policy and not counted:
                if self.anchor(ticket):
                    ticket.came_back = now

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
        return None if kind in ("to_vendor", "undelivered") else "staff"

    def works_on(self, ticket, person):
        """Whether one of us answers where the client is one of us too."""
        team = self.teams[ticket.team]
        if person in (ticket.responsible, team.leader, *team.members):
            return True
        if person in (self.parent_leader, *self.managers):
            return True
        return any(
            line.person == person and line.fate != "skipped"
            for incident in ticket.incidents
            for line in incident.lines
        )

    def change_last(self, ticket, kind):
        """The last message that was said is emptied, or hidden from the client."""
        said = replace(ticket.said.pop(), party=kind)
        ticket.said.append(said)
        self.judge_again(ticket, said.rank)

    def move_last(self, ticket, other):
        said = ticket.said.pop()
        other.said.append(said)
        other.said.sort(key=lambda one: one.rank)
        for one in (ticket, other):
            self.judge_again(one, said.rank)

    def judge_again(self, ticket, rank):
        ticket.words = [word for word in ticket.words if word.rank != rank]
        for said in ticket.said:
            party = said.rank == rank and self.party(ticket, said.author, said.party)
            if party:
                ticket.words.append(replace(said, party=party))
        ticket.words.sort(key=lambda word: word.rank)
        self.settle_chain(ticket)

    def delete_last(self, ticket):
        said = ticket.said.pop()
        self.judge_again(ticket, said.rank)

    def lose_last(self, ticket, now):
        """The mail of the last message reached nobody: an answer is none (R2)."""
        said = ticket.said[-1]
        answers = [one for one in ticket.words_of("staff") if one.rank == said.rank]
        if not answers:
            return
        before = [self.waiting_since(one) for one in ticket.chain]
        ticket.words.remove(answers[0])
        ticket.said[-1] = replace(said, party="undelivered")
        for one, since in zip(ticket.chain, before, strict=True):
            policy, _own = self.policy_of(one)
            if policy and policy.count_from == "unresolved" and one.is_open:
                continue
            if self.waiting_since(one) != since:
                one.came_back = since or now

    def find_last(self, ticket):
        """It has been sent again, and has arrived."""
        said = ticket.said[-1]
        if said.party == "undelivered":
            ticket.said[-1] = replace(said, party="to_client")
            self.judge_again(ticket, said.rank)

    def need_answer(self, ticket, now):
        """No answer needed is taken back: the client waits from now (R3)."""
        last = max(ticket.words, key=lambda word: word.rank, default=None)
        if not last or last.party != "waived":
            return
        closings = ticket.closings
        if ticket.is_open or (closings and closings[-1] < last.at):
            ticket.words.remove(last)
            ticket.came_back = now

    def waive(self, ticket, now):
        """No answer needed, where a client waits for one."""
        if not (self.waiting(ticket) or self.anchor(ticket)):
            return
        self.rank += 1
        ticket.words.append(Word(now, self.rank, "waived"))
        self.settle_chain(ticket)

    def close(self, ticket, now):
        ticket.closings.append(now)
        self.change(ticket, "is_closed", True, now)

    # ------------------------------------------------------------------
    # R11 End
    # ------------------------------------------------------------------

    def end_of(self, ticket, incident):
        policy, _own = self.policy_of(ticket)
        date, rank = incident.anchor
        word = next(
            (w for one in self.tickets for w in one.words if w.rank == rank), None
        )
        closed = "closed_waiting" if ticket.last_speaker() == "client" else "closed"
        ends = [end for end in ticket.words_that_end() if end.rank > rank]
        ended = None
        if ends:
            ended = "waived" if ends[-1].party == "waived" else "answered"
        is_closed_again = any(closing > date for closing in ticket.closings)
        if ticket.is_archived:
            return "archived"
        if not ticket.is_open and not self.waiting(ticket):
            if word and word.late and ended and not is_closed_again:
                return ended
            return closed if ticket.is_closed else "duplicate"
        if ticket.is_muted:
            return "muted"
        if not policy:
            return "no_policy"
        if is_closed_again:
            return closed
        if word and word in self.on_duplicates(ticket):
            return None
        if any(said.rank == rank for one in self.tickets for said in one.said) and all(
            said.rank != rank for said in ticket.said
        ):
            return "answered"
        if policy.count_from == "unresolved":
            if any(waiver.rank > rank for waiver in ticket.words_of("waived")):
                return "waived"
            return None if self.anchor(ticket) else "closed"
        return ended or (None if self.waiting(ticket) else "answered")

    def settle(self, ticket):
        incident = ticket.incident
        reason = incident and self.end_of(ticket, incident)
        if reason:
            incident.state, incident.resolution = "resolved", reason
            self.take_back(incident)
        elif incident:
            policy, _own = self.policy_of(ticket)
            incident.policy = policy.name if policy else incident.policy

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
        if not incident or incident.state != "active":
            return
        others = [one for one in incident.on_it if one != person]
        able = [one for one in others if not self.people[one].archived]
        if len(able) + 1 < self.needed(incident):
            incident.on_it = [*others, person]
            return
        incident.on_it = others
        incident.state = "confirmed"
        incident.confirmed_by, incident.confirmed_at = person, now
        incident.confirmed_away = self.people[person].away
        incident.until = until
        self.take_back(incident, keep=person)

    def needed(self, incident):
        """How many people have to be on it: no more than the last step reached."""
        fired = [entry for entry in incident.fired if entry[0] == incident.round]
        steps = {s.id: s for policy in self.policies.values() for s in policy.steps}
        step = steps.get(fired[-1][2]) if fired else None
        if not step:
            return 1
        lines = [line for line in incident.lines if line.round == incident.round]
        known = {line.person for line in lines if line.counts()} | {*incident.on_it}
        meant = {line.person for line in lines if line.step == step.id} & known
        reached = [name for name in meant if not self.people[name].archived]
        return max(1, min(step.confirmations, len(reached)))

    def leads(self, ticket, person):
        leaders = (self.teams[ticket.team].leader, self.parent_leader)
        return person in (*leaders, *self.managers)

    def may_snooze(self, ticket, person):
        incident = ticket.incident
        if incident.state == "active":
            return self.needed(incident) == 1
        return (
            incident.asleep_until
            or incident.confirmed_by == person
            or self.leads(ticket, person)
        )

    def last_rank(self, ticket):
        words = ticket.words + self.on_duplicates(ticket)
        return max((word.rank for word in words), default=CREATION)

    def snooze(self, ticket, person, now, until):
        incident = ticket.incident
        incident.state = "confirmed"
        incident.confirmed_by, incident.confirmed_at = person, now
        incident.confirmed_away = self.people[person].away
        incident.until, incident.asleep_until = None, until
        incident.knew = self.last_rank(ticket)
        self.take_back(incident)

    def hears(self, ticket, incident):
        """Whether the client has written since it was snoozed, and nobody waived it."""
        waived = max((word.rank for word in ticket.words_of("waived")), default=0)
        words = [word for word in ticket.words_of("client") if word.rank > waived]
        words += self.on_duplicates(ticket)
        return any(word.rank > incident.knew for word in words)

    def wake(self, ticket, now):
        if ticket.incident.asleep_until:
            self.begin_round(ticket.incident, now)

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
        incident.asleep_until = None
        incident.on_it = []

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
                self.look_after_mails(ticket, incident, now)

    def look_after_mails(self, ticket, incident, now):
        self.give_up_mails(ticket, incident, now)
        left = [
            line
            for line in incident.lines
            if line.fate == "unwritten"
            and self.cannot_be_told(ticket, line.person, "activity")
        ]
        for line in incident.lines:
            if line.fate == "unwritten":
                line.queued_at = now
            line.fate = {"mailed": "told", "unwritten": "queued"}.get(
                line.fate, line.fate
            )
        for line in left:
            line.fate = "cancelled"
        if left and incident.state == "active" and not self.live(ticket, incident):
            incident.alone = True

    def give_up_mails(self, ticket, incident, now):
        """R9: what the queue does not send in time becomes an activity."""
        patience = {"off": minutes(15), "busy": minutes(60)}.get(self.queue)
        for line in list(incident.lines):
            if not patience or line.fate != "queued" or line.queued_at > now - patience:
                continue
            line.fate = "failed"
            if incident.state != "active":
                line.fate = "cancelled"
            elif self.cannot_be_told(ticket, line.person, "activity"):
                line.fate = "cancelled"
                incident.alone = incident.alone or not self.live(ticket, incident)
            else:
                incident.lines.append(
                    replace(
                        line, channel="activity", fate="told", on_plate=True, at=now
                    )
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
        policy, _own = self.policy_of(ticket)
        if ticket.incident or not policy or not policy.is_open(now):
            return
        anchor = self.anchor(ticket)
        if not anchor:
            return
        if not self.counts_wait(ticket, anchor[0]):
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
        if incident.asleep_until:
            if incident.asleep_until <= now or self.hears(ticket, incident):
                person = incident.confirmed_by
                self.begin_round(incident, now)
                self.remind(ticket, incident, policy, person, told)
        elif incident.state == "confirmed":
            if incident.until:
                expired = incident.until <= now
            else:
                expired = policy.confirm_expiry and policy.is_over(
                    policy.confirm_expiry, incident.confirmed_at, now
                )
            words = [word.at for word in ticket.words_of("client")]
            wrote = policy.reopen_on_client and any(
                at > incident.confirmed_at for at in words
            )
            if expired or wrote:
                person = incident.confirmed_by
                self.begin_round(incident, now)
                self.remind(ticket, incident, policy, person, told)
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
                (line.counts() or self.is_held(incident, line))
                and not self.cannot_be_told(ticket, line.person, "activity")
                for line in incident.lines
            )
            knows = any(
                line.made_change or (line.person, line.channel) in told
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

    def steps(self):
        return {s.id: s for policy in self.policies.values() for s in policy.steps}

    def role(self, incident, line):
        """As what somebody was told; where no step says, by the place they had."""
        if line.received_as:
            return line.received_as
        if line.step in (steps := self.steps()):
            return steps[line.step].recipient
        is_fallback = line.step == "fallback"
        if is_fallback and line.person == self.policies[incident.policy].fallback:
            return None
        for role in ("team_leader",) if is_fallback else PLACES:
            holder = incident.holders.get(role)
            if holder and holder in (line.person, line.stands_in_for):
                return role
        return None

    def is_held(self, incident, line):
        return line.holds() and line.round >= incident.live_round

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
        made_change = set()
        if ticket.mover and (moved or "responsible" in changed):
            made_change = {(ticket.mover, None)} - told
            told |= made_change
        live = self.live(ticket, incident)
        held = [
            line
            for line in incident.lines
            if self.is_held(incident, line)
            and not self.cannot_be_told(ticket, line.person, "activity")
        ]
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
        if not moved:
            told -= made_change
        if reached:
            incident.alone = False
        elif moved and was_confirmed:
            incident.alone = True
        elif (moved or replaced) and not (live or held):
            incident.alone = True
        self.keep_hands(ticket, incident)

    def replaced(self, ticket, incident, changed, moved):
        def is_replaced(line):
            role = self.role(incident, line)
            before = incident.holders.get(role) if role in changed else None
            return before and line.person != changed[role]

        team, old_team = self.teams[ticket.team], self.teams[incident.team]
        left_behind = set()
        if moved:
            left_behind = {
                *old_team.members,
                old_team.leader,
                incident.holders["responsible"],
            } - {*team.members, team.leader, ticket.responsible}

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
            if (line.counts() or line.holds())
            and (line.on_plate or line.round >= incident.live_round)
            and (
                is_replaced(line)
                or (
                    line.person in left_behind
                    and self.role(incident, line) in ("member", None)
                    and line.step != "fallback"
                )
            )
            and (line.made_change or not has_other_reason(line))
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
            fired = [line for line in so_far if self.role(incident, line) == role]
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
            if line.counts()
            and (line.on_plate or line.round >= incident.live_round)
            or self.is_held(incident, line)
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
        if incident.state != "confirmed" or incident.asleep_until:
            return False
        person = self.people[incident.confirmed_by]
        return person.archived or (
            policy.skip_on_leave
            and person.away
            and (
                person.away_since > incident.confirmed_at or not incident.confirmed_away
            )
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
        steps = self.steps()
        is_of_change = step != "fallback" and (
            step not in steps or steps[step].recipient in PLACES
        )

        def write(name, fate, stands_in_for=None, made_change=False):
            line = Line(incident.round, step, name, channel, fate, now, stands_in_for)
            line.on_plate = fate == "told"
            line.made_change = made_change
            incident.lines.append(line)

        def inform(name, stands_in_for=None):
            known = incident.round > incident.live_round and any(
                (line.step, line.person, line.channel) == (step, name, channel)
                and line.round < incident.round
                for line in self.live(ticket, incident)
                if isinstance(step, int)
            )
            if is_of_change and (name, None) in told:
                write(name, "skipped", stands_in_for, made_change=True)
            elif name in incident.on_it:
                write(name, "skipped", stands_in_for)
                told.add((name, channel))
            elif known or (name, channel) in told:
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
                trial.on_it = incident.on_it
                if any(names) and self.tell(
                    ticket, trial, policy, names, way, "fallback", told, now
                ):
                    incident.lines += trial.lines
                    return True
        return False
