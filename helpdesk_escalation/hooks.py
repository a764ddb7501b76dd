from contextlib import closing, contextmanager

from psycopg2 import errors

from odoo.sql_db import db_connect
from odoo.tools import SQL, sql

from .models.helpdesk_ticket_list import HelpdeskTicket
from .models.mail_message import MailMessage

# What we add to tables that everybody uses. A default is for the rows of before:
# Odoo gives new columns theirs, but these will be there already.
COLUMNS = [
    ("helpdesk_ticket", "escalation_auto_opened", "bool"),
    ("helpdesk_ticket", "escalation_muted", "bool"),
    ("helpdesk_ticket", "escalation_policy_id", "int4"),
    ("helpdesk_ticket_team", "escalation_authority", "jsonb"),
    ("helpdesk_ticket_team", "escalation_mail_receiver", "bool"),
    ("helpdesk_ticket_team", "escalation_need_current_state", "bool DEFAULT TRUE"),
    ("helpdesk_ticket_team", "escalation_need_environment", "bool"),
    ("helpdesk_ticket_team", "escalation_need_issue_summary", "bool DEFAULT TRUE"),
    ("helpdesk_ticket_team", "escalation_need_reason", "bool DEFAULT TRUE"),
    ("helpdesk_ticket_team", "escalation_need_recent_changes", "bool"),
    ("helpdesk_ticket_team", "escalation_need_troubleshooting", "bool DEFAULT TRUE"),
    ("helpdesk_ticket_team", "escalation_need_user_impact", "bool DEFAULT TRUE"),
    ("helpdesk_ticket_team", "escalation_policy_id", "int4"),
    ("helpdesk_ticket_team", "escalation_tell_client", "bool"),
    ("mail_message", "escalation_party", "varchar"),
    ("res_partner", "escalation_closing_sign_off", "jsonb"),
    ("res_partner", "escalation_policy_id", "jsonb"),
    ("res_users", "escalation_substitute_id", "int4"),
]
INDEXES = [
    ("helpdesk_ticket", "escalation_list_idx", HelpdeskTicket),
    ("mail_message", "escalation_word_idx", MailMessage),
]
# Old messages judged in one go: whoever edits one of them waits no longer for it.
JUDGE_AT_ONCE = 5000
# On closed tickets, only what the figures and trials on the past may look at.
JUDGE_CLOSED_DAYS = 366
# Nobody waits for us longer than this when we need a table for ourselves.
LOCK_TIMEOUT = "300ms"
LOCK_TRIES = 100
# How long the building of an index waits for the transactions of others.
INDEX_TIMEOUT = "30s"


@contextmanager
def _beside(env):
    """A connection beside the installation: each statement is a transaction of its own.

    So nobody waits for the end of the installation, and it is not undone by somebody
    who edits a message meanwhile.
    """
    with closing(db_connect(env.cr.dbname).cursor()) as cr:
        cr._cnx.autocommit = True
        yield cr


def pre_init_hook(env):
    """Prepare the tables for us while everybody goes on working (R2).

    There may be millions of messages. What the installation does in its own transaction
    is locked until it ends, so this works beside it, in steps that each end soon: the
    columns, who spoke in the messages that are there, the indexes.
    What an installation that failed has done already is not done again.
    """
    root = env.ref("base.partner_root").id
    # An index waits until every older transaction has ended, so this one must end.
    env.cr.commit()  # pylint: disable=invalid-commit
    with _beside(env) as cr:
        for table, column, kind in COLUMNS:
            if not sql.column_exists(cr, table, column):
                _add_column(cr, table, column, kind)
        cr.execute("SELECT COALESCE(MAX(id), 0) FROM mail_message")
        (last,) = cr.fetchone()
        for after in range(0, last, JUDGE_AT_ONCE):
            _judge_old_messages(cr, root, after, after + JUDGE_AT_ONCE)
        for table, key, model in INDEXES:
            _add_index(cr, table, key, getattr(model, f"_{key}"))


def _add_column(cr, table, column, kind):
    """Add a column, which takes no time once nobody else uses the table.

    A default fills the rows that are there, and does not stay.
    """
    name = SQL.identifier(column)
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            with _lock_timeout(cr, LOCK_TIMEOUT):
                for change in (
                    SQL("ADD COLUMN IF NOT EXISTS %s %s", name, SQL(kind)),
                    SQL("ALTER COLUMN %s DROP DEFAULT", name),
                ):
                    cr.execute(
                        SQL("ALTER TABLE %s %s", SQL.identifier(table), change),
                        log_exceptions=False,
                    )
            return
        except errors.LockNotAvailable:
            if not tries_left:
                raise


