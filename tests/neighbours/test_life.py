"""A neighbour is taken off while escalations are open, and so are ours beside it."""

import os

import pytest

from ..support.in_use import GO_ON, UNINSTALL, USE, traces
from ..support.processes import odoo
from ..support.server import query

UNINSTALL_NEIGHBOURS = """
env["ir.module.module"].search(
    [("name", "in", {}), ("state", "=", "installed")]
).button_immediate_uninstall()
"""

# The host and the neighbour go on, and every screen of the tickets opens.
HOST_GOES_ON = """
ticket = env["helpdesk.ticket"].create({
    "name": "Nothing prints",
    "description": "<p>Please help</p>",
    "team_id": env["helpdesk.ticket.team"].search([("name", "=", "Support")]).id,
    "user_id": env["res.users"].search([("login", "=", "agent")]).id,
    "partner_id": env["res.partner"].search([("name", "=", "Carla Client")]).id,
})
ticket.message_post(
    body="We are looking into it.",
    message_type="comment",
    subtype_xmlid="mail.mt_comment",
)
ticket.stage_id = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
for model in ("res.partner", "res.users", *env.registry):
    if not model.startswith(("helpdesk.", "res.partner", "res.users")):
        continue
    for view in env["ir.ui.view"].search(
        [("model", "=", model), ("type", "!=", "qweb"), ("mode", "=", "primary")]
    ):
        env[model].get_view(view.id, view.type)
assert not env["ir.cron"].with_context(active_test=False).search(
    [("cron_name", "ilike", "escalat")]
)
env.cr.commit()
"""


# What Odoo logs when one of them is taken off, as it deletes at a second try what is in
# use at the first: a view of the website with archived ones under it, an account.
KNOWN = {
    "account": 'DELETE FROM "account_account"',
    "website": 'DELETE FROM "ir_ui_view"',
}


@pytest.fixture(scope="module")
def used(module_database):
    """A database where escalations are open."""
    odoo(module_database, code=USE)
    return module_database


def neighbours():
    return os.environ["NEIGHBOURS"].split(",")


def test_it_is_taken_off(used, new_database):
    database = new_database(used)
    known = "|".join(KNOWN[name] for name in neighbours() if name in KNOWN) or "$^"
    code = UNINSTALL_NEIGHBOURS.format(neighbours()) + GO_ON
    odoo(database, code=code, known=known)
    assert not query(
        database,
        "SELECT name FROM ir_module_module "
        "WHERE name = ANY(%s) AND state != 'uninstalled'",
        neighbours(),
    )


def test_ours_are_taken_off(used, new_database):
    database = new_database(used)
    odoo(database, code=UNINSTALL.format("helpdesk_escalation") + HOST_GOES_ON)
    # Odoo keeps the names that a neighbour gave to its own fields on our models.
    names = query(
        database,
        "SELECT 'ir_model_data.name: ' || name FROM ir_model_data "
        "WHERE model = 'ir.model.fields' AND module = ANY(%s)",
        neighbours(),
    )
    assert {(trace,) for trace in traces(database)} - set(names) == set()
