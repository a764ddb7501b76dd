"""A helpdesk of any size: people by Odoo itself, tickets and messages by SQL.

A hundred thousand tickets with ten messages each would take Odoo hours.
"""

from odoo.fields import Command

# What becomes of the ten messages of a ticket: (type, subtype, who writes).
CONVERSATION = [
    ("notification", "helpdesk_mgmt.hlp_tck_created", "client"),
    ("email", "mail.mt_comment", "client"),
    ("notification", "mail.mt_note", "agent"),
    ("comment", "mail.mt_comment", "agent"),
    ("email", "mail.mt_comment", "client"),
    ("comment", "mail.mt_note", "agent"),
    ("comment", "mail.mt_comment", "agent"),
    ("notification", "mail.mt_note", "agent"),
    ("email", "mail.mt_comment", "client"),
    # Every other ticket ends with an answer, the others with the client's word.
    ("comment", "mail.mt_comment", "agent or client"),
]
# The least that a helpdesk knows of a ticket: for so many that ten each take an hour.
SHORT = CONVERSATION[-3:]
BODY = "<p>Dear team, we still cannot print in the second room on the left.</p>" * 6


def create_people(env, teams, agents_of_each):
    """Create teams, each with a leader and some agents."""
    groups = env.ref("helpdesk_mgmt.group_helpdesk_user").ids
    users = env["res.users"].with_context(no_reset_password=True)

    def new_users(kind, count):
        return users.create(
            [
                {
                    "name": f"{kind.title()} {number}",
                    "login": f"bench_{kind}_{number}",
                    "email": f"{kind}{number}@helpdesk.example",
                    "notification_type": "email",
                    "group_ids": [Command.set(groups)],
                }
                for number in range(count)
            ]
        )

    agents = new_users("agent", teams * agents_of_each)
    env["helpdesk.ticket.team"].create(
        [
            {
                "name": f"Bench {number}",
                "user_id": leader.id,
                "user_ids": [Command.set((leader + agents[number::teams]).ids)],
            }
            for number, leader in enumerate(new_users("leader", teams))
        ]
    )


def create_clients(env, count):
    env.cr.execute(
        """
        INSERT INTO res_partner (name, complete_name, email, email_normalized, type,
                                 active, partner_share, create_date, write_date)
        SELECT 'Client ' || n, 'Client ' || n, 'c' || n || '@client.example',
               'c' || n || '@client.example', 'contact', TRUE, TRUE, now(), now()
          FROM generate_series(1, %s) n
        """,
        [count],
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id "
        "WHERE commercial_partner_id IS NULL"
    )


def create_tickets(env, count, conversation=CONVERSATION):
    """Create open tickets, dated an hour to two months ago, each with its messages."""
    stage = env["helpdesk.ticket.stage"].search([("closed", "=", False)], limit=1)
    teams = env["helpdesk.ticket.team"].search([("name", "like", "Bench ")])
    agents = [(team.user_ids - team.user_id).ids for team in teams]
    clients = env["res.partner"].search([("name", "like", "Client ")])
    env.flush_all()
    # What refers to what is right by construction: no need to check each row.
    env.cr.execute("SET LOCAL session_replication_role = replica")
    if "rating_status" in env["helpdesk.ticket"]._fields:
        # The host's ratings want a value in each row.
        env.cr.execute(
            "ALTER TABLE helpdesk_ticket ALTER rating_status SET DEFAULT 'no_rate'"
        )
    env.cr.execute(
        """
        INSERT INTO helpdesk_ticket (
            number, name, description, stage_id, team_id, user_id, partner_id,
            commercial_partner_id, company_id, priority, kanban_state, active,
            sequence, unattended, create_uid, write_uid, create_date, write_date,
            last_stage_update)
        SELECT 'BENCH' || n, 'The printer ' || n || ' is on fire', '<p>Help</p>',
               %(stage)s, (%(teams)s::int[])[1 + n %% %(team_count)s],
               (%(agents)s::int[])[1 + n %% %(team_count)s][1 + n %% %(agents_each)s],
               (%(clients)s::int[])[1 + n %% %(client_count)s],
               (%(clients)s::int[])[1 + n %% %(client_count)s],
               %(company)s, '1', 'normal', TRUE, 10, FALSE, 1, 1, moment, moment, moment
          FROM (SELECT n, now() AT TIME ZONE 'UTC' - interval '1 hour'
                       - n * interval '60 days' / %(count)s AS moment
                  FROM generate_series(1, %(count)s) n) numbered
        """,
        {
            "stage": stage.id,
            "company": env.company.id,
            "count": count,
            "teams": teams.ids,
            "team_count": len(teams),
            "agents": agents,
            "agents_each": len(agents[0]),
            "clients": clients.ids,
            "client_count": len(clients),
        },
    )
    create_messages(env, conversation)
    env.invalidate_all()


def create_messages(env, conversation):
    """Create the messages, with what the addon keeps of them where it is installed."""
    is_installed = "escalation_party" in env["mail.message"]._fields
    for place, (message_type, subtype, who) in enumerate(conversation):
        by_agent = {"agent": "TRUE", "client": "FALSE"}.get(who, "ticket.id %% 2 = 0")
        our_columns = ours = ""
        if is_installed:
            our_columns = ", escalation_party, escalation_voice"
            ours = ", NULL, 'nobody'"
            if subtype == "mail.mt_comment":
                ours = f"""
                   , CASE WHEN {by_agent} THEN 'staff' ELSE 'client' END
                   , CASE WHEN {by_agent} THEN 'inside' ELSE 'outside' END"""
        env.cr.execute(
            f"""
            INSERT INTO mail_message (
                model, res_id, message_type, subtype_id, is_internal, author_id,
                email_from, subject, body, message_id, reply_to, create_uid, write_uid,
                date, create_date, write_date{our_columns})
            SELECT 'helpdesk.ticket', ticket.id, %(type)s, %(subtype)s, %(internal)s,
                   author.id, author.email, ticket.name, %(body)s,
                   '<' || ticket.id || '.%(place)s@bench.example>', author.email,
                   1, 1, moment, moment, moment{ours}
              FROM helpdesk_ticket ticket
              JOIN res_users agent ON agent.id = ticket.user_id
              JOIN res_partner author
                ON author.id = CASE WHEN {by_agent} THEN agent.partner_id
                                    ELSE ticket.partner_id END
        CROSS JOIN LATERAL (
                SELECT ticket.create_date + %(place)s * interval '6 minutes' AS moment
                ) dated
             WHERE ticket.number LIKE 'BENCH%%'
          ORDER BY ticket.id
            """,
            {
                "type": message_type,
                "subtype": env.ref(subtype).id,
                "internal": env.ref(subtype).internal or False,
                "body": BODY,
                "place": place,
            },
        )
