"""What the numbers cost: opening the analyses, a policy's figures, trials.

They are views over all that ever happened, so they are what grows with the years.
"""

from odoo.fields import Command

from . import odoo_db
from .measure import cost, median, row

ANALYSIS = "helpdesk.escalation.report"
RATES = "helpdesk.escalation.ticket.report"
OPENING_LIMIT = 2
TRIAL_LIMIT = 10


def measure(database, incidents, messages, rounds):
    """Open what a manager opens, on a helpdesk that is full of the past.

    :param int incidents: how many there are to be, on as many tickets
    :param int messages: of clients and staff that the trial is to go through
    """
    with odoo_db.environment(database) as env:
        manager, policy = _set_the_scene(env, incidents)
        env.cr.commit()
        odoo_db.vacuum(database)
        env = env(user=manager)
        tickets = env["helpdesk.ticket"].search_count([])
        days, covered = _find_days(env, messages)
        policy = policy.with_env(env)
        rows = [
            _measure_opening(env, title, model, rounds)
            for title, model in (
                (f"Opening the analysis of {incidents:,} incidents", ANALYSIS),
                (f"Opening the rates of {tickets:,} tickets", RATES),
            )
        ]
        figures = median([cost(env.cr, _tune, policy) for _turn in range(rounds)])
        rows.append(
            row("A policy's figures of 90 days", f"{figures.seconds:.1f} s", None, None)
        )
        trial = median([cost(env.cr, _try, policy, days) for _turn in range(rounds)])
        calendar = policy.company_id.resource_calendar_id or env["resource.calendar"]
        calendar = calendar or calendar.search([], limit=1)
        in_hours = median(
            [cost(env.cr, _try, policy, days, calendar) for _turn in range(rounds)]
        )
        what = f"Trying a policy on {covered:,} messages of clients and staff"
        for title, took in ((what, trial), (f"{what}, in working hours", in_hours)):
            rows.append(_row(title, took, TRIAL_LIMIT))
        return rows


def _measure_opening(env, title, model, rounds):
    took = median([cost(env.cr, _open, env[model]) for _turn in range(rounds)])
    return _row(title, took, OPENING_LIMIT)


def _row(title, took, limit):
    seconds = took.seconds
    return row(title, f"{seconds:.1f} s", f"{limit} s", seconds <= limit)


def _open(report):
    """Read what the web client reads for the pivot, with every measure, of all time."""
    report.env.invalidate_all()
    report.get_views([(False, "pivot"), (False, "search")])
    measures = [
        f"{name}:{field.aggregator}"
        for name, field in report._fields.items()
        if field.type in ("integer", "float") and field.aggregator
    ]
    first = "policy_id" if "policy_id" in report._fields else "team_id"
    report.formatted_read_grouping_sets([], [[], [first]], ["__count", *measures])


def _tune(policy):
    policy.env.invalidate_all()
    tuning = policy.env["helpdesk.escalation.tuning"].browse(
        policy.action_tune()["res_id"]
    )
    tuning.read(["step_figures", "answer_figures", "suggestion"])


def _try(policy, days, calendar=None):
    policy.env.invalidate_all()
    backtest = policy.env["helpdesk.escalation.backtest"].browse(
        policy.action_backtest()["res_id"]
    )
    backtest.write({"days": days, "calendar_id": calendar and calendar.id})
    part = 0
    while part < backtest.run_part(part) - 1:
        part += 1
    backtest.read(["result_html"])


def _find_days(env, messages):
    """Find how far to look back for so many words on tickets of that time."""
    for days in range(1, 61):
        env.cr.execute(
            """
            SELECT COUNT(*)
              FROM mail_message message
              JOIN helpdesk_ticket ticket ON ticket.id = message.res_id
             WHERE message.model = 'helpdesk.ticket'
               AND message.escalation_party IS NOT NULL
               AND ticket.create_date
                   >= now() AT TIME ZONE 'UTC' - %s * interval '1 day'
            """,
            [days],
        )
        ((count,),) = env.cr.fetchall()
        if count >= messages:
            break
    return days, count


