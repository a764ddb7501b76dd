"""Random stories, told to the add-on and to a helpdesk on paper: both end the same.

A story is a list of events, each some time after the one before. After each of them the
incidents, their rounds and ends, and who was told at which step must be the same.
"""

import os
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from markupsafe import Markup

from odoo import Command, fields, sql_db
from odoo.exceptions import UserError
from odoo.tests import test_cursor
from odoo.tools import config

from ..support.common import MANAGER, TEAM, USER, EscalationCommon
from ..support.paper_helpdesk import (
    PaperHelpdesk,
    Person,
    Policy,
    Step,
    Team,
    Ticket,
    minutes,
)
from ..support.torture import SEED, TORTURE, dice, scale

pytestmark = pytest.mark.torture

# What it keeps for itself stays out of the sources.
set_hypothesis_home_dir(os.path.join(config["data_dir"], "hypothesis"))

# A Monday, in the middle of the office hours.
START = datetime(2030, 1, 7, 9, 30)
STAFF = ["agent", "leader", "boss", "manager", "director", "seller"]
POLICIES = ["A", "B", "C"]
MAIL_QUEUE = "mail.ir_cron_mail_scheduler_action"
OPTIONS = {
    "active": st.booleans(),
    "count_from": st.sampled_from(["client_last", "client_first", "unresolved"]),
    "start": st.sampled_from([None, START, "now"]),
    "office_hours": st.booleans(),
    "skip_on_leave": st.booleans(),
    "fallback": st.sampled_from([None, *STAFF]),
    "confirm_expiry": st.sampled_from([0, 30, 600]),
    "reopen_on_client": st.booleans(),
    "repeat_count": st.sampled_from([0, 1, 3]),
    "repeat_delay": st.sampled_from([1, 60]),
    "ignore_closed": st.booleans(),
}

# What happens ----------------------------------------------------------------

delays = st.sampled_from([0, 5, 10, 30, 60, 90, 240])
step_values = st.fixed_dictionaries(
    {
        "delay": delays,
        "recipient": st.sampled_from(
            [
                "responsible",
                "team_leader",
                "parent_team_leader",
                "account_manager",
                "user",
            ]
        ),
        "channel": st.sampled_from(["activity", "email"]),
        "people": st.lists(st.sampled_from(STAFF), min_size=1, max_size=3, unique=True),
        "confirmations": st.sampled_from([1, 1, 1, 2, 3]),
    }
)
policy_values = st.fixed_dictionaries(
    {"steps": st.lists(step_values, min_size=1, max_size=4)},
    optional={name: OPTIONS[name] for name in OPTIONS if name != "active"},
)
tickets = st.integers(0, 1)
people = st.sampled_from(STAFF)
policies = st.sampled_from(POLICIES)
numbers = st.integers(0, 3)


def event(name, *arguments):
    return st.tuples(st.just(name), *arguments)


