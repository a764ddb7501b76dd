"""queue_job: jobs write on tickets, while our own job runs."""

import time

from ..support.in_use import USE
from ..support.processes import odoo
from ..support.server import query

# Each ticket is answered by its agent in a job, and one more job fails.
ENQUEUE = """
for ticket in env["helpdesk.ticket"].search([]):
    ticket.with_user(ticket.user_id).with_delay(max_retries=1).message_post(
        body="We are looking into it.",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
env["helpdesk.ticket"].browse(1000000).with_delay(max_retries=1).write({"name": "?"})
env.cr.commit()
"""


def states(database):
    return dict(query(database, "SELECT state, count(*) FROM queue_job GROUP BY state"))


def test_answers_in_jobs_end_escalations_while_ours_runs(database, odoo_server):
    odoo(database, code=USE + ENQUEUE)
    server = odoo_server(database, "--load=base,web,rpc,queue_job")
    deadline = time.monotonic() + 120
    while set(states(database)) & {"pending", "enqueued", "started"}:
        assert time.monotonic() < deadline, server.log_text()[-3000:]
        server.run_cron("helpdesk_escalation.ir_cron_escalate")
    assert states(database) == {"done": 4, "failed": 1}
    server.run_cron("helpdesk_escalation.ir_cron_escalate")
    assert query(
        database,
        "SELECT DISTINCT kind, resolution FROM helpdesk_escalation_incident "
        "WHERE kind = 'automatic'",
    ) == [("automatic", "answered")]
    assert "helpdesk_escalation" not in "".join(
        line for line in server.log_text().splitlines() if " ERROR " in line
    )
