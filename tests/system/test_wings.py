"""Each wing in a real database: used, taken off with all of it open, and put back."""

import pytest

from ..support.in_use import GO_ON, UNINSTALL, USE
from ..support.processes import odoo
from ..support.server import query
from ..support.torture import scale

# By which names one would know the columns, tables and texts of a wing.
TRACES = {
    "analysis": "backtest|tuning|working_minutes|escalation_(ticket_|cause_)?report",
    "automation": "escalation_(trigger|request|keyword|phrase|usual)|raise_priority"
    "|move_to|assign_to|has_actions|slow_run|waive_thanks",
    "chat": "escalation_chat|chat_(room|next|claimed)|room_news",
    "ai": "escalation_ai",
    "handover": "handover|escalation_mail_receiver|escalation_tell_client",
    "on_call": "escalation_rota|rota_ids|on_call|team_turn|on_duty",
    "sign_off": "sign_off",
    "webhook": "escalation_(webhook|heartbeat|private_hosts)",
}


def traces(database, wing):
    """All that tells, in a database, that a wing was ever there."""
    words = TRACES[wing]
    found = query(
        database,
        """
        SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name || '.' || column_name ~ %s
        UNION ALL SELECT indexname FROM pg_indexes WHERE indexname ~ %s
        UNION ALL SELECT conname FROM pg_constraint WHERE conname ~ %s
        """,
        *3 * [words],
    )
    for statement in (
        "SELECT module || '.' || name FROM ir_model_data WHERE module = %s",
        "SELECT key FROM ir_ui_view WHERE key LIKE %s || '.%%'",
        "SELECT path FROM ir_asset WHERE path LIKE %s || '/%%'",
    ):
        found += query(database, statement, f"helpdesk_escalation_{wing}")
    for statement in (
        "SELECT key FROM ir_config_parameter WHERE key ~ %s",
        "SELECT name::text FROM ir_model_fields WHERE name ~ %s",
        "SELECT model FROM ir_model WHERE replace(model, '.', '_') ~ %s",
        "SELECT activity.summary FROM mail_activity activity "
        "JOIN mail_activity_type type ON type.id = activity_type_id "
        "WHERE lower(type.name->>'en_US') ~ replace(%s, '_', '-')",
    ):
        found += query(database, statement, words)
    return [trace for (trace,) in found]


def history(database):
    return dict(
        query(
            database,
            "SELECT concat_ws(' ', kind, state, resolution), COUNT(*) "
            "FROM helpdesk_escalation_incident GROUP BY 1",
        )
    )


# All in one go, or (in the long form) each by itself.
ALL = sorted(TRACES)


@pytest.mark.torture
@pytest.mark.parametrize("wings", scale([ALL], [[wing] for wing in ALL]), ids=",".join)
def test_wings_are_taken_off_with_all_of_it_open_and_put_back(database, wings):
    modules = [f"helpdesk_escalation_{wing}" for wing in wings]
    odoo(database, code=USE + UNINSTALL.format(",".join(modules)))
    for wing in wings:
        assert traces(database, wing) == []
    kept = history(database)
    assert sum(kept.values()) == 4, "no incident is lost"
    if "chat" in wings:
        # Whom no message has reached yet is notified in Odoo.
        assert query(
            database,
            "SELECT count(*) > 0 FROM helpdesk_escalation_notification "
            "WHERE channel = 'activity' AND reason = %s",
            "Chat messages are not sent any more.",
        ) == [(True,)]
    if "handover" in wings:
        assert kept["other resolved other"] == 2
    odoo(database, code=GO_ON)
    odoo(database, "-i", ",".join(modules))
    odoo(database, code=GO_ON)
