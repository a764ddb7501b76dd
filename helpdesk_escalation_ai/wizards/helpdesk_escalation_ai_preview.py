import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import endpoint


class HelpdeskEscalationAiPreview(models.TransientModel):
    """What would be sent to the model about a ticket, to the letter."""

    _name = "helpdesk.escalation.ai.preview"
    _description = "Preview of What Is Sent to the Language Model"
    _inherit = ["helpdesk.escalation.input"]

    kind = fields.Selection(
        selection="_selection_kind",
        string="Question",
        required=True,
        default="arrival",
        help="What the model is asked.",
    )
    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        default=lambda self: self.env["helpdesk.ticket"].search(
            [], order="id desc", limit=1
        ),
        help="The ticket that the model is asked about.",
    )
    request_text = fields.Text(
        string="Request",
        compute="_compute_request_text",
        help="All that is sent. Only the key is hidden here.",
    )
    answer_text = fields.Text(string="Answer", readonly=True)

    @api.model
    def _selection_kind(self):
        kinds = self.env["helpdesk.escalation.ai.request"]._fields["kind"]
        return kinds._description_selection(self.env)

    @api.depends("kind", "ticket_id")
    def _compute_request_text(self):
        server = self.env["helpdesk.escalation.ai"]
        for preview in self:
            settings = server._get_settings()
            question = settings and preview._get_question(settings)
            if not question:
                preview.request_text = preview._get_obstacle(settings)
                continue
            key = "Authorization: Bearer ••••\n" if settings.key else ""
            body = endpoint.make_body(question, settings.model, settings.style)
            preview.request_text = (
                f"POST {settings.url}{endpoint.PATH}\n{key}"
                "Content-Type: application/json\n\n"
                f"{json.dumps(body, ensure_ascii=False, indent=2)}"
            )

    def action_ask(self):
        """Send the request and show what the server answers. Nothing is proposed.

        :raise AccessError: for anybody but administrators who may read the ticket
        :raise UserError: when there is nothing to send
        """
        self.ensure_one()
        self.check_access("write")
        server = self.env["helpdesk.escalation.ai"]
        settings = server._get_settings()
        question = settings and self._get_question(settings)
        if not question:
            raise UserError(self._get_obstacle(settings))
        outcome = server._ask(question, settings, len(endpoint.FORMATS))
        if outcome.kept:
            answer = json.dumps(outcome.kept, ensure_ascii=False, indent=2)
            words = self.env._(
                "Answered in %(seconds)s s, %(calls)s call(s), %(tokens)s tokens "
                "(%(format)s). Of the answer, this is as it was asked for:",
                seconds=f"{outcome.seconds:.1f}",
                calls=outcome.calls,
                tokens=outcome.tokens,
                format=outcome.style,
            )
            self.answer_text = f"{words}\n{answer}"
        else:
            requests = self.env["helpdesk.escalation.ai.request"]
            self.answer_text = requests._get_fault(outcome.status)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _get_question(self, settings):
        """Return what would be asked, of a ticket that the user may read."""
        if not self.ticket_id:
            return None
        self.ticket_id.check_access("read")
        # Sudo: as the job reads it. The ticket's readers know all of it.
        ticket = self.ticket_id.sudo()
        requests = self.env["helpdesk.escalation.ai.request"].sudo()
        message = self.env["mail.message"].sudo()
        message = message.search(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("escalation_party", "=", "client"),
            ],
            order="id desc",
            limit=1,
        )
        return requests._prepare(self.kind, ticket, message, settings)

    def _get_obstacle(self, settings):
        if not settings:
            return self.env._(
                "Enter the address of the server and the name of the model in the "
                "settings, and save them."
            )
        return self.env._("There is nothing to ask about this ticket. Choose another.")
