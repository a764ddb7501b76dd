from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..tools.own_words import get_own_words, shorten
from ..tools.thread_story import (
    CLIENT,
    FIRST,
    LAST,
    STAFF,
    Said,
    find_asking,
    find_impact,
    leave_out_middle,
    pair_tries,
)
from .helpdesk_escalation_handover import PARTS

# What goes on where a handover was sent back: nobody types it again.
CARRIED = (*PARTS, "reason_kind", "to_priority", "hand_over")
MESSAGE_LENGTH = 1500
RESULT_LENGTH = 400
# Nobody reads more messages of one ticket to take it over.
MAX_MESSAGES = 500


class HelpdeskEscalationHandover(models.Model):
    """The draft: what the ticket, or the handover before, already tells."""

    _inherit = "helpdesk.escalation.handover"

    sent_back_text = fields.Text(
        compute="_compute_sent_back_text",
        help="Who sent the handover back that this draft carries on, and what was "
        "missing.",
    )

    @api.depends("state", "previous_id.outcome")
    @api.depends_context("lang", "tz")
    def _compute_sent_back_text(self):
        for handover in self:
            previous = handover.previous_id
            is_new = handover.state == "draft" and previous.outcome == "sent_back"
            handover.sent_back_text = is_new and previous._get_sent_back_words()

    def _get_sent_back_words(self):
        """Say who sent a handover back, when, and what was missing."""
        moment = self.env["helpdesk.escalation.incident"]._format_moment
        return self.env._(
            "%(name)s sent this back at %(time)s. Missing: %(text)s",
            # Sudo: a name only, of who may be out of the reader's sight.
            name=self.sudo().outcome_user_id.name or "",
            time=moment(self.outcome_date),
            text=self.outcome_reason or "",
        )

    @api.model
    def _open_draft(self, ticket):
        """Return the user's draft for a ticket, begun from what the ticket knows.

        :param ticket: a ticket that the user may edit
        :rtype: helpdesk.escalation.handover
        """
        # Sudo: drafts are created by the system, for who may edit the ticket.
        drafts = self.sudo()
        draft = drafts.search(
            [
                ("ticket_id", "=", ticket.id),
                ("user_id", "=", self.env.uid),
                ("state", "=", "draft"),
            ]
        )
        if not draft:
            draft = drafts.create(self._prepare_draft(ticket))
            draft._relate_again()
        else:
            draft._fill_up(ticket._get_previous_handover())
        draft.write(self._prepare_snapshot(ticket))
        draft._refresh_history()
        return draft.sudo(False)

    def _get_dialog_action(self):
        """Return the action that opens the dialog of a draft."""
        view = self.env.ref(
            "helpdesk_escalation_handover.helpdesk_escalation_handover_view_dialog"
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Escalate %s", self.ticket_id.number),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def _prepare_snapshot(self, ticket):
        """Say what the author sees of the ticket now."""
        return {
            "from_team_id": ticket.team_id.id,
            "from_user_id": ticket.user_id.id,
            "from_stage_id": ticket.stage_id.id,
            "from_priority": ticket.priority,
            "previous_id": ticket._get_previous_handover().id,
        }

    def _prepare_draft(self, ticket):
        """Fill a new draft with what the ticket, or the one before, already knows."""
        team = ticket.team_id
        before = ticket._get_previous_handover()
        values = {
            "ticket_id": ticket.id,
            "user_id": self.env.uid,
            "previous_id": before.id,
            "to_team_id": team.parent_id.filtered("active").id,
            "tell_client": bool(
                team.escalation_tell_client
                and (ticket.partner_id.email or ticket.partner_email)
            ),
            "tell_client_late": team.escalation_tell_client_late,
            "news_by": fields.Datetime.add(fields.Datetime.now(), days=1),
        }
        if before.outcome == "sent_back":
            return {**values, **before._prepare_carried_on()}
        if before:
            return {**values, **before._prepare_passed_on()}
        thread = self._get_thread(ticket)
        return {
            **values,
            "issue_summary": ticket.name,
            "user_impact": self._get_known_impact(thread),
            "current_state": self._get_known_state(thread),
            "troubleshooting": self._get_known_tries(thread),
            "environment": self._get_known_properties(ticket),
            "reason_kind": "client" if find_asking(thread) else False,
        }

    # ------------------------------------------------------------------
    # Going on with the one before
    # ------------------------------------------------------------------

    def _prepare_carried_on(self):
        """Go on with a handover that was sent back, with all its author wrote.

        The client has been informed already where they were to be.
        """
        values = {name: self[name] for name in CARRIED}
        return {
            **values,
            **self._prepare_news_since(),
            "to_team_id": self.to_team_id.filtered("active").id,
            "to_user_id": self.to_user_id.filtered("active").id,
            "tell_client": False,
        }

    def _prepare_passed_on(self):
        """Go on to the next tier with what is known; why is another matter there."""
        values = {part: self[part] for part in PARTS if part != "reason"}
        return {**values, **self._prepare_news_since()}

    def _prepare_news_since(self):
        """Add what was written since the handover before to what is said there."""
        thread = self._get_thread(self.ticket_id, self.handover_date)
        if not thread:
            return {}
        news = {
            "current_state": self._get_known_state(thread),
            "troubleshooting": self._get_known_tries(thread),
        }
        return {
            part: "\n\n".join(filter(None, [self[part], text]))
            for part, text in news.items()
        }

    def _fill_up(self, before):
        """Have a draft from before the sending back say what the sent-back one says."""
        if before.outcome != "sent_back" or before == self.previous_id:
            return
        self.write(
            {
                name: before[name]
                for name in (*PARTS, "reason_kind")
                if before[name] and not self[name]
            }
        )

    # ------------------------------------------------------------------
    # What the messages tell
    # ------------------------------------------------------------------

    def _get_thread(self, ticket, since=None):
        """Return what client and colleagues wrote on a ticket, in time order.

        :param datetime since: only what was written after it
        :rtype: list[Said]
        """
        thread = []
        opening = get_own_words(ticket.description)
        if opening and not since:
            thread.append(
                Said(
                    self._format_when(ticket.create_date),
                    self._get_opener_name(ticket),
                    CLIENT,
                    opening,
                )
            )
        domain = Domain(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("message_type", "in", ("comment", "email")),
            ]
        )
        if since:
            domain &= Domain("create_date", ">", since)
        messages = self.env["mail.message"].search(
            domain, order="id desc", limit=MAX_MESSAGES
        )
        for message in messages.sorted("id"):
            side = self._get_side(message)
            text = side and self._get_message_text(message)
            # A ticket that a mail made has the mail's text twice.
            if text and not (side == CLIENT and text == opening and not since):
                thread.append(
                    Said(
                        self._format_when(message.create_date),
                        self._get_author_name(message),
                        side,
                        text,
                    )
                )
        return thread

    def _get_side(self, message):
        """Say who wrote a message: the client's side, a colleague, or nobody."""
        if message.escalation_party == "client":
            return CLIENT
        author = message.author_id
        if message.escalation_party == "staff":
            return STAFF
        if not author or author == self.env.ref("base.partner_root"):
            return None
        # An agent who has left since is still the colleague they were.
        users = author.with_context(active_test=False).user_ids
        is_ours = not author.partner_share or users.filtered(
            lambda user: not user.share
        )
        return STAFF if is_ours else None

    def _get_message_text(self, message):
        text = get_own_words(message.body)
        files = message.attachment_ids.mapped("name")
        if files:
            names = self.env._("Attached: %s", ", ".join(files))
            text = "\n".join(filter(None, [text, names]))
        return text

    def _get_author_name(self, message):
        return message.author_id.name or message.email_from or ""

    def _get_opener_name(self, ticket):
        """Name who wrote the ticket down: the client, or a colleague for them."""
        client = ticket.partner_id.name or ticket.partner_name or ticket.partner_email
        opener = ticket.create_uid
        if (
            opener.share
            or opener == self.env.ref("base.user_root")
            or opener.partner_id == ticket.partner_id
        ):
            return client or self.env._("Unknown client")
        if not client:
            return opener.name
        return self.env._("%(name)s for %(client)s", name=opener.name, client=client)

    def _format_when(self, moment):
        """Write date and time of a message; kept, so it names its zone (R9)."""
        zone = self.env.tz.zone
        when = format_datetime(self.env, moment, tz=zone, dt_format="short")
        return f"{when} ({zone})"

    def _get_known_state(self, thread):
        """Tell who wrote what and when; that the client asks for a manager first."""
        asking = [
            self.env._(
                "%(name)s asks: “%(sentence)s” (%(when)s)",
                name=quote.said.name,
                sentence=quote.sentence,
                when=quote.said.moment,
            )
            for quote in find_asking(thread)
        ]
        return "\n\n".join(
            filter(None, ["\n".join(asking), "\n".join(self._tell(thread))])
        )

    def _tell(self, thread):
        first, left_out, last = leave_out_middle(thread)
        lines = [self._tell_one(said) for said in first]
        if left_out:
            lines.append(self._get_left_out_words(left_out))
        return lines + [self._tell_one(said) for said in last]

    def _tell_one(self, said):
        return f"{said.moment}, {said.name}: {shorten(said.text, MESSAGE_LENGTH)}"

    def _get_left_out_words(self, count):
        return self.env._("… (%s more messages in the ticket)", count)

    def _get_known_tries(self, thread):
        """List what colleagues noted and answered, and what came of each."""
        tries = pair_tries(thread)
        if len(tries) > FIRST + LAST:
            left_out = len(tries) - FIRST - LAST
            tries = [*tries[:FIRST], (None, left_out), *tries[-LAST:]]
        lines = []
        for attempt, result in tries:
            if not attempt:
                lines.append(self._get_left_out_words(result))
                continue
            lines.append(self._tell_one(attempt))
            if result:
                lines.append(
                    self.env._(
                        "→ Result, %(when)s, %(name)s: %(text)s",
                        when=result.moment,
                        name=result.name,
                        text=shorten(result.text, RESULT_LENGTH),
                    )
                )
        return "\n".join(lines)

    def _get_known_impact(self, thread):
        """Propose what the client said of who cannot work, and mark it as proposed."""
        quotes = find_impact(thread)
        if not quotes:
            return False
        lines = [
            self.env._(
                "“%(sentence)s” (%(name)s, %(when)s)",
                sentence=quote.sentence,
                name=quote.said.name,
                when=quote.said.moment,
            )
            for quote in quotes
        ]
        title = self.env._("Proposed from the client's own words, please check:")
        return "\n".join([title, *lines])

    def _get_known_properties(self, ticket):
        """List the team's own fields of the ticket that hold something simple."""
        lines = []
        for one in ticket.read(["properties"])[0]["properties"] or []:
            value = one.get("value")
            if one["type"] == "selection":
                value = dict(one.get("selection") or []).get(value)
            if value and one["type"] in ("char", "text", "selection", "integer"):
                lines.append(f"{one['string']}: {value}")
        return "\n".join(lines)
