from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskEscalationHandover(models.Model):
    """A draft may begin with what a model makes of the client's messages.

    It is asked when somebody wants it, by the queue that nothing waits for, and stays
    out of the handover until they use it. From then on it is their text.
    """

    _inherit = "helpdesk.escalation.handover"

    ai_summary_state = fields.Selection(
        selection=[
            ("none", "Not asked"),
            ("pending", "Being written"),
            ("failed", "Failed"),
            ("ready", "Written"),
        ],
        compute="_compute_ai_summary",
        help="How far the summary by the language model is; empty where it is off.",
    )
    ai_summary_text = fields.Text(
        compute="_compute_ai_summary",
        help="What the language model has made of the client's messages, with those "
        "that each point rests on.",
    )

    @api.depends("state", "ticket_id")
    @api.depends_context("lang", "tz", "uid")
    def _compute_ai_summary(self):
        server = self.env["helpdesk.escalation.ai"]
        for handover in self:
            # Sudo: a draft is read by its author alone, who may edit the ticket.
            ticket = handover.sudo().ticket_id
            is_on = handover.state == "draft" and server._is_on(ticket.company_id)
            handover.ai_summary_text = False
            handover.ai_summary_state = False
            if is_on:
                summary = handover._find_summary()
                handover.ai_summary_text = summary and handover._get_summary_text(
                    summary
                )
                handover.ai_summary_state = (
                    "ready" if summary else handover._get_summary_progress()
                )

    def _find_summary(self):
        """Return the summary that waits to be used, as superuser."""
        proposals = self.env["helpdesk.escalation.ai.proposal"].sudo()
        return proposals.search(
            [
                ("ticket_id", "=", self.sudo().ticket_id.id),
                ("kind", "=", "summary"),
                ("state", "=", "proposed"),
            ]
        )

    def _get_summary_progress(self):
        request = self._find_summary_request()
        if request.state in ("pending", "asking"):
            return "pending"
        return "failed" if request.state == "failed" else "none"

    def _find_summary_request(self):
        """Return the last wish for a summary of the ticket, as superuser."""
        requests = self.env["helpdesk.escalation.ai.request"].sudo()
        return requests.search(
            [
                ("kind", "=", "summary"),
                ("ticket_id", "=", self.sudo().ticket_id.id),
            ],
            limit=1,
        )

    def _get_summary_text(self, summary):
        """Write a summary with its mark, and the messages that it rests on."""
        # Sudo: the messages of a ticket that the author of the draft may edit.
        ticket = self.sudo().ticket_id
        messages = self.env["mail.message"].sudo()
        sources = []
        for number, message_id in (summary.sources or {}).items():
            message = messages.browse(message_id).exists() if message_id else None
            moment = message.create_date if message else ticket.create_date
            name = (
                self._get_author_name(message)
                if message
                else self._get_opener_name(ticket)
            )
            if message or not message_id:
                sources.append(f"[{number}] {self._format_when(moment)}, {name}")
        title = self.env._(
            "Summary written by a language model (%s), please check:",
            summary.model_name,
        )
        rests = self.env._("It rests on: %s", "; ".join(sources))
        return "\n".join([title, summary.value, rests])

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_ai_summarize(self):
        """Have the model write a summary. It comes when it comes.

        :raise AccessError: for who is not the author of the draft
        :raise UserError: when it is no draft any more, or the model is switched off
        """
        self.ensure_one()
        self._check_is_own_draft()
        ticket = self.sudo().ticket_id
        if not self.env["helpdesk.escalation.ai"]._is_on(ticket.company_id):
            raise UserError(
                self.env._("The language model is switched off. Ask an administrator.")
            )
        if self._get_summary_progress() != "pending":
            self.env["helpdesk.escalation.ai.request"]._put("summary", ticket)
        return self._get_dialog_action()

    def action_ai_show(self):
        """Look whether the summary is there.

        :raise AccessError: for who is not the author of the draft
        :raise UserError: when it is no draft any more
        """
        self.ensure_one()
        self._check_is_own_draft()
        return self._get_dialog_action()

    def action_ai_use(self):
        """Put the summary at the head of what is happening, to be edited there.

        :raise AccessError: for who is not the author of the draft
        :raise UserError: when it is no draft any more, or there is no summary
        """
        self.ensure_one()
        self._check_is_own_draft()
        summary = self._get_open_summary()
        parts = [self._get_summary_text(summary), self.current_state]
        self.current_state = "\n\n".join(filter(None, parts))
        summary.with_user(self.env.user)._decide("accepted")
        return self._get_dialog_action()

    def action_ai_leave(self):
        """Leave the summary out.

        :raise AccessError: for who is not the author of the draft
        :raise UserError: when it is no draft any more, or there is no summary
        """
        self.ensure_one()
        self._check_is_own_draft()
        self._get_open_summary().with_user(self.env.user)._decide("refused")
        return self._get_dialog_action()

    def _get_open_summary(self):
        summary = self._find_summary()
        if not summary:
            raise UserError(
                self.env._("There is no summary any more. Open the dialog again.")
            )
        return summary
