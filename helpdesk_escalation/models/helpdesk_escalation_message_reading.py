import json
import logging
import time
from collections import namedtuple

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL

from ..tools.automatic_mail import AUTOMATIC_SUBJECTS, DIRECTION_MARKS
from ..tools.contention import CONTENTION, CONTENTION_TRIES
from ..tools.message_kinds import (
    ASIDE,
    JUDGEMENT,
    MADE_BY_CODE,
    NOBODY_WRITES,
    PEOPLE_WRITE,
)
from .groups import MANAGER_GROUP, STAFF_GROUP

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

# The first address that stands in a text.
ADDRESS = r"""[^<>,;"[:space:]]+@[^<>,;"[:space:]]+"""

MESSAGE_FIELDS = (
    "author_id",
    "body",
    "create_date",
    "email_from",
    "is_internal",
    "message_type",
    "model",
    "partner_ids",
    "res_id",
    "subject",
    "subtype_id",
    *JUDGEMENT,
)

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

        The same as ``_escalation_voice`` and ``_escalation_party`` of
        ``helpdesk.ticket``, as far as it can still be known. For the run only tickets
        that are not closed matter; what was said on closed ones is for the figures and
        the trials on the past. A former agent still counts as staff: archiving makes a
        partner look like an outsider.

        An email from after the installation may be without a party because it was sent
        by a machine, which only its headers told. So it is nobody's answer; it may be
        the client's, as a needless alarm is cheaper than a forgotten client.

        :param int before: messages below it are from before the installation
        :param int start, end: judge the messages with these ids, the last left out
        """
        own = self.env["helpdesk.ticket"]._escalation_find_own()
        for model, names in (
            ("mail.message", MESSAGE_FIELDS),
            ("mail.message.subtype", ["internal"]),
            ("helpdesk.ticket", ["create_uid", "partner_email", "partner_id"]),
            ("helpdesk.ticket", ["name", "stage_id", "team_id", "user_id"]),
            ("helpdesk.ticket.stage", ["closed"]),
            ("helpdesk.ticket.team", ["parent_path", "user_id", "user_ids"]),
            ("mail.notification", ["mail_message_id", "res_partner_id"]),
            ("res.partner", ["commercial_partner_id", "email_normalized"]),
            ("res.partner", ["parent_id", "partner_share"]),
            ("res.users", ["partner_id", "share"]),
        ):
            self.env[model].flush_model(names)
        self.env.cr.execute(
            SQL(
                """
        UPDATE mail_message message
           SET escalation_voice = CASE judged.party WHEN %(aside)s THEN %(aside)s
                                       ELSE judged.voice END,
               escalation_party = NULLIF(judged.party, %(aside)s)
          FROM (
            SELECT old.id, old.escalation_voice AS voice_before, said.voice,
                   CASE
                   WHEN said.voice = 'nobody' OR %(is_empty)s THEN NULL
                   WHEN said.voice = 'outside' THEN 'client'
                   WHEN known.is_contact
                        AND (employee.id IS NOT NULL OR writer.id IS NULL
                             OR old.message_type = 'email' OR said.voice = 'silent')
                   THEN 'client'
                   WHEN said.voice = 'silent' AND said.user_id IS NULL
                   THEN CASE WHEN known.sender = known.client_address
                                  OR split_part(known.client_address, '@', 2)
                                     = ANY(%(domains)s)
                                  OR %(is_inside)s THEN 'client' END
                   WHEN said.is_note THEN NULL
                   WHEN %(asks)s THEN 'client'
                   WHEN said.voice = 'inside'
                   THEN CASE WHEN %(goes)s THEN 'staff' ELSE %(aside)s END
                   END AS party
              FROM mail_message old
              JOIN helpdesk_ticket ticket ON ticket.id = old.res_id
         LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
         LEFT JOIN helpdesk_ticket_team team ON team.id = ticket.team_id
         LEFT JOIN res_partner contact ON contact.id = ticket.partner_id
         LEFT JOIN mail_message_subtype subtype ON subtype.id = old.subtype_id
         LEFT JOIN res_partner author ON author.id = old.author_id
         LEFT JOIN LATERAL (
                   SELECT res_users.id FROM res_users
                    WHERE res_users.partner_id = old.author_id
                      AND res_users.share IS NOT TRUE
                    LIMIT 1) employee ON TRUE
         LEFT JOIN LATERAL (
                   SELECT res_users.id FROM res_users
                    WHERE res_users.partner_id = author.parent_id
                      AND res_users.share IS NOT TRUE
                    LIMIT 1) parent ON TRUE
         LEFT JOIN res_users writer
                ON writer.id = old.create_uid AND writer.id != %(root_user)s
               AND writer.share IS NOT TRUE
        CROSS JOIN LATERAL (
                   SELECT COALESCE(NULLIF(author.email_normalized, ''), lower(
                          substring(old.email_from FROM %(address)s))) AS sender,
                          COALESCE(NULLIF(contact.email_normalized, ''), lower(
                          substring(ticket.partner_email FROM %(address)s)))
                          AS client_address,
                          (old.author_id = ticket.partner_id) IS TRUE AS is_contact
                   ) known
         LEFT JOIN unnest(%(owner_addresses)s::text[], %(owners)s::int[])
                   AS owner(address, user_id) ON owner.address = known.sender
         LEFT JOIN unnest(%(employee_addresses)s::text[], %(employees)s::int[])
                   AS client_user(address, id)
                ON client_user.address = known.client_address
        CROSS JOIN LATERAL (SELECT %(side)s AS side) told
        CROSS JOIN LATERAL (
                   SELECT COALESCE(old.escalation_voice, %(voice)s) AS voice,
                          COALESCE(employee.id, writer.id, parent.id, owner.user_id)
                          AS user_id,
                          old.is_internal IS TRUE OR subtype.id IS NULL
                          OR subtype.internal IS TRUE AS is_note) said
             WHERE old.id >= %(start)s
               AND %(below_end)s
               AND old.escalation_party IS NULL
               AND old.model = 'helpdesk.ticket'
               AND old.author_id IS DISTINCT FROM %(root)s
               AND (old.message_type IN ('comment', 'email')
                    OR (old.message_type NOT IN %(nobody_writes)s
                        AND old.subtype_id = %(comment)s AND employee.id IS NULL
                        AND NOT EXISTS (
                            SELECT FROM mail_tracking_value tracking
                             WHERE tracking.mail_message_id = old.id)))
               AND (stage.closed IS NOT TRUE
                    OR old.create_date >= now() AT TIME ZONE 'UTC'
                       - %(closed_days)s * interval '1 day')
            ) judged
         WHERE message.id = judged.id
           AND (NULLIF(judged.party, %(aside)s) IS NOT NULL
                OR judged.voice_before IS NULL)
                """,
                side=self._sql_side(own),
                voice=self._sql_voice(before),
                is_inside=self._sql_client_is_inside(),
                aside=ASIDE,
                address=ADDRESS,
                domains=list(own.domains),
                owner_addresses=list(own.owners),
                owners=list(own.owners.values()),
                employee_addresses=list(own.employees),
                employees=list(own.employees.values()),
                is_empty=self._sql_is_empty(),
                asks=self._sql_asks(),
                goes=self._sql_goes_to_client(),
                start=start,
                below_end=SQL("TRUE") if end is None else SQL("old.id < %s", end),
                root=self._get_id("base.partner_root"),
                root_user=SUPERUSER_ID,
                comment=self._get_id("mail.mt_comment"),
                nobody_writes=tuple(NOBODY_WRITES),
                closed_days=CLOSED_DAYS,
            ),
            # That somebody was quicker is no fault.
            log_exceptions=False,
        )
        self.env["mail.message"].invalidate_model(list(JUDGEMENT))

    @api.model
    def _get_id(self, xmlid):
        return self.env["ir.model.data"]._xmlid_to_res_id(xmlid)

    @api.model
    def _sql_side(self, own):
        """Tell on which side somebody is: ``_escalation_find_speaker`` in SQL.

        :param Own own: by what one of us is known
        """
        return SQL(
            """
            CASE
            WHEN employee.id IS NOT NULL THEN 'inside'
            WHEN known.is_contact AND old.author_id NOT IN %(companies)s
                 AND (split_part(known.sender, '@', 2) = ANY(%(alias_domains)s))
                     IS NOT TRUE
            THEN 'outside'
            WHEN (writer.id IS NOT NULL OR old.message_type = 'email')
                 AND (old.author_id IN %(companies)s
                      OR (writer.id IS NOT NULL AND NOT known.is_contact
                          AND author.commercial_partner_id IN %(companies)s)
                      OR known.sender = ANY(%(mailboxes)s))
            THEN 'inside'
            WHEN old.author_id IN %(companies)s THEN 'nobody'
            WHEN parent.id IS NOT NULL OR owner.user_id IS NOT NULL THEN 'inside'
            WHEN (split_part(known.sender, '@', 2) = ANY(%(domains)s)) IS NOT TRUE
                 OR EXISTS (SELECT FROM res_users login
                             WHERE login.partner_id = old.author_id)
            THEN 'outside'
            WHEN writer.id IS NOT NULL AND old.message_type != 'email'
                 AND NOT known.is_contact AND NOT %(is_inside)s
            THEN 'inside'
            ELSE 'silent' END""",
            companies=tuple(own.companies) or (0,),
            mailboxes=list(own.mailboxes),
            alias_domains=list(own.alias_domains),
            domains=list(own.domains),
            is_inside=self._sql_client_is_inside(),
        )

    @api.model
    def _sql_voice(self, before):
        """Tell whose voice an old message has: ``_escalation_voice`` in SQL."""
        return SQL(
            """
            CASE
            WHEN told.side != 'inside' THEN told.side
            WHEN old.message_type NOT IN %(people_write)s THEN 'nobody'
            WHEN old.message_type = 'email' AND (
                 old.id >= %(before)s
                 OR old.subtype_id = %(opening)s
                 OR (old.subject IS DISTINCT FROM ticket.name
                     AND strpos(translate(old.subject, %(colon)s, ':'), ':') > 0
                     AND btrim(lower(split_part(
                         translate(old.subject, %(colon)s, ':'), ':', 1)), %(blanks)s)
                         IN %(subjects)s))
            THEN 'silent'
            WHEN old.message_type = 'comment' AND old.body ~* %(made_by_code)s
                 AND NOT EXISTS (SELECT FROM mail_message_res_partner_rel named
                                  WHERE named.mail_message_id = old.id)
            THEN 'nobody'
            ELSE 'inside' END""",
            before=before,
            people_write=tuple(PEOPLE_WRITE),
            opening=self._get_id("helpdesk_mgmt.hlp_tck_created"),
            colon="\N{FULLWIDTH COLON}",
            blanks=" \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}" + DIRECTION_MARKS,
            subjects=tuple(AUTOMATIC_SUBJECTS),
            made_by_code=MADE_BY_CODE.pattern,
        )

    @api.model
    def _sql_is_empty(self):
        """Tell whether an old message says nothing; a long one does, surely."""
        return SQL(
            """
            (length(COALESCE(old.body, '')) < 500
             AND COALESCE(old.body, '') !~* '<(img|svg|video|audio|iframe|object|embed)'
             AND btrim(regexp_replace(COALESCE(old.body, ''),
                       '<[^>]*>|&nbsp;|[[:space:]]', '', 'g'), %(blanks)s) = ''
             AND NOT EXISTS (SELECT FROM message_attachment_rel attached
                              WHERE attached.message_id = old.id)
             AND NOT (said.voice = 'outside' AND old.message_type = 'email'
                      AND COALESCE(btrim(old.subject), '') != ''
                      AND strpos(old.subject, ':') = 0))""",
            blanks="\N{NO-BREAK SPACE}",
        )

    @api.model
    def _sql_client_is_inside(self):
        """Tell whether the client is one of us: ``_escalation_find_client`` in SQL."""
        return SQL(
            """
            (CASE WHEN contact.id IS NOT NULL OR known.client_address IS NOT NULL
             THEN client_user.id IS NOT NULL OR EXISTS (
                  SELECT FROM res_users own
                   WHERE own.partner_id IN (contact.id, contact.parent_id)
                     AND own.share IS NOT TRUE AND own.id != %(root_user)s)
             ELSE EXISTS (
                  SELECT FROM res_users own
                   WHERE own.id = ticket.create_uid AND own.share IS NOT TRUE
                     AND own.id != %(root_user)s)
             END)""",
            root_user=SUPERUSER_ID,
        )

    @api.model
    def _sql_asks(self):
        """Tell whether one of us is on the client's side, by who works on it today."""
        users = self.env["res.users"].sudo().with_context(active_test=False)
        managers = users.search([("all_group_ids", "in", self._get_id(MANAGER_GROUP))])
        staff = users.search([("all_group_ids", "in", self._get_id(STAFF_GROUP))])
        members = self.env["helpdesk.ticket.team"]._fields["user_ids"]
        return SQL(
            """
            (said.user_id IS NOT NULL AND %(is_inside)s
             AND ((known.sender = known.client_address) IS TRUE
                  OR (client_user.id = said.user_id) IS TRUE
                  OR EXISTS (
                     SELECT FROM res_users own
                      WHERE own.id = said.user_id
                        AND own.partner_id IN (contact.id, contact.parent_id))
                  OR (ticket.user_id IS DISTINCT FROM said.user_id
                      AND said.user_id NOT IN %(managers)s
                      AND (ticket.team_id IS NOT NULL
                           OR said.user_id NOT IN %(staff)s)
                      AND NOT EXISTS (
                          SELECT FROM helpdesk_ticket_team above
                           WHERE team.parent_path LIKE above.parent_path || '%%'
                             AND (above.user_id = said.user_id OR EXISTS (
                                  SELECT FROM %(members)s member
                                   WHERE member.%(of_team)s = above.id
                                     AND member.%(of_user)s = said.user_id))))))""",
            is_inside=self._sql_client_is_inside(),
            managers=managers._ids or (0,),
            staff=staff._ids or (0,),
            members=SQL.identifier(members.relation),
            of_team=SQL.identifier(members.column1),
            of_user=SQL.identifier(members.column2),
        )

    @api.model
    def _sql_goes_to_client(self):
        """Tell whether an old message went to the client, by whom it names.

        Who was in *To* and *Cc* of a mail Odoo has added to those.
        """
        return SQL(
            """
            ((COALESCE(old.outgoing_email_to, '') = ''
              AND NOT EXISTS (SELECT FROM mail_message_res_partner_rel named
                               WHERE named.mail_message_id = old.id))
             OR EXISTS (SELECT FROM mail_notification notified
                         WHERE notified.mail_message_id = old.id
                           AND notified.res_partner_id = ticket.partner_id)
             OR (concat_ws(',', old.incoming_email_to, old.incoming_email_cc,
                           old.outgoing_email_to)
                 ILIKE '%%' || known.client_address || '%%') IS TRUE
             OR EXISTS (
                SELECT FROM mail_message_res_partner_rel named
                  JOIN res_partner partner ON partner.id = named.res_partner_id
                 WHERE named.mail_message_id = old.id
                   AND (partner.id = ticket.partner_id
                        OR partner.email_normalized = known.client_address
                        OR (partner.partner_share IS TRUE AND EXISTS (
                            SELECT FROM mail_message theirs
                             WHERE theirs.model = 'helpdesk.ticket'
                               AND theirs.res_id = ticket.id
                               AND theirs.id < old.id
                               AND (theirs.author_id = partner.id
                                    OR strpos(lower(theirs.email_from),
                                       NULLIF(partner.email_normalized, '')) > 0)
                               AND theirs.message_type IN ('comment', 'email'))))))"""
        )
