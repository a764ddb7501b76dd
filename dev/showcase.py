"""For ``odoo shell``: what the pictures show beside the demo data.

Demo data are today's, and the analysis needs a past. So some weeks are recorded, dated
back where no method can, the engine runs once, and a handover is begun.
"""

# ruff: noqa: F821 (env is the shell's)
import os
import random
from datetime import timedelta

from odoo.fields import Command, Datetime

TICKETS = 260
DAYS = 40
QUESTIONS = [
    "Where is our delivery?",
    "The invoice shows the wrong address",
    "We cannot log in any more",
    "The printer in the office is out of order",
    "How do we add a colleague?",
    "The booking page is slow",
]
dice = random.Random(2)
now = Datetime.now()
quiet = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
}


def ref(name):
    return env.ref(f"helpdesk_escalation.{name}")


def date(records, moment):
    env.flush_all()
    env.cr.execute(
        f'UPDATE "{records._table}" SET create_date = %s WHERE id IN %s',
        [moment, tuple(records.ids)],
    )


def say(ticket, author, moment):
    message = env["mail.message"].create(
        {
            "model": ticket._name,
            "res_id": ticket.id,
            "author_id": author.id,
            "body": "…",
            "message_type": "comment",
            "subtype_id": env.ref("mail.mt_comment").id,
            "date": moment,
        }
    )
    date(message, moment)


def record(day, client, agent, policy):
    """A client asks within office hours, sooner or later somebody answers."""
    hour = dice.choice((8, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 16))
    asked = day.replace(hour=hour, minute=dice.randrange(60), second=0)
    # Around noon and on Mondays it takes longer.
    usual = 14 * (2 if hour in (12, 13) else 1) * (1.5 if not day.weekday() else 1)
    minutes = min(usual * dice.lognormvariate(0, 1), 300)
    answered = asked + timedelta(minutes=minutes)
    ticket = env["helpdesk.ticket"].with_context(**quiet)
    ticket = ticket.create(
        {
            "name": dice.choice(QUESTIONS),
            "description": "<p>…</p>",
            "partner_id": client.id,
            "team_id": ref("team_support").id,
            "user_id": agent.id,
        }
    )
    date(ticket, asked)
    say(ticket, client, asked)
    say(ticket, agent.partner_id, answered)
    ticket.stage_id = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
    ticket.closed_date = answered
    fired = [step for step in policy.step_ids.sorted() if step.delay < minutes]
    if not fired:
        return
    people = {"responsible": agent, "team_leader": ref("user_lena")}
    first = asked + timedelta(minutes=fired[0].delay)
    values = {
        "ticket_id": ticket.id,
        "policy_id": policy.id,
        "anchor_date": asked,
        "step_id": fired[-1].id,
        "first_step_date": first,
        "state": "resolved",
        "resolution": "answered",
        "answered_date": answered,
        "resolved_date": answered,
        "notification_ids": [
            Command.create(
                {
                    "step_id": step.id,
                    "channel": step.channel,
                    "user_id": people.get(step.recipient, ref("user_dora")).id,
                    "state": "sent",
                }
            )
            for step in fired
        ],
    }
    if dice.random() < 0.7:
        last = asked + timedelta(minutes=fired[-1].delay)
        values["confirmed_by_id"] = agent.id
        values["confirmed_via"] = dice.choice(("email", "email", "ticket", "activity"))
        values["confirmed_date"] = last + (answered - last) * dice.uniform(0.1, 0.6)
    incident = env["helpdesk.escalation.incident"].create(values)
    incident._keep_working_minutes()
    date(incident, first)


clients = [ref("client_clara"), ref("client_sofia"), ref("client_hugo")]
for number in range(TICKETS):
    day = now - timedelta(days=1 + number % DAYS)
    if day.weekday() < 5:
        client = dice.choice(clients)
        hotel = client == ref("client_hugo")
        record(
            day,
            client,
            dice.choice((ref("user_anna"), ref("user_ben"))),
            ref("policy_express" if hotel else "policy_standard"),
        )


