from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from .groups import VIEWER_GROUPS


class HelpdeskTicketStage(models.Model):
    """R3: a stage that is a closed one no longer brings all its tickets back."""

    _name = "helpdesk.ticket.stage"
    _inherit = ["helpdesk.ticket.stage", "helpdesk.escalation.cached"]
    _cache_fields = frozenset({"closed"})

    escalation_back_count = fields.Integer(
        compute="_compute_escalation_back_count",
        groups=VIEWER_GROUPS,
        help="Tickets in this stage whose clients were not answered: they wait again "
        "once the stage is no longer a closed one.",
    )

    @api.depends("closed")
    def _compute_escalation_back_count(self):
        """Count, before it is saved, what switching the flag off brings back."""
        for stage in self:
            is_opening = stage._origin.closed and not stage.closed
            stage.escalation_back_count = (
                stage._origin._escalation_count_unanswered() if is_opening else 0
            )

    def _escalation_count_unanswered(self):
        self.ensure_one()
        tickets = self.env["helpdesk.ticket"]
        tickets.flush_model()
        self.env["mail.message"].flush_model(["escalation_party", "model", "res_id"])
        clock = self.env["helpdesk.escalation.clock"]
        ((count,),) = self.env.execute_query(
            SQL(
                """
            SELECT COUNT(*)
              FROM helpdesk_ticket ticket
         LEFT JOIN LATERAL (%(last_message)s) last_message ON TRUE
             WHERE ticket.stage_id = %(stage)s
               AND ticket.active
               AND ticket.duplicate_id IS NULL
               AND ticket.escalation_muted IS NOT TRUE
               AND (last_message.party = 'client'
                    OR last_message.party IS NULL
                       AND ticket.escalation_auto_opened IS NOT TRUE
                    OR %(is_unresolved)s)
                """,
                last_message=clock._sql_message(last=True),
                stage=self.id,
                is_unresolved=self._sql_is_unresolved(),
            )
        )
        return count

    def _sql_is_unresolved(self):
        """State that a ``ticket`` counts though it is answered, until it is closed."""
        if self.env["helpdesk.escalation.policy"]._is_last_message_enough():
            return SQL("FALSE")
        clock = self.env["helpdesk.escalation.clock"]
        return SQL(
            """
            last_message.party = 'staff'
            AND EXISTS (SELECT FROM %(policies)s covered
                          JOIN helpdesk_escalation_policy policy
                            ON policy.id = covered.policy_id
                         WHERE covered.id = ticket.id
                           AND policy.count_from = 'unresolved')
            AND NOT EXISTS (
                SELECT FROM (%(last_waived)s) waived
                 WHERE NOT EXISTS (%(since_waiver)s))
            """,
            policies=clock._sql_policies(),
            last_waived=clock._sql_message("waived", last=True),
            since_waiver=clock._sql_message(
                "client", where=SQL("message.id > waived.message_id")
            ),
        )

    @api.model
    @ormcache()
    def _escalation_get_closed_ids(self):
        """Return the ids of the stages in which tickets are closed."""
        # Sudo: one answer is kept for everybody.
        stages = self.sudo().with_context(active_test=False)
        return frozenset(stages.search([("closed", "=", True)]).ids)

    def write(self, vals):
        if "closed" not in vals:
            return super().write(vals)
        changing = self.filtered(lambda stage: stage.closed != bool(vals["closed"]))
        if not changing:
            return super().write(vals)
        if vals["closed"]:
            result = super().write(vals)
            changing._escalation_settle_late()
            return result
        waits = changing._escalation_read_late_waits()
        result = super().write(vals)
        changing._escalation_bring_back(waits)
        return result

    def _escalation_settle_late(self):
        """Settle what was written on earlier closed tickets: these close again now.

        They bear no date of this closing, by which that would be told.
        """
        late_ids = self.env["helpdesk.escalation.clock"]._find_late_ids()
        # Sudo: it settles whoever may see it.
        tickets = self.env["helpdesk.ticket"].sudo().browse(late_ids)
        tickets = tickets.filtered(lambda ticket: ticket.stage_id in self)
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", tickets._name),
                    ("res_id", "in", tickets.ids),
                    ("escalation_party", "=", "client"),
                    ("escalation_late", "=", "closed"),
                ]
            )
        )
        messages.escalation_late = False

    def _escalation_read_late_waits(self):
        """Read who waits in these stages already, having written after the closing."""
        late_ids = self.env["helpdesk.escalation.clock"]._find_late_ids()
        # Sudo, here and below: tickets come back whoever may see them.
        tickets = self.env["helpdesk.ticket"].sudo().browse(late_ids)
        tickets = tickets.filtered(lambda ticket: ticket.stage_id in self)
        return tickets._escalation_read_waits(tickets.ids)

    def _escalation_bring_back(self, waits):
        """Let the wait of all tickets in these stages go on from now.

        Together, as there may be as many as ever were closed.

        :param dict waits: since when somebody waited all the same, by the ticket's id
        """
        tickets = self.env["helpdesk.ticket"].sudo()
        tickets.flush_model(["escalation_back_date", "stage_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET escalation_back_date = %s "
                "WHERE stage_id IN %s AND id != ALL(%s)",
                fields.Datetime.now(),
                tuple(self.ids),
                list(waits),
            )
        )
        tickets.invalidate_model(["escalation_back_date"])
        for ticket_id, moment in waits.items():
            tickets.browse(ticket_id)._escalation_come_back(moment)