def _add_index(cr, table, key, index):
    """Build an index beside those who write, as Odoo would define it.

    It waits until all transactions of before have ended. One that does not end, and
    perhaps waits for us itself, is not waited for: then Odoo builds it, with a lock.
    """
    name = SQL.identifier(f"{table}_{key}")
    definition = index._index_definition
    # One that was being built when an installation broke off is of no use.
    cr.execute(SQL("DROP INDEX IF EXISTS %s", name))
    try:
        with _lock_timeout(cr, INDEX_TIMEOUT):
            cr.execute(
                SQL(
                    "CREATE INDEX CONCURRENTLY %s ON %s %s",
                    name,
                    SQL.identifier(table),
                    SQL(definition),
                ),
                log_exceptions=False,
            )
    except errors.LockNotAvailable:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", name))
        return
    cr.execute(SQL("COMMENT ON INDEX %s IS %s", name, f"INDEX {definition}"))


@contextmanager
def _lock_timeout(cr, timeout):
    cr.execute(SQL("SET lock_timeout = %s", timeout))
    try:
        yield
    finally:
        cr.execute("RESET lock_timeout")


def post_init_hook(env):
    """Judge the messages that came in while we were being installed."""
    with _beside(env) as cr:
        _judge_old_messages(cr, env.ref("base.partner_root").id)


def _judge_old_messages(cr, root, after=0, up_to=2**31):
    """Tell who spoke in messages that were there before us, set-wise (R2).

    For the run only tickets that are not closed matter; what was said on closed ones is
    for the figures and the trials on the past. A former agent still counts as staff:
    archiving makes a partner look like an outsider.

    :param int after, up_to: judge the messages with these ids, the first left out
    """
    cr.execute(
        SQL(
            """
        UPDATE mail_message message
           SET escalation_party = judged.party
          FROM (
            SELECT old.id,
                   CASE
                   WHEN old.author_id IS NULL OR old.author_id = ticket.partner_id
                        OR NOT EXISTS (
                            SELECT FROM res_users
                             WHERE res_users.partner_id = old.author_id
                               AND res_users.share IS NOT TRUE)
                   THEN 'client'
                   WHEN old.is_internal IS NOT TRUE AND subtype.id IS NOT NULL
                        AND subtype.internal IS NOT TRUE
                   THEN 'staff'
                   END AS party
              FROM mail_message old
              JOIN helpdesk_ticket ticket ON ticket.id = old.res_id
              JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
         LEFT JOIN mail_message_subtype subtype ON subtype.id = old.subtype_id
             WHERE old.id > %(after)s AND old.id <= %(up_to)s
               AND old.escalation_party IS NULL
               AND old.model = 'helpdesk.ticket'
               AND old.message_type IN ('comment', 'email')
               AND old.author_id IS DISTINCT FROM %(root)s
               AND (stage.closed IS NOT TRUE
                    OR old.create_date >= now() AT TIME ZONE 'UTC'
                       - %(closed_days)s * interval '1 day')
            ) judged
         WHERE message.id = judged.id AND judged.party IS NOT NULL
            """,
            root=root,
            after=after,
            up_to=up_to,
            closed_days=JUDGE_CLOSED_DAYS,
        )
    )


def uninstall_hook(env):
    """Leave nothing behind: activities, lent access, waiting mails, settings."""
    notifications = env["helpdesk.escalation.notification"].search([])
    notifications._withdraw()
    notifications._revoke_access()
    mails = notifications.mail_id
    env["mail.message"].search([("model", "=like", "helpdesk.escalation.%")]).unlink()
    mails.exists().unlink()
    activity_type = env["helpdesk.escalation.notification"]._activity_type()
    env["mail.activity"].with_context(active_test=False).search(
        [("activity_type_id", "=", activity_type.id)]
    ).unlink()
    env["mail.followers"].search(
        [("res_model", "=like", "helpdesk.escalation.%")]
    ).unlink()
    env["ir.config_parameter"].search(
        [("key", "=like", "helpdesk_escalation.%")]
    ).unlink()
