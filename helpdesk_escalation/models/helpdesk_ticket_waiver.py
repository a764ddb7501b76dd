from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..tools.locks import lock_rows
from ..tools.mail_addresses import get_addresses, get_partner_addresses
from ..tools.notices import CLOSE, make_notice
from .groups import READER_GROUP, STAFF_GROUP, VIEWER_GROUPS


class HelpdeskTicket(models.Model):
    """R3 "No answer needed": the client's last message waits for nothing ("Thanks!").

    It is an internal note whose party is ``waived``: the clock reads it as it reads an
    answer, and the client's next message waits again. Who and when are the note's.
    """

    _inherit = "helpdesk.ticket"

    escalation_may_waive = fields.Boolean(
        compute="_compute_escalation_waiver", groups=READER_GROUP
    )
    escalation_may_take_back = fields.Boolean(
        compute="_compute_escalation_waiver", groups=VIEWER_GROUPS
    )
    escalation_waiver_text = fields.Char(
        string="No Answer Needed",
        compute="_compute_escalation_waiver",
        groups=VIEWER_GROUPS,
        help="Who said so, and when, until the client writes again.",
    )
    escalation_last_message_id = fields.Integer(
        compute="_compute_escalation_waiver",
        groups=READER_GROUP,
        help="The last message that counts: what whoever sees the page knows of.",
    )

    @api.depends("escalation_status")
    @api.depends_context("uid", "lang", "tz")
    def _compute_escalation_waiver(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified(
                "escalation_last_message_id",
                "escalation_may_take_back",
                "escalation_may_waive",
                "escalation_waiver_text",
            )
            return
        tickets = self._origin
        last = tickets._find_escalation_last_messages()
        waivers = tickets._find_escalation_waivers(last)
        waiting = tickets._filter_escalation_waivable()
        known = tickets._find_escalation_known(last)
        for record in self:
            ticket = record._origin
            waiver = waivers.get(ticket.id)
            may = bool(ticket) and ticket._escalation_may_waive(self.env.user)
            record.escalation_last_message_id = known.get(ticket.id, 0)
            record.escalation_may_waive = may and ticket in waiting
            record.escalation_may_take_back = (
                may and bool(waiver) and ticket not in waiting
            )
            record.escalation_waiver_text = waiver and record._get_waiver_words(waiver)

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_escalation_no_answer_needed(self):
        """Say that the client's last message needs no answer, on one or several.

        Late or double clicks are answered kindly and change nothing; so is a click on
        a page that did not show yet what the client wrote meanwhile.

        :raise AccessError: when the user may not see a ticket, or is its client
        """
        self.check_access("read")
        seen = self.env.context.get("escalation_seen_message_id")
        return self._escalation_waive_checked(self.env.user, seen)

    def action_escalation_answer_needed(self):
        """Take "No answer needed" back: the client goes on waiting from now (R3).

        :raise AccessError: when the user may not see a ticket, or is its client
        """
        self.check_access("read")
        user = self.env.user
        self._check_escalation_may_waive(user)
        self._escalation_meet()
        waivers = self._find_escalation_waivers(self._find_escalation_last_messages())
        if not waivers:
            words = self.env._(
                "There is nothing to take back: the client has written, or was "
                "answered, in the meantime."
            )
            return make_notice(words, following=CLOSE)
        tickets = self.browse(waivers)
        tickets._escalation_take_back(waivers)
        words = self.env._("An answer is needed after all, says %s.", user.name)
        tickets._message_log_batch(
            dict.fromkeys(tickets.ids, words), author_id=user.partner_id.id
        )
        return True

    def _escalation_take_back(self, waivers):
        """Take waivers back: what they ended goes on from now.

        :param dict waivers: the message, as superuser, per ticket id
        """
        # Nobody else writes who spoke; the right to it was checked.
        self.env["mail.message"].sudo().concat(
            *waivers.values()
        ).escalation_party = False
        self._escalation_come_back()

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------

    def _escalation_may_waive(self, user):
        """Whether a person may say so: staff who can read the ticket, as for R10.

        Nobody on the client's side may: nobody hushes up their own wait.
        """
        self.ensure_one()
        # Sudo: names of people whom the reader may not see.
        ticket = self.sudo()
        if not user.active or not user._is_internal():
            return False
        if ticket._escalation_is_client(ticket, user.partner_id):
            return False
        if ticket._filter_escalation_waiting_on_duplicate(user):
            return False
        return (
            user.has_group(STAFF_GROUP)
            or user in ticket.escalation_incident_ids.notification_ids.user_id
        ) and ticket.with_user(user).has_access("read")

    def _filter_escalation_waiting_on_duplicate(self, user):
        """Return the tickets on which a person waits for what is on a duplicate (R3).

        They have written it, or are that ticket's contact, by whichever contact of
        theirs.
        """
        clock = self.env["helpdesk.escalation.clock"]
        # Sudo: it does not depend on who may see them.
        tickets = self.sudo().with_context(active_test=False)
        if not (clock._has_words_on_duplicates() and tickets.duplicate_ids):
            return self.browse()
        words = clock._read_words_on_duplicates()
        found = self.browse()
        for ticket in self.filtered(lambda one: one.id in words):
            message_ids = [message_id for message_id, _date in words[ticket.id]]
            messages = self.env["mail.message"].sudo().browse(message_ids)
            duplicates = tickets.browse(messages.mapped("res_id"))
            clients = messages.author_id | duplicates.partner_id
            addresses = get_partner_addresses(clients) | get_addresses(
                *messages.mapped("email_from"), *duplicates.mapped("partner_email")
            )
            if ticket._escalation_is_one_of(
                user.sudo().partner_id, user.sudo(), clients, addresses
            ):
                found |= ticket
        return found

    def _check_escalation_may_waive(self, user):
        if not all(ticket._escalation_may_waive(user) for ticket in self):
            raise AccessError(
                self.env._(
                    "Only staff who can see the ticket can say that no answer is "
                    "needed, and not its own client."
                )
            )

    # ------------------------------------------------------------------
    # What is said
    # ------------------------------------------------------------------

    def _escalation_waive_checked(self, user, seen=None):
        """Waive for a user whose right to see the tickets was checked.

        :param int seen: the last message that the user knew of, on one ticket
        :return: True, or a kind notice about what was left as it is
        """
        self._check_escalation_may_waive(user)
        refusals = self._escalation_waive(user, seen)
        if len(refusals) == 1 == len(self):
            return make_notice(*refusals.values(), following=CLOSE)
        if refusals:
            words = self.env._(
                "Nobody is waiting for an answer on %(count)s of the %(total)s "
                "tickets: they stay as they are.",
                count=len(refusals),
                total=len(self),
            )
            return make_notice(words, following=CLOSE)
        self.env.invalidate_all()
        if len(self) == 1 and not self.has_access("read"):
            # Access that was lent has ended with the escalation (R8).
            words = self.env._("Done. You no longer see the ticket.")
            return self._escalation_take_leave(words)
        return True

    def _escalation_waive(self, user, seen=None):
        """Waive the last message of each ticket's client, and end what it escalated.

        :param user: who says so; the right to it is checked before
        :param int seen: the last message that the user knew of, on one ticket; None
            where that is not known
        :return: per ticket that was left as it is, why, in a kind sentence
        :rtype: dict
        """
        self._escalation_meet()
        last = self._find_escalation_last_messages()
        waivers = self._find_escalation_waivers(last)
        waiting = self._filter_escalation_waivable()
        asked = self._find_escalation_known(
            {one: found for one, found in last.items() if found[1] == "client"}
        )
        refusals, waived = {}, self.browse()
        for ticket in self:
            waiver = waivers.get(ticket.id)
            if ticket not in waiting:
                if not waiver:
                    refusals[ticket] = self.env._(
                        "Nobody is waiting for an answer on this ticket."
                    )
                elif waiver.author_id != user.partner_id:
                    refusals[ticket] = ticket._get_waiver_words(waiver)
                # Else a double click, which is no news.
            elif type(seen) is int and asked.get(ticket.id, 0) > seen:
                # What silences must be certain.
                refusals[ticket] = self.env._(
                    "The client has written again in the meantime. Please read it "
                    "first."
                )
            else:
                waived |= ticket
        words = self.env._("No answer needed, says %s.", user.name)
        if waived:
            messages = waived._message_log_batch(
                dict.fromkeys(waived.ids, words), author_id=user.partner_id.id
            )
            # Sudo: nobody else writes who spoke.
            messages.sudo().escalation_party = "waived"
            waived._escalation_resolve()
        return refusals

    def _escalation_meet(self):
        """Have all who waive, or take back, at once meet at the tickets' rows.

        The first leaves a mark there. So the others do not only wait for it: the
        database refuses them what they read before, and Odoo tries them again.

        :raise psycopg2.errors.SerializationFailure: when somebody was quicker
        """
        if not self:
            return
        self.flush_recordset(["escalation_back_date"])
        lock_rows(self, wait=True)
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET escalation_back_date = "
                "escalation_back_date WHERE id IN %s",
                self._ids,
            ),
            log_exceptions=False,
        )

    def _get_waiver_words(self, waiver):
        return self.env._(
            "No answer needed, says %(name)s since %(time)s",
            name=waiver.author_id.name,
            time=self.env["helpdesk.escalation.incident"]._format_moment(
                waiver.create_date
            ),
        )

    # ------------------------------------------------------------------
    # Who waits, and what was waived
    # ------------------------------------------------------------------

    def _filter_escalation_waivable(self):
        """Return the tickets on which a client waits, or that wait to be settled (R4).

        Under "unresolved" an answer does not end the wait, and a waiver does.
        """
        clocks = self._read_escalation_clocks()
        waiting = clocks.filtered(lambda clock: clock.is_waiting or clock.anchor_date)
        return self.browse(waiting.ids)

    def _read_escalation_clocks(self):
        """Return who waits and since when, as it is now."""
        clocks = self._get_escalation_clocks()
        clocks.invalidate_recordset()
        return clocks

    def _find_escalation_last_messages(self):
        """Find the last message that counts (R2) on each ticket.

        :return: its id and whose it is, per ticket id; none where there is only the
            ticket itself
        :rtype: dict[int, tuple[int, str]]
        """
        if not self.ids:
            return {}
        message_model = self.env["mail.message"]
        message_model.flush_model(["escalation_party", "model", "res_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ticket.id, message.id, message.escalation_party
                  FROM unnest(%s) AS ticket (id)
            CROSS JOIN LATERAL (
                    SELECT id, escalation_party
                      FROM mail_message
                     WHERE model = 'helpdesk.ticket'
                       AND escalation_party IS NOT NULL
                       AND res_id = ticket.id
                  ORDER BY id DESC
                     LIMIT 1
                    ) message
                """,
                self.ids,
            )
        )
        return {ticket_id: (message_id, party) for ticket_id, message_id, party in rows}

    def _find_escalation_known(self, last_messages):
        """Find the last message that whoever sees each ticket now knows of.

        On the ticket, or on a duplicate where it counts for the ticket (R3).

        :param dict last_messages: as ``_find_escalation_last_messages`` returns them
        :return: its id per ticket id; none where there is only the ticket itself
        :rtype: dict[int, int]
        """
        known = {one: message_id for one, (message_id, _party) in last_messages.items()}
        words = self.env["helpdesk.escalation.clock"]._read_words_on_duplicates()
        for ticket_id in words.keys() & set(self.ids):
            last_id, _date = words[ticket_id][-1]
            known[ticket_id] = max(known.get(ticket_id, 0), last_id)
        return known

    def _find_escalation_waivers(self, last_messages):
        """Find the waivers that count now: no message and no closing came after.

        Nor does one count where somebody waits again who wrote on a duplicate.

        :param dict last_messages: as ``_find_escalation_last_messages`` returns them
        :return: the message, as superuser, per ticket id
        :rtype: dict
        """
        waived = {
            ticket_id: message_id
            for ticket_id, (message_id, party) in last_messages.items()
            if party == "waived"
        }
        # Sudo: the note is for whoever reads the ticket.
        messages = self.env["mail.message"].sudo()
        found = {}
        for clock in self.browse(waived)._read_escalation_clocks():
            message = messages.browse(waived[clock.id])
            if clock.is_waiting or clock.idle_reason == "archived":
                continue
            closed_date = clock.closed_date
            if (
                clock.is_open
                or (closed_date and closed_date < message.create_date)
                or (not closed_date and self._escalation_waives_late(message))
            ):
                found[clock.id] = message
        return found

    @api.model
    def _escalation_waives_late(self, waiver):
        """Whether a waiver is of what was written on a ticket that was not open."""
        tickets = self.browse(waiver.res_id)._escalation_with_duplicates()
        return bool(
            waiver.search_count(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", tickets.ids),
                    ("escalation_party", "=", "client"),
                    ("escalation_late", "!=", False),
                    ("id", "<", waiver.id),
                ],
                limit=1,
            )
        )
