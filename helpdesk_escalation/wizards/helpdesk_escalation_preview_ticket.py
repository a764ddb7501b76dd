from odoo import api, fields, models


class HelpdeskEscalationPreview(models.TransientModel):
    """The dry run of a ticket as it stands now, escalated or not."""

    _inherit = "helpdesk.escalation.preview"

    ticket_id = fields.Many2one(
        comodel_name="helpdesk.ticket",
        readonly=True,
        help="The ticket to play through, as it stands now.",
    )

    @api.depends("ticket_id")
    def _compute_result(self):
        of_tickets = self.filtered("ticket_id")
        for preview in of_tickets:
            preview._check_scene()
            # Sudo: the user may see the ticket, not all that the run looks at.
            preview.note, preview.result = preview.sudo()._play_ticket()
        return super(HelpdeskEscalationPreview, self - of_tickets)._compute_result()

    @api.constrains("ticket_id")
    def _check_access_to_ticket(self):
        # Whoever reads the dialog reads the name of the ticket.
        for preview in self.sudo(False):
            preview._check_scene()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        tickets = self.env["helpdesk.ticket"]
        tickets.browse(values.get("ticket_id") or ()).check_access("read")
        return values

    def _check_scene(self):
        self.ticket_id._origin.check_access("read")
        return super()._check_scene()

    def _play_ticket(self):
        """Play on from how the ticket stands; if nobody waits, as if the client wrote.

        :return: how it stands in one sentence, and the picture, if there is one
        :rtype: tuple[str | bool, str | bool]
        """
        ticket = self.ticket_id._origin
        about, words = ticket._find_escalation_why()
        clock = ticket._read_escalation_clocks()
        policy = clock.policy_id
        incident = ticket.escalation_incident_id
        if not policy or about in ("reading", "before_start"):
            return words, False
        since = incident.anchor_date or clock.anchor_date
        if not since:
            words = self.env._(
                "%s If the client wrote now, this would come of it:", words
            )
        elif about == "next":
            # The picture says as much.
            words = False
        now = fields.Datetime.now()
        return words, self._render_preview(
            policy,
            ticket,
            since or now,
            ticket._get_escalation_client_name(),
            incident=incident,
            earliest=now,
        )