outsiders = st.sampled_from(["client", "stranger", "unknown"])
speakers = st.sampled_from(["agent", "leader", "director", "root"])
ways = st.sampled_from(
    [
        *["comment", "comment", "email", "note", "automatic", "out_of_office"],
        *["mass_mail", "empty", "machine", "to_vendor", "by_code"],
        "to_client",
    ]
)
change_policy = st.sampled_from(sorted(OPTIONS)).flatmap(
    lambda name: event("change_policy", policies, st.just(name), OPTIONS[name])
)
change_person = st.sampled_from(
    [
        ("archived", st.booleans()),
        ("away", st.sampled_from([None, "before", "now"])),
        ("has_mail", st.booleans()),
        ("substitute", st.none() | people),
    ]
).flatmap(lambda pair: event("change_person", people, st.just(pair[0]), pair[1]))
movers = st.sampled_from([None, "manager"])
places = st.sampled_from(["team", "other", "parent"])
# How often each happens.
EVENTS = [
    (16, event("run", st.sampled_from(["due", "due", "now", "before"]))),
    (5, event("say", tickets, outsiders, ways)),
    (3, event("say", tickets, speakers, ways)),
    (1, event("change_last", tickets, st.sampled_from(["empty", "note", "deleted"]))),
    (1, event("move_last", tickets)),
    (1, event("delete_answer", tickets, speakers)),
    (4, event("lose_answer", tickets, speakers)),
    (4, event("mail_last", tickets, st.sampled_from(["fails", "arrives", "arrives"]))),
    (4, event("confirm", tickets, people)),
    (3, event("waive", tickets, people)),
    (1, event("need_answer", tickets, people)),
    (2, event("confirm_until", tickets, people, st.sampled_from([1, 30, 300]))),
    (3, event("snooze", tickets, people, st.sampled_from([1, 30, 300, 2880]))),
    (1, event("wake", tickets, people)),
    (1, event("mark_done", tickets, people)),
    (3, event("release", tickets)),
    (2, event("escalate_now", tickets, people)),
    (3, event("send_mails")),
    (2, event("change_queue", st.sampled_from(["works", "off", "busy"]))),
    (3, event("close", tickets)),
    (4, event("reopen", tickets)),
    (
        6,
        event(
            "change_ticket",
            tickets,
            st.sampled_from(["is_archived", "duplicate_of", "is_muted"]),
            st.sampled_from([False, False, True]),
        ),
    ),
    (
        2,
        event(
            "assign",
            tickets,
            st.sampled_from([None, "agent", "leader", "boss"]),
            movers,
        ),
    ),
    (3, event("move", tickets, st.sampled_from(["team", "other"]), movers)),
    (2, event("change_leader", places, st.none() | people)),
    (3, event("set_own_policy", tickets, st.sampled_from([None, *POLICIES]))),
    (
        2,
        event(
            "set_policy",
            st.sampled_from(
                ["contact", "company", "team", "other", "parent", "default"]
            ),
            st.sampled_from([None, *POLICIES]),
        ),
    ),
    (1, event("include_backlog", policies)),
    (4, change_policy),
    (3, event("change_delay", policies, numbers, delays)),
    (2, event("add_step", policies, step_values)),
    (2, event("remove_step", policies, numbers)),
    (4, change_person),
]
events = st.sampled_from(
    [number for number, (often, _event) in enumerate(EVENTS) for _ in range(often)]
).flatmap(lambda number: EVENTS[number][1])
pauses = st.sampled_from([0, 0, 0, 1, 5, 10, 30, 60, 300, 2880]).map(minutes)
stories = st.fixed_dictionaries(
    {
        "policies": st.tuples(policy_values, policy_values, policy_values),
        "events": st.lists(
            st.tuples(pauses, events), min_size=scale(4, 10), max_size=scale(20, 40)
        ),
    }
)


