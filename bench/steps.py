"""What a fired step costs, beside the rival and beside the floor.

The rival is what people configure today: time rules of ``base_automation``. The floor
is what a step leaves behind, created by Odoo itself in one batch. All work in turns on
the same tickets, and what each leaves behind is removed before the next one's turn.
"""

import json

from odoo.fields import Command

from . import data, odoo_db
from .measure import cost, mean, median, ratio_of_pairs, row, total

# Minutes after which the steps are due.
DELAYS = (10, 30, 60)
# What the work of a turn leaves behind, in an order in which it can be removed.
LEFT_BEHIND = (
    "mail_activity",
    "mail_mail",
    "helpdesk_escalation_notification",
    "helpdesk_escalation_incident",
    "mail_message",
    "mail_followers",
    "ir_cron_trigger",
    "bus_bus",
)
# So few tickets a person that nobody gets one mail for many of them.
A_MAIL_EACH = 5
# Enough for a digest.
A_DIGEST_EACH = 20
# How often we take our turn in a round with the rules, before theirs and after it.
OUR_TURNS = 2


class Stage:
    """A helpdesk on which the same can be done again and again."""

    def __init__(self, env, tickets):
        self.env = env
        data.create_people(env, max(1, tickets // A_MAIL_EACH), 1)
        data.create_clients(env, tickets)
        data.create_tickets(env, tickets, conversation=())
        self.tickets = env["helpdesk.ticket"].search([("number", "like", "BENCH")])
        self.teams = self.tickets.team_id
        env.cr.commit()
        self.marks = {
            table: self._one(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
            for table in LEFT_BEHIND
        }
        self.reset()

    def _one(self, statement, *args):
        self.env.cr.execute(statement, args)
        return self.env.cr.fetchone()[0]

    def reset(self):
        """Begin again: the tickets are new, and nothing has happened.

        What is removed is cleared away too, as PostgreSQL does by itself in time.
        """
        self.env.flush_all()
        for table, mark in self.marks.items():
            self.env.cr.execute(f"DELETE FROM {table} WHERE id > %s", [mark])
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = now() AT TIME ZONE 'UTC'"
        )
        self.commit()
        odoo_db.vacuum(self.env.cr.dbname)

    def commit(self):
        self.env.invalidate_all()
        self.env.cr.commit()

    def wait(self, minutes):
        """Let time go by: all that counts lies that much further back."""
        self.env.flush_all()
        for table, columns in (
            ("helpdesk_ticket", ("create_date",)),
            ("helpdesk_escalation_incident", ("anchor_date", "step_date")),
            ("base_automation", ("last_run",)),
        ):
            if self._one("SELECT to_regclass(%s) IS NULL", table):
                continue
            for column in columns:
                self.env.cr.execute(
                    f"UPDATE {table} "
                    f"SET {column} = {column} - %s * interval '1 minute'",
                    [minutes],
                )
        self.commit()

    def share(self, tickets_each):
        """Give so many tickets to each of some people, as responsible and leader."""
        leaders = self.teams.user_id.sorted("id")
        people = leaders[: max(1, len(self.tickets) // tickets_each)]
        for number, team in enumerate(self.teams):
            leader = people[number % len(people)]
            team.write({"user_id": leader.id, "user_ids": [Command.link(leader.id)]})
            of_team = self.tickets.filtered(lambda one, team=team: one.team_id == team)
            of_team.user_id = leader
        self.commit()

    def set_policy(self, *steps):
        """Let one policy count on all teams, whenever a wait began."""
        policy = self.env["helpdesk.escalation.policy"].create(
            {
                "name": "Bench",
                "start_date": False,
                "step_ids": [Command.create(step) for step in steps],
            }
        )
        self.teams.write(
            {"escalation_policy_id": policy.id, "escalation_policy_date": False}
        )
        self.commit()

    def run(self):
        """The job that runs every five minutes."""
        self.env["helpdesk.escalation.engine"]._cron_escalate()
        self.env.cr.commit()

    def count(self, model, domain=()):
        return self.env[model].search_count(
            [("id", ">", self.marks[self.env[model]._table]), *domain]
        )


# The rival --------------------------------------------------------------------

# What our own template says, as far as a rule can know it.
RIVAL_BODY = """
<div style="font-family: Arial, Helvetica, sans-serif; font-size: 16px;">
    <p>Hello <t t-out="object.user_id.name"/>,</p>
    <p>
        <strong t-out="object.partner_id.name"/> has been waiting for an answer since
        <strong t-out="format_datetime(object.create_date)"/>.
    </p>
    <table>
        <tr><td>Ticket</td><td><t t-out="object.display_name"/></td></tr>
        <tr t-if="object.team_id">
            <td>Team</td><td><t t-out="object.team_id.complete_name"/></td>
        </tr>
        <tr>
            <td>Responsible</td>
            <td><t t-out="object.user_id.name or 'Nobody yet'"/></td>
        </tr>
        <tr t-if="object.category_id">
            <td>Category</td><td><t t-out="object.category_id.display_name"/></td>
        </tr>
    </table>
    <p><a t-att-href="'/odoo/helpdesk.ticket/%s' % object.id">Open ticket</a></p>
</div>
"""


def add_rules(env):
    """Three time rules that do what our three steps do; their mails say the same."""
    model = env["ir.model"]._get("helpdesk.ticket")
    template_values = {
        "name": "Bench",
        "model_id": model.id,
        "subject": "{{ object.partner_id.name }} waits: {{ object.name }}",
        "body_html": RIVAL_BODY,
        "use_default_to": False,
    }
    templates = env["mail.template"].create(
        [
            {**template_values, "partner_to": "{{ object." + whom + ".partner_id.id }}"}
            for whom in ("team_id.user_id", "user_id")
        ]
    )
    activity_type = env.ref("mail.mail_activity_data_todo")
    actions = [
        {
            "state": "next_activity",
            "activity_type_id": activity_type.id,
            "activity_summary": "A client waits for an answer",
            "activity_user_type": "generic",
            "activity_user_field_name": "user_id",
        },
        *(
            {
                "state": "mail_post",
                "mail_post_method": "email",
                "template_id": template.id,
            }
            for template in templates
        ),
    ]
    return env["base.automation"].create(
        [
            {
                "name": f"Bench after {delay} minutes",
                "model_id": model.id,
                "trigger": "on_time",
                "trg_date_id": env.ref(
                    "helpdesk_mgmt.field_helpdesk_ticket__create_date"
                ).id,
                "trg_date_range": delay,
                "trg_date_range_type": "minutes",
                "trg_date_range_mode": "after",
                "filter_domain": "[('stage_id.closed', '=', False)]",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": f"Bench {delay}",
                            "model_id": model.id,
                            "usage": "base_automation",
                            **action,
                        }
                    )
                ],
            }
            for delay, action in zip(DELAYS, actions, strict=True)
        ]
    )


def three_steps(stage, work):
    """Let the three steps fall due one after the other; return what they cost."""
    costs = []
    before = 0
    for delay in DELAYS:
        stage.wait(delay - before + (1 if not before else 0))
        before = delay
        costs.append(cost(stage.env.cr, work))
    done = stage.count("mail.activity")
    assert done == len(stage.tickets), f"{done} of {len(stage.tickets)}"
    return total(costs)


def measure_rival(stage, rounds):
    """Both do the same three-step job; a round is one turn of theirs amid ours."""
    env = stage.env
    rules = add_rules(env)
    stage.set_policy(
        {"delay": 10, "recipient": "responsible", "channel": "activity"},
        {"delay": 30, "recipient": "team_leader", "channel": "email"},
        {"delay": 60, "recipient": "responsible", "channel": "email"},
    )

    def run_rules():
        env["base.automation"]._cron_process_time_based_actions()

    def turn(work, model, expected):
        rules.last_run = env.cr.now()
        stage.commit()
        result = three_steps(stage, work)
        done = stage.count(model)
        assert done >= expected, f"{done} {model} instead of {expected}"
        stage.reset()
        return result

    def our_turn():
        model = "helpdesk.escalation.notification"
        return turn(stage.run, model, 3 * len(stage.tickets))

    def their_turn():
        return turn(run_rules, "mail.mail", 2 * len(stage.tickets))

    rows = []
    for words, tickets_each, limit in (
        ("a mail each", A_MAIL_EACH, 5),
        ("digests", A_DIGEST_EACH, 10),
    ):
        stage.share(tickets_each)
        our_turn(), their_turn()
        ours, theirs = [], []
        for _round in range(rounds):
            turns = [our_turn() for _time in range(OUR_TURNS)]
            # It takes many times as long, and has the machine's moods in it.
            theirs.append(their_turn())
            turns += [our_turn() for _time in range(OUR_TURNS)]
            ours.append(mean(turns))
        rows += _beside_rival(words, stage, ours, theirs, limit)
    return rows


def _beside_rival(words, stage, ours, theirs, limit):
    fired = 3 * len(stage.tickets)
    faster, noise = ratio_of_pairs(
        [cost.seconds for cost in theirs], [cost.seconds for cost in ours]
    )
    one, other = median(ours), median(theirs)
    fewer = other.queries / one.queries
    return [
        row(
            f"A fired step, three steps on {len(stage.tickets)} tickets, {words}",
            f"{1000 * one.seconds / fired:.2f} ms; time rules "
            f"{1000 * other.seconds / fired:.2f} ms: {faster:.1f} times faster "
            f"(± {noise:.1f})",
            f"{limit} times faster",
            faster >= limit,
        ),
        row(
            "Its queries",
            f"{one.queries / fired:.2f}; time rules {other.queries / fired:.2f}: "
            f"1/{fewer:.1f}",
        ),
    ]


# The floor --------------------------------------------------------------------


def read_in_app(stage):
    """Return what a step has left behind in the app: activities, notes, notices."""
    activities = stage.env["mail.activity"].search_read(
        [("id", ">", stage.marks["mail_activity"])],
        ["res_id", "user_id", "date_deadline", "summary", "note"],
        load=None,
    )
    notices = [
        (json.loads(channel), json.loads(message))
        for channel, message in odoo_db.sql(
            stage.env.cr.dbname,
            "SELECT channel, message FROM bus_bus WHERE id > %s ORDER BY id",
            stage.marks["bus_bus"],
        )
    ]
    return activities, read_notes(stage), notices


def read_notes(stage):
    """Return the notes that a step has left behind, {ticket: text} in their order."""
    rounds = []
    for message in stage.env["mail.message"].search(
        [
            ("id", ">", stage.marks["mail_message"]),
            ("model", "=", "helpdesk.ticket"),
            ("message_type", "=", "notification"),
        ],
        order="id",
    ):
        for notes in rounds:
            if message.res_id not in notes:
                break
        else:
            rounds.append(notes := {})
        notes[message.res_id] = message.body
    return rounds


def floor_of_activities(stage, activities, notes, notices):
    """What an in-app step leaves behind on tickets, in a batch, by Odoo itself."""
    env = stage.env
    activity_type = env["helpdesk.escalation.notification"]._activity_type()
    model_id = env["ir.model"]._get_id("helpdesk.ticket")
    env["mail.activity"].with_context(mail_activity_quick_update=True).create(
        [
            {
                "res_model_id": model_id,
                "activity_type_id": activity_type.id,
                "automated": True,
                **{name: value for name, value in one.items() if name != "id"},
            }
            for one in activities
        ]
    )
    for (_database, *target), message in notices:
        env["bus.bus"]._sendone(tuple(target), message["type"], message["payload"])
    floor_of_notes(stage, notes)
    env.cr.commit()


def floor_of_notes(stage, rounds):
    for notes in rounds:
        stage.tickets.browse(notes)._message_log_batch(notes)


# What our mails say, facts and buttons written into the text of the template.
FLOOR_BODY = """
<div style="font-family: Arial, Helvetica, sans-serif; font-size: 16px;">
    <p>Hello <t t-out="object.user_id.name"/>,</p>
    <p>
        <strong t-out="object.client_name"/> has been waiting for an answer for
        <strong t-out="object.waited"/>.
    </p>
    <table>
        <tr><td>Ticket</td><td><t t-out="object.ticket_name"/></td></tr>
        <tr t-if="object.substituted_user_id">
            <td>You stand in for</td>
            <td><t t-out="object.substituted_user_id.name"/></td>
        </tr>
        <tr t-if="object.incident_id.cause_text">
            <td>Cause</td><td><t t-out="object.incident_id.cause_text"/></td>
        </tr>
        <tr t-if="object.ticket_id.team_id">
            <td>Team</td><td><t t-out="object.ticket_id.team_id.complete_name"/></td>
        </tr>
        <tr>
            <td>Responsible</td>
            <td><t t-out="object.ticket_id.user_id.name or 'Nobody yet'"/></td>
        </tr>
        <tr t-if="object.ticket_id.category_id">
            <td>Category</td>
            <td><t t-out="object.ticket_id.category_id.display_name"/></td>
        </tr>
        <tr>
            <td>Escalation</td>
            <td>
                <t t-out="object.incident_id.policy_id.name"/>,
                <t t-out="object.step_text"/>
            </td>
        </tr>
        <tr t-if="object.incident_id.authority">
            <td>Authority</td><td><t t-out="object.incident_id.authority"/></td>
        </tr>
        <tr t-if="object.incident_id.standard">
            <td>Standard</td><td><t t-out="object.incident_id.standard"/></td>
        </tr>
    </table>
    <p><a t-att-href="'/confirm/%s' % object.id">I'm on it</a></p>
    <p><a t-att-href="'/odoo/helpdesk.ticket/%s' % object.ticket_id.id">Open</a></p>
    <p>The button is yours alone: please do not forward this mail.</p>
</div>
"""


def add_floor_template(env):
    """A template whose mails say what ours do, as anybody would write it in Odoo."""
    ours = env.ref("helpdesk_escalation.mail_template_escalation")
    return ours.copy({"name": "Bench", "body_html": FLOOR_BODY})


def floor_of_mails(stage, notifications, template, notes):
    """What an e-mail step leaves behind, its mails written by Odoo alone."""
    env = stage.env
    notifications = notifications.with_env(env)
    template.send_mail_batch(
        notifications.ids,
        email_values=notifications._get_mail_values(notifications._get_reply_to()),
    )
    env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
    floor_of_notes(stage, notes)
    env.cr.commit()


def measure_floor(stage, rounds):
    return [
        *_measure_channel(stage, "activity", rounds, 1.3),
        *_measure_channel(stage, "email", rounds, 1.1),
    ]


def _measure_channel(stage, channel, rounds, limit):
    recipient = {"activity": "responsible", "email": "team_leader"}[channel]
    stage.set_policy({"delay": 10, "recipient": recipient, "channel": channel})
    template = add_floor_template(stage.env)
    stage.commit()
    ours, floor = [], []
    for turn in range(rounds + 1):
        stage.wait(11)
        our_cost = cost(stage.env.cr, stage.run)
        notifications = stage.env["helpdesk.escalation.notification"].search([])
        assert len(notifications) == len(stage.tickets), notifications
        stage.commit()
        if channel == "activity":
            left = read_in_app(stage)
            # Nobody has an activity on the tickets when the floor's turn comes.
            stage.reset()
            its_cost = cost(stage.env.cr, floor_of_activities, stage, *left)
        else:
            notes = read_notes(stage)
            stage.commit()
            its_cost = cost(
                stage.env.cr, floor_of_mails, stage, notifications, template, notes
            )
        stage.reset()
        if turn:  # the first one only warms up
            ours.append(our_cost)
            floor.append(its_cost)
    one, other = median(ours), median(floor)
    count = len(stage.tickets)
    ratio = one.seconds / other.seconds
    title = {"activity": "in-app", "email": "e-mail"}[channel]
    return [
        row(
            f"A fired {title} step on {count} tickets beside Odoo's own batch",
            f"{1000 * one.seconds / count:.2f} ms; batch "
            f"{1000 * other.seconds / count:.2f} ms: {ratio:.2f} times",
            f"{limit:.1f} times",
            ratio <= limit,
        ),
        row(
            "Its queries",
            f"{one.queries / count:.2f}; batch {other.queries / count:.2f}",
        ),
    ]
