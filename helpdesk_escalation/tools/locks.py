from odoo.tools import SQL


def lock_rows(records, wait=False):
    """Lock records until the transaction ends, so that what is read stays true.

    That somebody was quicker is everyday life: unlike with Odoo's own locks, the log
    holds no error then.

    :param bool wait: for those who hold them now, instead of passing over these
    :return: the locked ones
    :raise psycopg2.errors.SerializationFailure: when one was changed after the
        transaction began: it is to be tried again
    """
    if not records:
        return records
    cr = records.env.cr
    cr.execute(
        SQL(
            "SELECT id FROM %s WHERE id IN %s ORDER BY id FOR NO KEY UPDATE %s",
            SQL.identifier(records._table),
            records._ids,
            SQL() if wait else SQL("SKIP LOCKED"),
        ),
        log_exceptions=False,
    )
    locked = {row[0] for row in cr.fetchall()}
    return records.filtered(lambda record: record.id in locked)