class Story:
    """One story, told to both."""

    def __init__(self, test, policies):
        self.test = test
        self.env = test.env
        self.now = test.now
        self.policies = {}
        self.steps = {}
        paper = {}
        for name, values in zip(POLICIES, policies, strict=True):
            paper[name] = self._new_policy(name, {**values})
        self.paper = PaperHelpdesk(
            {name: Person(name) for name in {*STAFF, *test.managers}},
            paper,
            test.managers,
            {
                "team": Team("leader", ["agent", "leader", "boss"]),
                "other": Team("seller", ["seller", "manager"]),
            },
            parent_leader="boss",
        )
        self.tickets = [self._new_ticket("client"), self._new_ticket("director")]
        self.said = [[], []]
        self.on_set_policy("team", "A")

    # Setting the scene ------------------------------------------------------

    def _new_policy(self, name, values):
        steps = values.pop("steps")
        options = {**values, "start": values.get("start", None)}
        if options["start"] == "now":
            options["start"] = START
        policy = self.test.policies.create(
            {
                "name": name,
                "step_ids": [Command.create(self._step(step)) for step in steps],
                **self._policy_values(options),
            }
        )
        self.policies[name] = policy
        paper_steps = []
        for step, values in zip(policy.step_ids, steps, strict=True):
            paper_steps.append(Step(id=step.id, **values))
        return Policy(name, paper_steps, **options)

    def _step(self, values):
        values = dict(values)
        names = values.pop("people")
        if values["recipient"] == "user":
            values["user_ids"] = [Command.set([self._user(n).id for n in names])]
        return values

    def _policy_values(self, options):
        names = {
            "start": "start_date",
            "fallback": "fallback_user_id",
            "ignore_closed": "ignore_closed_replies",
        }
        values = {names.get(key, key): value for key, value in options.items()}
        if "fallback_user_id" in values:
            values["fallback_user_id"] = self._user(values["fallback_user_id"]).id
        if "office_hours" in values:
            office = values.pop("office_hours")
            values["calendar_id"] = office and self.test.calendar.id
        return values

    def _new_ticket(self, contact):
        responsible = self.test.agent
        partner = self.test.client
        if contact != "client":
            partner = self._user(contact).partner_id
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": f"Ticket of {contact}",
                "description": "<p>Please help</p>",
                "team_id": self.test.team.id,
                "user_id": responsible.id,
                "partner_id": partner.id,
            }
        )
        self.paper.tickets.append(
            Ticket(
                contact,
                created=self.now[0],
                contact=contact,
                account_manager="seller" if contact == "client" else None,
            )
        )
        return ticket

    def _user(self, name):
        return self.test.users[name] if name else self.env["res.users"]

    def _paper_ticket(self, number):
        return self.paper.tickets[number]

    # Telling it ---------------------------------------------------------------

    def tell(self, events):
        for pause, (name, *arguments) in events:
            now = self.now[0] + pause
            # Words may follow one another within a second. What else happens is kept
            # to the second by Odoo, and so it happens at one.
            if name == "say":
                now += timedelta(milliseconds=300)
            else:
                now = now.replace(microsecond=0) + timedelta(seconds=1)
            self.now[0] = now
            note(f"{now:%d %H:%M:%S} {name} {arguments}")
            getattr(self, f"on_{name}")(*arguments)
            self.env.flush_all()
            self.compare()

    def on_run(self, moment):
        if moment != "now":
            self._wait_for_the_next_step()
            if moment == "before":
                self.now[0] -= timedelta(seconds=1)
            note(f"   at {self.now[0]:%d %H:%M:%S}")
        if self.paper.queue == "busy":
            # It has sent somebody else's mail.
            self.env["mail.mail"].create({"subject": "News", "state": "sent"})
        quarter_ago = self.now[0] - timedelta(minutes=15)
        if self.paper.queue == "works" and self.test.notifications.search_count(
            [("state", "=", "pending"), ("queued_date", "<=", quarter_ago)]
        ):
            self.on_send_mails()
        self.test.run_job()
        self.paper.run(self.now[0])

    def _wait_for_the_next_step(self):
        """Move on to the next moment at which something is due, roughly."""
        moments = []
        for ticket in self.paper.tickets:
            policy, _own = self.paper.policy_of(ticket)
            incident = ticket.incident
            if not policy:
                continue
            delays = [step.delay for step in policy.steps]
            if not incident:
                since = self.paper.anchor(ticket)
                since = since and since[0]
            elif incident.state == "active":
                since = incident.since
                if incident.last_firing:
                    moments.append(incident.last_firing + minutes(policy.repeat_delay))
            else:
                since, delays = incident.confirmed_at, [policy.confirm_expiry]
                moments += [incident.until] if incident.until else []
                moments += [incident.asleep_until] if incident.asleep_until else []
            if since:
                since = since.replace(microsecond=0)
                moments += [since + minutes(delay) for delay in delays]
        later = [moment for moment in moments if moment > self.now[0]]
        self.now[0] = min(later, default=self.now[0])

    def on_say(self, number, author, kind):
        if author in STAFF and self.paper.people[author].archived:
            return
        if author == "director" and kind == "automatic":
            # It makes him a follower, whom answers go to, and is nobody's.
            return
        ticket = self.tickets[number]
        partner = {
            "client": self.test.client,
            "stranger": self.test.stranger,
            "unknown": self.env["res.partner"],
            "root": self.env.ref("base.partner_root"),
        }.get(author)
        if partner is None:
            partner = self._user(author).partner_id
        values = {
            "body": "Well …",
            "date": self.now[0].replace(microsecond=0),
            "author_id": partner.id,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
        }
        if not partner:
            values.update(email_from="somebody@else.example", message_type="email")
        if kind in ("email", "automatic", "machine"):
            values["message_type"] = "email"
            ticket = ticket.with_context(
                escalation_automatic_mail=kind == "automatic",
                escalation_machine_mail=kind == "machine",
            )
        elif kind == "empty":
            values["body"] = Markup("<p><br></p>")
        elif kind == "to_client":
            values["partner_ids"] = ticket.partner_id.ids
        elif kind == "to_vendor":
            values["partner_ids"] = self.test.vendor.ids
        elif kind == "by_code":
            values["body"] = ticket._get_html_link("HT1")
        elif kind == "out_of_office":
            values["message_type"] = "out_of_office"
        elif kind == "note":
            values["subtype_xmlid"] = "mail.mt_note"
        if kind == "mass_mail":
            message = self.env["mail.message"].create(
                {
                    "model": ticket._name,
                    "res_id": ticket.id,
                    "body": "Well …",
                    "author_id": partner.id,
                    "message_type": "email_outgoing",
                }
            )
        else:
            message = ticket.message_post(**values)
        self.said[number].append(message)
        self.paper.say(self._paper_ticket(number), author, kind, self.now[0])

    def on_change_last(self, number, what):
        if not self.said[number]:
            return
        said = self._paper_ticket(number).said[-1]
        author, kind = said.author, said.party
        if kind not in ("comment", "note") or author in ("unknown", "root"):
            return
        message = self.said[number][-1]
        if what == "deleted":
            self.said[number].pop().unlink()
            self.paper.delete_last(self._paper_ticket(number))
            return
        if what == "empty":
            message.body = ""
        else:
            message.subtype_id = self.env.ref("mail.mt_note")
        self.paper.change_last(self._paper_ticket(number), what)

    def on_move_last(self, number):
        other = 1 - number
        if self.said[number] and self._paper_ticket(number).said[-1].party not in (
            # It went to the contact of this ticket.
            *("to_client", "undelivered"),
        ):
            message = self.said[number].pop()
            message.res_id = self.tickets[other].id
            self.said[other].append(message)
            self.said[other].sort(key=lambda one: one.id)
            self.paper.move_last(self._paper_ticket(number), self._paper_ticket(other))

    def on_delete_answer(self, number, author):
        self.on_say(number, author, "comment")
        self.on_change_last(number, "deleted")

    def on_lose_answer(self, number, author):
        self.on_say(number, author, "to_client")
        self.on_mail_last(number, "fails")

    def on_mail_last(self, number, what):
        """What Odoo's queue says of the mails of the last message."""
        paper = self._paper_ticket(number)
        contact = self.paper.people.get(paper.contact)
        if (
            not paper.said
            or paper.said[-1].party not in ("to_client", "undelivered")
            or (contact and not contact.has_mail)
        ):
            return
        message = self.said[number][-1]
        mails = self.env["mail.mail"].search(
            [("mail_message_id", "=", message.id), ("state", "!=", "sent")]
        )
        if not mails:
            return
        is_lost = what == "fails"
        mails.write({"state": "exception" if is_lost else "sent", "auto_delete": False})
        mails._postprocess_sent_message(
            [] if is_lost else mails.recipient_ids,
            [],
            failure_reason=is_lost and "User unknown",
            failure_type="mail_smtp" if is_lost else None,
        )
        self.env["helpdesk.escalation.delivery"].search([])._see_to()
        if is_lost:
            self.paper.lose_last(paper, self.now[0])
        else:
            self.paper.find_last(paper)

    def on_change_queue(self, state):
        self.env.ref(MAIL_QUEUE).active = state != "off"
        self.paper.queue = state

    def _may_confirm(self, number, person):
        """Whether this one of the staff may say so: those of the helpdesk may."""
        return (
            person in ("agent", "leader", "manager")
            and not self.paper.people[person].archived
            and self.tickets[number].with_user(self._user(person)).has_access("read")
        )

    def on_confirm(self, number, person, until=None):
        incident = self.tickets[number].escalation_incident_id
        if not incident or not self._may_confirm(number, person):
            return
        until = until and self.now[0] + minutes(until)
        if until:
            dialog = self.env["helpdesk.escalation.confirm"].with_user(
                self._user(person)
            )
            dialog.create(
                {"incident_id": incident.id, "on_it_until": until}
            ).action_confirm()
        else:
            incident.with_user(self._user(person)).action_confirm()
        self.paper.confirm(self._paper_ticket(number), person, self.now[0], until)

    def on_confirm_until(self, number, person, until):
        self.on_confirm(number, person, until)

    def on_snooze(self, number, person, minutes_ahead):
        paper = self._paper_ticket(number)
        if not paper.incident or not self._may_confirm(number, person):
            return
        until = self.now[0] + minutes(minutes_ahead)
        dialogs = self.env["helpdesk.escalation.snooze"].with_user(self._user(person))
        dialog = dialogs.with_context(default_ticket_id=self.tickets[number].id).create(
            {"preset": "custom", "snoozed_until": until, "reason": "Later"}
        )
        may = self.paper.may_snooze(paper, person)
        if paper.incident.state == "active" and not may:
            with self.test.assertRaisesRegex(UserError, "have to be on it first"):
                dialog.action_snooze()
            return
        dialog.action_snooze()
        if may:
            self.paper.snooze(paper, person, self.now[0], until)

    def on_wake(self, number, person):
        paper = self._paper_ticket(number)
        if paper.incident and self._may_confirm(number, person):
            incident = self.tickets[number].escalation_incident_id
            incident.with_user(self._user(person)).action_wake()
            self.paper.wake(paper, self.now[0])

    def on_waive(self, number, person):
        if not self._may_confirm(number, person):
            return
        ticket = self.tickets[number].with_user(self._user(person))
        ticket.action_escalation_no_answer_needed()
        self.paper.waive(self._paper_ticket(number), self.now[0])

    def on_need_answer(self, number, person):
        paper = self._paper_ticket(number)
        if self._may_confirm(number, person) and (
            paper.contact == "client" or self.paper.works_on(paper, person)
        ):
            ticket = self.tickets[number].with_user(self._user(person))
            ticket.action_escalation_answer_needed()
            self.paper.need_answer(paper, self.now[0])

    def on_mark_done(self, number, person):
        activity = self.tickets[number].activity_ids.filtered(
            lambda activity: activity.user_id == self._user(person)
        )[:1]
        if activity and self._may_confirm(number, person):
            activity.with_user(self._user(person))._action_done()
            self.paper.mark_done(self._paper_ticket(number), person, self.now[0])

    def on_release(self, number):
        ticket = self._paper_ticket(number)
        incident = ticket.incident
        if incident and incident.state == "active" and incident.on_it:
            person = incident.on_it[0]
            if self._may_confirm(number, person):
                self.tickets[number].escalation_incident_id.with_user(
                    self._user(person)
                ).action_release()
                incident.on_it.remove(person)
        elif incident and incident.state == "confirmed":
            user = self._user(incident.confirmed_by)
            if user.active and self._may_confirm(number, incident.confirmed_by):
                self.tickets[number].escalation_incident_id.with_user(
                    user
                ).action_release()
                self.paper.release(ticket, self.now[0])

    def on_escalate_now(self, number, person):
        ticket = self._paper_ticket(number)
        incident = ticket.incident
        if (
            incident
            and incident.state == "active"
            and self._may_confirm(number, person)
            and self.paper.steps_left(incident, self.paper.policy_of(ticket)[0])
        ):
            self.tickets[number].escalation_incident_id.with_user(
                self._user(person)
            ).action_escalate_now()
            self.paper.escalate_now(ticket, self.now[0])

    def on_send_mails(self):
        if self.paper.queue == "off":
            return
        self.env["mail.mail"].search(
            [
                ("state", "=", "outgoing"),
                ("id", "in", self.test.notifications.search([]).mail_id.ids),
            ]
        ).write({"state": "sent"})
        self.paper.send_mails()

    def on_close(self, number):
        self.tickets[number].stage_id = self.test.done
        self.paper.close(self._paper_ticket(number), self.now[0])

    def on_reopen(self, number):
        self.tickets[number].stage_id = self.test.in_progress
        self.paper.change(self._paper_ticket(number), "is_closed", False, self.now[0])

    def on_change_ticket(self, number, what, value):
        name = {
            "is_archived": "active",
            "duplicate_of": "duplicate_id",
            "is_muted": "escalation_muted",
        }[what]
        odoo_value = value
        if what == "is_archived":
            odoo_value = not value
        elif what == "duplicate_of":
            # Both ways round it is a circle.
            odoo_value = value and self.tickets[1 - number].id
            value = self._paper_ticket(1 - number) if value else None
        self.tickets[number].write({name: odoo_value})
        self.paper.change(self._paper_ticket(number), what, value, self.now[0])

    def _ticket_of(self, number, mover):
        """The ticket in the hands of who changes it, the system's without anybody."""
        if mover and self.paper.people[mover].archived:
            mover = None
        ticket = self.tickets[number]
        return (ticket.with_user(self._user(mover)) if mover else ticket), mover

    def on_assign(self, number, person, mover):
        ticket, mover = self._ticket_of(number, mover)
        ticket.user_id = self._user(person)
        self.paper.assign(self._paper_ticket(number), person, mover)

    def on_move(self, number, team, mover):
        ticket, mover = self._ticket_of(number, mover)
        ticket.team_id = self._place_of(team)
        self.paper.move(self._paper_ticket(number), team, mover)

    def on_change_leader(self, place, person):
        self._place_of(place).user_id = self._user(person)
        if place == "parent":
            self.paper.parent_leader = person
        else:
            self.paper.teams[place].leader = person

    def _place_of(self, name):
        return {
            "team": self.test.team,
            "other": self.test.other_team,
            "parent": self.test.parent_team,
        }[name]

    def on_set_own_policy(self, number, name):
        self.tickets[number].escalation_policy_id = self.policies.get(name)
        ticket = self._paper_ticket(number)
        ticket.policy = name
        self.paper.settle(ticket)

    def on_set_policy(self, place, name):
        record = {
            "contact": self.test.client,
            "company": self.test.client_company,
            "default": self.env.company,
        }.get(place) or self._place_of(place)
        record.escalation_policy_id = self.policies.get(name)
        self.paper.set_policy(place, name, self.now[0])

    def on_include_backlog(self, name):
        self.policies[name].action_include_backlog()
        self.paper.include_backlog(name)

    def on_change_policy(self, name, what, value):
        if what == "start" and value == "now":
            value = self.now[0]
        if what == "fallback" and value and self.paper.people[value].archived:
            return
        self.policies[name].write(self._policy_values({what: value}))
        self.paper.change_policy(self.paper.policies[name], what, value, self.now[0])

    def _paper_step(self, name, number):
        steps = self.paper.policies[name].steps
        return steps[number % len(steps)]

    def on_change_delay(self, name, number, delay):
        step = self._paper_step(name, number)
        self.env["helpdesk.escalation.step"].browse(step.id).delay = delay
        step.delay = delay

    def on_add_step(self, name, values):
        step = self.env["helpdesk.escalation.step"].create(
            {"policy_id": self.policies[name].id, **self._step(values)}
        )
        self.paper.policies[name].steps.append(Step(id=step.id, **values))

    def on_remove_step(self, name, number):
        steps = self.paper.policies[name].steps
        if len(steps) > 1:
            step = self._paper_step(name, number)
            self.env["helpdesk.escalation.step"].browse(step.id).unlink()
            steps.remove(step)

    def on_change_person(self, name, what, value):
        if what == "substitute" and (
            value == name or (value and self.paper.people[value].archived)
        ):
            return
        since = {"before": self.now[0] - timedelta(days=1), "now": self.now[0]}.get(
            value
        )
        values = {
            "archived": lambda: {"active": not value},
            "away": lambda: {"out_of_office_from": since or False},
            "has_mail": lambda: {"email": value and f"{name}@helpdesk.example"},
            "substitute": lambda: {"escalation_substitute_id": self._user(value).id},
        }[what]()
        self._user(name).write(values)
        if what == "away":
            self.paper.people[name].away_since = since
        setattr(self.paper.people[name], what, bool(value) if what == "away" else value)

    # Comparing ----------------------------------------------------------------

    def compare(self):
        self.env.invalidate_all()
        for ticket, paper in zip(self.tickets, self.paper.tickets, strict=True):
            incidents = self.test.incidents.search(
                [("ticket_id", "=", ticket.id)], order="id"
            )
            self._same(
                [self._read(incident) for incident in incidents],
                [self._read_paper(incident) for incident in paper.incidents],
            )
            self._compare_waiting(ticket, paper)
            self._check_plates(ticket, incidents)

    def _same(self, ours, paper):
        assert ours == paper, f"add-on: {ours}\npaper:  {paper}"

    def _compare_waiting(self, ticket, paper):
        clock = self.env["helpdesk.escalation.clock"].browse(ticket.id)
        self._same(clock.waiting_since, self.paper.waiting_since(paper) or False)
        policy, _own = self.paper.policy_of(paper)
        self._same(clock.policy_id.name, policy.name if policy else False)

    def _check_plates(self, ticket, incidents):
        """What lies on people's plates belongs to an open incident."""
        incident = incidents.filtered(lambda one: one.state != "resolved")
        activities = ticket.activity_ids
        if incident.state == "confirmed":
            self._same(
                activities.user_id - incident.confirmed_by_id, activities[:0].user_id
            )
        elif not incident:
            self._same(activities, activities[:0])
            silent = ticket.message_follower_ids.filtered(
                lambda follower: not follower.subtype_ids
            )
            self._same(silent, silent[:0])

    def _read(self, incident):
        lines = Counter(
            (
                line.round,
                self._place(line),
                self.test.names.get(line.user_id),
                line.channel,
                self._fate(line),
            )
            for line in incident.notification_ids
            if not (line.is_fallback and line.state == "skipped")
        )
        return (
            incident.policy_id.name,
            incident.anchor_date,
            incident.state,
            incident.round,
            incident.resolution or None,
            self.test.names.get(incident.confirmed_by_id),
            sorted(map(self.test.names.get, incident._get_standing().user_id)),
            incident.snoozed_until or None,
            self._sorted(lines),
        )

    def _place(self, line):
        if line.received_as:
            return "hands"
        if line.is_fallback:
            return "fallback"
        if line.step_name in ("Confirmation not kept", "Snooze over"):
            return "reminder"
        return line.step_id.id or "gone"

    def _fate(self, line):
        if line.state == "pending":
            return "mailed" if line.mail_id.state == "sent" else "pending"
        return {"sent": "told"}.get(line.state, line.state)

    def _read_paper(self, incident):
        steps = {
            step.id for policy in self.paper.policies.values() for step in policy.steps
        }
        lines = Counter(
            (
                line.round,
                line.step
                if line.step in ("fallback", "hands", "reminder") or line.step in steps
                else "gone",
                line.person,
                line.channel,
                {"unwritten": "pending", "queued": "pending"}.get(line.fate, line.fate),
            )
            for line in incident.lines
            if not (line.step == "fallback" and line.fate == "skipped")
        )
        return (
            incident.policy,
            incident.anchor[0],
            incident.state,
            incident.round,
            incident.resolution,
            incident.confirmed_by,
            sorted(incident.on_it),
            incident.asleep_until,
            self._sorted(lines),
        )

    def _sorted(self, lines):
        return sorted(lines.items(), key=str)