def _set_the_scene(env, incidents):
    """A manager, a policy on all teams, and a past of incidents and closings."""
    manager = env["res.users"].create(
        {
            "name": "Manager",
            "login": "bench_manager",
            "email": "manager@helpdesk.example",
            "group_ids": [
                Command.set(env.ref("helpdesk_mgmt.group_helpdesk_manager").ids)
            ],
        }
    )
    policy = env["helpdesk.escalation.policy"].create(
        {
            "name": "Bench",
            "step_ids": [
                Command.create({"delay": 10, "recipient": "responsible"}),
                Command.create({"delay": 30, "recipient": "team_leader"}),
                Command.create({"delay": 60, "recipient": "team_leader"}),
            ],
        }
    )
    teams = env["helpdesk.ticket.team"].search([("name", "like", "Bench ")])
    above = teams.create({"name": "All", "escalation_policy_id": policy.id})
    teams.parent_id = above
    env.flush_all()
    stages = env["helpdesk.ticket.stage"]
    facts = {
        "policy": policy.id,
        "steps": policy.step_ids.ids,
        "incidents": incidents,
        "open": stages.search([("closed", "=", False)], limit=1).id,
        "closed": stages.search([("closed", "=", True)], limit=1).id,
        "stage_field": env["ir.model.fields"]._get("helpdesk.ticket", "stage_id").id,
    }
    for statement in (INCIDENTS, NOTIFICATIONS, CLOSINGS, TRACKINGS):
        env.cr.execute(statement, facts)
    env.invalidate_all()
    return manager, policy


# One on every few tickets, all but one in fifty ended.
INCIDENTS = """
    INSERT INTO helpdesk_escalation_incident (
        ticket_id, policy_id, kind, state, resolution, anchor_date, first_step_date,
        confirmed_date, answered_date, resolved_date, answer_working_minutes,
        resolve_working_minutes, round, step_id, create_uid, create_date)
    SELECT id, %(policy)s, CASE WHEN place %% 10 = 0 THEN 'manual' ELSE 'automatic' END,
           CASE WHEN place %% 50 = 0 THEN 'active' ELSE 'resolved' END,
           CASE WHEN place %% 50 != 0
                THEN CASE WHEN place %% 3 = 0 THEN 'closed' ELSE 'answered' END END,
           create_date, moment,
           CASE WHEN place %% 2 = 0 THEN moment + interval '7 minutes' END,
           CASE WHEN place %% 50 != 0 AND place %% 3 != 0
                THEN moment + place %% 90 * interval '1 minute' END,
           CASE WHEN place %% 50 != 0
                THEN moment + place %% 90 * interval '1 minute' END,
           CASE WHEN place %% 50 != 0 AND place %% 3 != 0 THEN place %% 60 END,
           CASE WHEN place %% 50 != 0 THEN place %% 60 END,
           1, (%(steps)s::int[])[1 + place %% 3], 1, moment
      FROM (SELECT id, create_date, create_date + interval '10 minutes' AS moment,
                   ROW_NUMBER() OVER (ORDER BY hashint4(id)) AS place
              FROM helpdesk_ticket) ticket
     WHERE place <= %(incidents)s
"""
NOTIFICATIONS = """
    INSERT INTO helpdesk_escalation_notification (
        incident_id, ticket_id, step_id, user_id, channel, state, round, create_uid,
        create_date)
    SELECT incident.id, incident.ticket_id, (%(steps)s::int[])[step], ticket.user_id,
           CASE step WHEN 1 THEN 'activity' ELSE 'email' END, 'sent', 1, 1,
           incident.create_date
      FROM helpdesk_escalation_incident incident
      JOIN helpdesk_ticket ticket ON ticket.id = incident.ticket_id
CROSS JOIN generate_series(1, 3) step
"""
CLOSINGS = """
    UPDATE helpdesk_ticket
       SET stage_id = %(closed)s, closed_date = create_date + interval '2 hours'
     WHERE id %% 2 = 0
"""
# Odoo's own tracking of the stage: every ticket was closed once, some opened again.
TRACKINGS = """
    INSERT INTO mail_tracking_value (
        mail_message_id, field_id, old_value_integer, new_value_integer)
    SELECT message.id, %(stage_field)s,
           CASE WHEN ticket.id %% 2 = 0 THEN %(open)s ELSE %(closed)s END,
           CASE WHEN ticket.id %% 2 = 0 THEN %(closed)s ELSE %(open)s END
      FROM helpdesk_ticket ticket
      JOIN LATERAL (
            SELECT id FROM mail_message
             WHERE model = 'helpdesk.ticket' AND res_id = ticket.id
               AND message_type = 'notification'
          ORDER BY id DESC LIMIT 1) message ON TRUE
"""