def make_rota():
    """Two take turns on weekends, and two in the week."""

    def layer(name, people, days=()):
        turns = [Command.create({"user_id": ref(f"user_{one}").id}) for one in people]
        off = dict.fromkeys(days, False)
        return Command.create({"name": name, "turn_ids": turns, **off})

    env["helpdesk.escalation.rota"].create(
        {
            "name": "Support",
            "tz": "UTC",
            "layer_ids": [
                layer("Weekend", ["lena", "ben"], ["mon", "tue", "wed", "thu", "fri"]),
                layer("Week", ["anna", "ben"]),
            ],
        }
    )


def make_connections():
    """A room in which a team reads along, and a board that is informed."""
    channel = env["discuss.channel"].create({"name": "escalations"})
    room = env["helpdesk.escalation.chat.room"].create(
        {"name": "Support", "channel_id": channel.id}
    )
    ref("team_support").escalation_chat_room_id = room
    env["helpdesk.escalation.webhook"].create(
        {"name": "Status board", "url": "https://status.example.com/hooks/helpdesk"}
    )


def begin_handover(client, agent):
    """An agent has seen a fault come again, and the browser's user hands it over."""
    printing = env["helpdesk.ticket.category"].create({"name": "Printing"})
    for name, days, category in (
        ("Tickets come out blank", 9, printing),
        ("A second key for the cloakroom", 7, False),
        ("Tickets come out blank again", 3, printing),
        ("The ticket printer stops every few minutes", 0, printing),
    ):
        ticket = (
            env["helpdesk.ticket"]
            .with_context(**quiet)
            .create(
                {
                    "name": name,
                    "description": "<p>People queue up to the street. Please help!</p>",
                    "partner_id": client.id,
                    "team_id": ref("team_support").id,
                    "user_id": agent.id,
                    "category_id": category and category.id,
                    "priority": "2",
                }
            )
        )
        asked = now - timedelta(days=days, minutes=7)
        date(ticket, asked)
        if days:
            say(ticket, agent.partner_id, asked + timedelta(minutes=5))
            ticket.stage_id = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
    ticket.with_user(agent).message_post(
        body="Changed the cable and the paper. The self-test is fine.",
        message_type="comment",
        subtype_xmlid="mail.mt_note",
    )
    ticket.team_id.parent_id.escalation_authority = "A new device up to 500 €"
    writer = ticket.with_user(env.ref("base.user_admin")).with_context(tz="UTC")
    draft = writer.action_escalation_escalate()
    draft = writer.env[draft["res_model"]].browse(draft["res_id"])
    draft.history_ids.filtered("category_id").is_related = True
    draft.write(
        {
            "reason_kind": "authority",
            "reason": "It is the third time. May they have another printer?",
            "user_impact": "Both desks sell by hand; every visitor waits 20 minutes.",
            "environment": "Desk 2, driver 4.1",
            "recent_changes": "none",
            "tell_client": True,
        }
    )
    env["ir.model.data"].create(
        {
            "module": "helpdesk_escalation",
            "name": "ticket_handover",
            "model": ticket._name,
            "res_id": ticket.id,
            "noupdate": True,
        }
    )


if language := os.environ.get("SCREEN_LANG"):
    # Active ones only: nobody else is seen, or looks.
    code = [("code", "=", language)]
    there = env["res.lang"].with_context(active_test=False).search(code)
    install = env["base.language.install"]
    install.create({"lang_ids": there.ids, "overwrite": True}).lang_install()
    env["res.partner"].search([]).lang = language
while env["helpdesk.escalation.message.reading"]._is_pending():
    env["helpdesk.escalation.message.reading"]._cron_read_messages()
env["helpdesk.escalation.engine"]._cron_escalate()
museum = {"name": "City Museum", "is_company": True, "email": "museum@example.com"}
begin_handover(env["res.partner"].create(museum), ref("user_ben"))
make_rota()
make_connections()
env.cr.commit()