class TestPaperHelpdesk(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.companies.partner_id.tz = "UTC"
        cls.boss = cls._new_user("esc_boss", USER)
        cls.seller = cls._new_user("esc_seller", TEAM)
        cls.users = {name: getattr(cls, name) for name in STAFF}
        for user in cls.users.values():
            user.name = user.login
        cls.parent_team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Service", "user_id": cls.boss.id}
        )
        cls.team.write(
            {
                "parent_id": cls.parent_team.id,
                "user_ids": [Command.set((cls.agent + cls.leader + cls.boss).ids)],
            }
        )
        cls.other_team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Sales",
                "parent_id": cls.parent_team.id,
                "user_id": cls.seller.id,
                "user_ids": [Command.set((cls.seller + cls.manager).ids)],
            }
        )
        cls.team.escalation_policy_id = False
        cls.policy.active = False
        cls.client.user_id = cls.seller
        cls.stranger = cls.env["res.partner"].create(
            {"name": "Third Party", "email": "third@party.example"}
        )
        cls.vendor = cls.env["res.partner"].create(
            {"name": "Vendor", "email": "help@vendor.example"}
        )
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.in_progress = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Every day",
                "tz": "UTC",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Hours",
                            "dayofweek": str(day),
                            "hour_from": opens,
                            "hour_to": closes,
                        }
                    )
                    for day in range(7)
                    for opens, closes in ((8, 12), (13, 17))
                ],
            }
        )
        # The job looks for its next regular time in steps, from the last one on.
        cls.cron.nextcall = START
        cls.names = {user: name for name, user in cls.users.items()}
        # Those who were there before us are managers too.
        managers = cls.env.ref(MANAGER).all_user_ids.filtered("active")
        cls.names = {**{user: user.login for user in managers}, **cls.names}
        cls.managers = [cls.names[user] for user in managers]

    def setUp(self):
        super().setUp()
        dice("stories")
        self.now = [START]
        stack = ExitStack()
        self.addCleanup(stack.close)
        for target in (sql_db.Cursor, test_cursor.TestCursor):
            stack.enter_context(patch.object(target, "now", lambda _cr: self.now[0]))
        stack.enter_context(
            patch.object(
                fields.Datetime,
                "now",
                staticmethod(lambda *_args: self.now[0].replace(microsecond=0)),
            )
        )
        stack.enter_context(self.enter_registry_test_mode())

    def run_job(self):
        self.env.flush_all()
        self.assertIs(self.cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    @settings(
        max_examples=scale(10, 400),
        derandomize=not TORTURE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        phases=[Phase.generate, Phase.shrink],
    )
    @(seed(int(SEED)) if TORTURE else lambda test: test)
    @given(story=stories)
    def test_random_stories_end_as_on_paper(self, story):
        self.now[0] = START
        savepoint = self.env.cr.savepoint()
        try:
            Story(self, story["policies"]).tell(story["events"])
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all(flush=False)
            self.env.registry.clear_cache()
