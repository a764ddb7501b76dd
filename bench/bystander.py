"""Somebody at work while the addon is installed: how long is everything blocked?

    bystander.py DATABASE

Every 100 ms it writes on a ticket as Odoo does (a follower is mailed), writes on
another record, edits an old message, reads a list, and, in SQL alone, inserts a
message. It knows nothing of the addon, as a server that was there before. When its
input ends it prints, as JSON, the longest time of each, in seconds.
"""

import json
import select
import sys
import time

import odoo_db
from psycopg2 import errors

from odoo.tools import config

PAUSE = 0.1


def works(env):
    """What is done, each in a transaction of its own."""
    tickets = env["helpdesk.ticket"].search([], limit=500, order="id desc")
    agents = tickets.user_id
    partner = agents[0].partner_id
    messages = env["mail.message"].search(
        [("model", "=", "helpdesk.ticket"), ("message_type", "=", "comment")],
        limit=500,
    )
    tickets.message_subscribe(partner.ids)
    env.cr.commit()

    def post(env, turn):
        ticket = tickets[turn % len(tickets)].with_env(env)
        ticket.with_user(ticket.user_id).message_post(
            body="On it", message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def post_elsewhere(env, turn):
        partner.with_env(env).message_post(body="Called back")

    def edit(env, turn):
        messages[turn % len(messages)].with_env(env).write({"body": f"Edit {turn}"})

    def read(env, turn):
        env["helpdesk.ticket"].search_read([], ["name", "partner_id"], limit=80)

    def insert(env, turn):
        env.cr.execute(
            "INSERT INTO mail_message (model, res_id, message_type, create_date) "
            "VALUES ('helpdesk.ticket', %s, 'notification', now())",
            [tickets[turn % len(tickets)].id],
        )

    return [post, post_elsewhere, edit, read, insert]


def main(database):
    with odoo_db.environment(database, mail_notify_force_send=False) as env:
        todo = works(env)
        todo_first = [*todo, *todo]
        longest = {work.__name__: 0 for work in todo}
        conflicts = 0
        for turn, work in enumerate(todo_first):
            work(env, turn)
            env.cr.commit()
        print("ready", flush=True)
        turn = 0
        while not select.select([sys.stdin], [], [], PAUSE)[0]:
            turn += 1
            for work in todo:
                start = time.perf_counter()
                try:
                    work(env, turn)
                    env.flush_all()
                    env.cr.commit()
                except (errors.SerializationFailure, errors.DeadlockDetected):
                    # Odoo's server tries again by itself.
                    env.cr.rollback()
                    conflicts += 1
                longest[work.__name__] = max(
                    longest[work.__name__], time.perf_counter() - start
                )
    print(json.dumps({"longest": longest, "turns": turn, "conflicts": conflicts}))


if __name__ == "__main__":
    config.parse_config([], setup_logging=False)
    main(sys.argv[1])
