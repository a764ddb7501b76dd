import json
import logging
import time
from collections import namedtuple

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.contention import CONTENTION, CONTENTION_TRIES

_logger = logging.getLogger(__name__)

JOB = "helpdesk_escalation.ir_cron_read_messages"
# How far the reading is. Without it, there is nothing (more) to read.
PARAMETER = "helpdesk_escalation.message_reading"
# Messages looked at in one transaction: whoever edits one of them waits no longer.
BATCH_SIZE = 5000
# A run notes how far it came, and ends: Odoo calls the job again at once.
RUN_SECONDS = 3
# On closed tickets, only what the figures and trials on the past may look at.
CLOSED_DAYS = 366

Reading = namedtuple("Reading", ["before", "top", "left"])
Reading.__doc__ = """How far the old messages are read, newest first; all are ids.

:ivar before: messages below it are from before the installation
:ivar top: where this pass began: the first one at ``before``, the second one above
:ivar left: those below it have still to be read in this pass
"""


class HelpdeskEscalationMessageReading(models.AbstractModel):
    """Who spoke in the messages that were there before us, read after installing (R2).

    There may be millions, so a job reads them in small transactions, while everybody
    works. The run opens and notifies nothing before that is done. A second pass finds
    what came in late: a server that was not yet aware of us may have gone on for a
    moment.
    """

    _name = "helpdesk.escalation.message.reading"
    _description = "Reading of Old Messages"

    # ------------------------------------------------------------------
    # Begin and end
    # ------------------------------------------------------------------

    @api.model
    def _start(self):
        """Have the job read all messages there are now; without any it has no work."""
        # Sudo: all messages there are.
        messages = self.env["mail.message"].sudo()
        if messages.search_count([("model", "=", "helpdesk.ticket")], limit=1):
            self._save(self._prepare())
            self._get_job()._trigger()

    @api.model
    def _prepare(self):
        """Return a reading that has just begun.

        It takes a number that no message gets: those below it were written without us,
        also the ones that an installation that has waited for them does not see.
        """
        ((before,),) = self.env.execute_query(
            SQL(
                "SELECT COALESCE(nextval(pg_get_serial_sequence('mail_message', 'id')),"
                " (SELECT MAX(id) + 1 FROM mail_message), 1)"
            )
        )
        return Reading(before, before, before)

    @api.model
    def _is_pending(self):
        """Whether old messages have still to be read. Never from a cache.

        Another process may have noted only a moment ago that all is done.
        """
        return bool(self._get_parameter())

    @api.model
    def _get_progress(self):
        """Return how much is read, in percent below 100; None when all is."""
        parameter = self._get_parameter()
        if not parameter:
            return None
        reading = self._parse(parameter.value)
        if not reading:
            return 0
        if reading.top > reading.before:
            # The second pass is a matter of moments.
            return 99
        read = reading.before - reading.left
        return max(0, min(99, 100 * read // max(reading.before, 1)))

    @api.model
    def _get_idle_minutes(self):
        """Return for how long the reading has not got on."""
        since = self._get_parameter().write_date
        return (fields.Datetime.now() - since).total_seconds() // 60

    @api.model
    def _get_job(self):
        job = self.env["ir.model.data"]._xmlid_to_res_id(JOB)
        # Sudo: managers need not read scheduled actions.
        return self.env["ir.cron"].sudo().browse(job).exists()

    @api.model
    def _get_parameter(self):
        # Sudo, here and below: parameters are the system's.
        return self.env["ir.config_parameter"].sudo().search([("key", "=", PARAMETER)])

    @api.model
    def _parse(self, value):
        """Return what was noted, None when somebody has made it unreadable."""
        try:
            reading = Reading(**json.loads(value))
        except (TypeError, ValueError):
            return None
        is_fine = all(type(number) is int and number >= 0 for number in reading)
        return reading if is_fine else None

    @api.model
    def _save(self, reading):
        self.env["ir.config_parameter"].sudo().set_param(
            PARAMETER, json.dumps(reading._asdict())
        )

    @api.model
    def _finish(self):
        """Let the escalations start."""
        self._get_parameter().unlink()
        self.env.ref("helpdesk_escalation.ir_cron_escalate").sudo()._trigger()
        self.env["helpdesk.escalation.incident"]._announce_change()
        _logger.info("Old messages are read: escalations start")

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    @api.model
    def _cron_read_messages(self):
        """Read on for some seconds: the job that ends itself when all is read.

        What is read is committed batch by batch, and to read it again does no harm: a
        run that breaks off is made up for by the next.
        """
        # As the system, whoever lets it run.
        self = self.with_user(SUPERUSER_ID)
        progress = self.env["ir.cron"]
        parameter = self._get_parameter()
        if not parameter:
            progress._commit_progress(deactivate=True)
            return
        reading = self._parse(parameter.value)
        if not reading:
            _logger.warning("How far old messages were read is lost: all are read anew")
            reading = self._prepare()
        deadline = time.monotonic() + RUN_SECONDS
        while reading:
            reading = self._read_batch(reading)
            time_left = progress._commit_progress(
                BATCH_SIZE,
                remaining=max(reading.left, 1) if reading else 0,
                deactivate=not reading,
            )
            if not time_left or time.monotonic() >= deadline:
                break
        if reading:
            self._save(reading)
            self.env["helpdesk.escalation.incident"]._announce_change()
            progress._commit_progress()

    @api.model
    def _read_batch(self, reading):
        """Judge some messages, tried again when somebody else is at one of them.

        :return: how far the reading is now, None when it is done
        """
        for tries_left in reversed(range(CONTENTION_TRIES)):
            try:
                start = self._find_start(reading.left)
                self._judge(reading.before, start, reading.left)
                if start:
                    return reading._replace(left=start)
                if reading.top == reading.before:
                    top = self._get_next_id(reading.before)
                    return Reading(reading.before, top, top)
                self._judge(reading.before, reading.top)
                self._finish()
                return None
            except CONTENTION:
                self.env.cr.rollback()
                if not tries_left:
                    raise

    @api.model
    def _find_start(self, left):
        """Return where a batch begins that ends below an id, 0 for the last one."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM mail_message WHERE id < %s ORDER BY id DESC "
                "OFFSET %s LIMIT 1",
                left,
                BATCH_SIZE - 1,
            )
        )
        return rows[0][0] if rows else 0

    @api.model
    def _get_next_id(self, before):
        """Return an id above all messages, for the pass that is the second one."""
        ((last,),) = self.env.execute_query(SQL("SELECT MAX(id) FROM mail_message"))
        return max(last or 0, before) + 1

    # ------------------------------------------------------------------
    # Who spoke
    # ------------------------------------------------------------------

    @api.model
    def _judge(self, before, start, end=None):
        """Tell who spoke in messages that nobody has judged, set-wise (R2).

        The same as ``_escalation_party`` of ``helpdesk.ticket``, as far as it can still
        be known. For the run only tickets that are not closed matter; what was said on
        closed ones is for the figures and the trials on the past. A former agent still
        counts as staff: archiving makes a partner look like an outsider.

        An email from after the installation may be without a party because it was sent
        by a machine, which only its headers told. So it is nobody's answer; it may be
        the client's, as a needless alarm is cheaper than a forgotten client.

        :param int before: messages below it are from before the installation
        :param int start, end: judge the messages with these ids, the last left out
        """
        for model, names in (
            (
                "mail.message",
                ["author_id", "create_date", "escalation_party", "is_internal"],
            ),
            ("mail.message", ["message_type", "model", "res_id", "subtype_id"]),
            ("mail.message.subtype", ["internal"]),
            ("helpdesk.ticket", ["partner_id", "stage_id"]),
            ("helpdesk.ticket.stage", ["closed"]),
            ("res.users", ["partner_id", "share"]),
        ):
            self.env[model].flush_model(names)
        self.env.cr.execute(
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
                        AND (old.id < %(before)s OR old.message_type != 'email')
                   THEN 'staff'
                   END AS party
              FROM mail_message old
              JOIN helpdesk_ticket ticket ON ticket.id = old.res_id
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
         LEFT JOIN mail_message_subtype subtype ON subtype.id = old.subtype_id
             WHERE old.id >= %(start)s
               AND %(below_end)s
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
                before=before,
                start=start,
                below_end=SQL("TRUE") if end is None else SQL("old.id < %s", end),
                root=self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root"),
                closed_days=CLOSED_DAYS,
            ),
            # That somebody was quicker is no fault.
            log_exceptions=False,
        )
        self.env["mail.message"].invalidate_model(["escalation_party"])
