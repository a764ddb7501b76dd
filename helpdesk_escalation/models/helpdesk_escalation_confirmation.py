from odoo import api, fields, models


class HelpdeskEscalationConfirmation(models.Model):
    """Who was on an incident before: kept when somebody takes over or a round begins.

    Who is on it now is on the incident itself; of several people who are, all but the
    last are here, and their confirmation has not ended.
    """

    _name = "helpdesk.escalation.confirmation"
    _description = "Former Confirmation"
    _inherit = ["helpdesk.escalation.ticket.access"]
    _order = "id"

    incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    ticket_id = fields.Many2one(
        related="incident_id.ticket_id", store=True, index=True, string="Ticket"
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Who Was on It", readonly=True
    )
    date = fields.Datetime(string="Since", readonly=True)
    via = fields.Char(readonly=True, help="How they said so.")
    ended_date = fields.Datetime(string="Until", readonly=True)
    ended_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        help="Who ended it; empty when the escalation did so by itself.",
    )
    successor_id = fields.Many2one(
        comodel_name="res.users",
        string="Taken Over By",
        readonly=True,
        help="Empty when the steps have started again.",
    )

    def _prepare_story_stops(self):
        """Return the stops of the story: who was on it, and what ended that.

        :return: each with its moment (naive UTC)
        :rtype: list[tuple[datetime, dict]]
        """
        self.ensure_one()
        incident = self.incident_id
        name = self.user_id.name or self.env._("Somebody who is gone")
        first = (self.date, self._prepare_first_stop(name))
        if not self.ended_date or (self.user_id and self.user_id == self.successor_id):
            # What comes next says the rest.
            return [first]
        words = self._get_end_words(name)
        return [
            first,
            (
                self.ended_date,
                {
                    "time": incident._format_moment(self.ended_date),
                    "title": words,
                    "text": False,
                    "icon": "fa-exchange" if self.successor_id else "fa-repeat",
                    "tone": "warning" if self.successor_id else "danger",
                },
            ),
        ]

    def _prepare_first_stop(self, name):
        return self.incident_id._prepare_confirmed_stop(name, self.date, self.via)

    def _get_end_words(self, name):
        """Say what ended it."""
        if self.successor_id:
            return self.env._(
                "%(name)s has taken over from %(former)s",
                name=self.successor_id.name,
                former=name,
            )
        if self.ended_by_id == self.user_id:
            return self.env._("%s is no longer on it", name)
        if self.ended_by_id:
            return self.env._(
                "%s has started the escalation again", self.ended_by_id.name
            )
        return self.env._("The steps start again")


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    confirmation_ids = fields.One2many(
        comodel_name="helpdesk.escalation.confirmation",
        inverse_name="incident_id",
        string="Former Confirmations",
        readonly=True,
    )

    def write(self, vals):
        if "confirmed_by_id" in vals:
            self._keep_confirmations(vals)
        return super().write(vals)

    @api.model
    def _get_actor(self):
        """Return who does something; empty when it is the system."""
        user = self.env.user
        return user.browse() if user._is_superuser() else user

    def _keep_confirmations(self, vals):
        """Keep who is on it, before that changes.

        :param dict vals: what is going to be written
        """
        self.env["helpdesk.escalation.confirmation"].create(
            [
                {
                    **incident._prepare_former_confirmation(),
                    "successor_id": vals["confirmed_by_id"],
                }
                for incident in self
                if incident._is_confirmed_anew(vals)
            ]
        )

    def _is_confirmed_anew(self, vals):
        """Whether what is going to be written ends who is on it."""
        return bool(
            self.confirmed_by_id and self.confirmed_by_id.id != vals["confirmed_by_id"]
        )

    def _prepare_former_confirmation(self):
        return {
            "incident_id": self.id,
            "user_id": self.confirmed_by_id.id,
            "date": self.confirmed_date,
            "via": self.confirmed_via,
            "ended_date": fields.Datetime.now(),
            "ended_by_id": self._get_actor().id,
        }
