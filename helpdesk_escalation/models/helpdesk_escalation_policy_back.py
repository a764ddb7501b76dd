from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.message_kinds import ENDING


class HelpdeskEscalationPolicy(models.Model):
    """R3: a policy that is switched on again brings its tickets back.

    So it does with those in a stage that pauses no longer, and with those that were
    written on after the closing, once it hears them, and with those of other companies,
    or left out by its condition, that come under it. The form says how many first.
    """

    _inherit = "helpdesk.escalation.policy"

    back_count = fields.Integer(
        compute="_compute_back_count",
        help="Tickets whose clients are waiting, and to which no policy applies while "
        "this one is archived.",
    )

    covered_count = fields.Integer(
        compute="_compute_covered_count",
        help="Tickets of other companies whose clients are waiting, and to which this "
        "policy applies once it is saved.",
    )
    resumed_count = fields.Integer(
        compute="_compute_resumed_count",
        help="Tickets in a stage that was removed from the pausing ones: their clients "
        "are waiting again once it is saved.",
    )
    heard_count = fields.Integer(
        compute="_compute_heard_count",
        help="Closed tickets whose clients have written since: they are waiting once "
        "replies to closed tickets are no longer ignored.",
    )

    @api.depends("active")
    def _compute_back_count(self):
        for policy in self:
            stored = policy._origin
            policy.back_count = (
                0 if policy.active else stored._count_coming_back({"active": True})
            )

    @api.depends("company_id")
    def _compute_covered_count(self):
        """Count, before it is saved, what comes under it as its company changes."""
        for policy in self:
            stored, company = policy._origin, policy.company_id._origin
            is_moving = policy.active and company != stored.company_id
            policy.covered_count = (
                stored._count_coming_back({"company_id": company.id or None})
                if is_moving
                else 0
            )

    def _count_coming_back(self, changes):
        """Count the tickets that ``write`` of some values would bring back."""
        if not self:
            return 0
        clock = self.env["helpdesk.escalation.clock"]
        after = clock._find_counted_ids(self, changes)
        return len(set(after).difference(clock._find_counted_ids())) if after else 0

    def _sql_as_if(self, changes):
        """State the table of policies as if these had other values.

        To be put behind ``WITH``: what follows reads this one instead of the table.
        """
        columns = [
            SQL(
                "CASE WHEN id = ANY(%s) THEN %s ELSE %s END AS %s",
                self.ids,
                changes[name],
                SQL.identifier(name),
                SQL.identifier(name),
            )
            if name in changes
            else SQL.identifier(name)
            for name, field in self._fields.items()
            if field.store and field.column_type
        ]
        return SQL(
            "helpdesk_escalation_policy AS (SELECT %s FROM helpdesk_escalation_policy)",
            SQL(", ").join(columns),
        )

    @api.depends("pause_stage_ids")
    def _compute_resumed_count(self):
        """Count, before it is saved, what a stage that pauses no longer brings back."""
        for policy in self:
            stored = policy._origin
            stages = stored.pause_stage_ids - policy.pause_stage_ids._origin
            policy.resumed_count = stages and stored._count_resumed(stages)

    @api.depends("ignore_closed_replies")
    def _compute_heard_count(self):
        """Count, before it is saved, who wrote on closed tickets and is not heard."""
        for policy in self:
            stored = policy._origin
            is_heard = stored.ignore_closed_replies and not policy.ignore_closed_replies
            policy.heard_count = stored._count_unheard() if is_heard else 0

    def _count_resumed(self, stages):
        """Count the tickets that wait, but for a stage that pauses the policy."""
        self.ensure_one()
        clock = self.env["helpdesk.escalation.clock"]
        rows = self.env.execute_query(
            SQL(
                """
            SELECT COUNT(*)
              FROM %(clock)s AS clock
              JOIN helpdesk_ticket ticket ON ticket.id = clock.id
         LEFT JOIN LATERAL (%(last_message)s) last ON TRUE
         LEFT JOIN LATERAL (%(last_waived)s) waived ON TRUE
             WHERE clock.policy_id = %(policy)s
               AND ticket.stage_id IN %(stages)s
               AND clock.is_open
               AND clock.anchor_date IS NULL
               AND CASE WHEN last.party IS NULL
                        THEN ticket.escalation_auto_opened IS NOT TRUE
                        WHEN %(is_unresolved)s
                        THEN waived.message_id IS NULL OR EXISTS (%(since_waiver)s)
                        ELSE last.party = 'client'
                   END
                """,
                clock=clock._table_sql,
                last_message=clock._sql_message(last=True),
                last_waived=clock._sql_message("waived", last=True),
                since_waiver=clock._sql_message(
                    "client", where=SQL("message.id > waived.message_id")
                ),
                policy=self.id,
                stages=stages._ids,
                is_unresolved=self.count_from == "unresolved",
            )
        )
        return rows[0][0]

    def _count_unheard(self):
        """Count the closed tickets on which somebody wrote whom the policy ignores."""
        self.ensure_one()
        clock = self.env["helpdesk.escalation.clock"]
        late_ids = clock._find_late_ids()
        if not late_ids:
            return 0
        rows = self.env.execute_query(
            SQL(
                """
            SELECT COUNT(*)
              FROM %(clock)s AS clock
              JOIN helpdesk_ticket ticket ON ticket.id = clock.id
         LEFT JOIN LATERAL (%(last_end)s) ended ON TRUE
             WHERE clock.id = ANY(%(late)s)
               AND clock.policy_id = %(policy)s
               AND clock.idle_reason = 'closed'
               AND (clock.id = ANY(%(on_duplicates)s) OR EXISTS (%(late_word)s))
                """,
                clock=clock._table_sql,
                last_end=clock._sql_message(ENDING, last=True),
                late=late_ids,
                policy=self.id,
                on_duplicates=list(clock._read_words_on_duplicates()),
                late_word=clock._sql_message(
                    "client",
                    where=SQL(
                        "message.id > COALESCE(ended.message_id, 0) "
                        "AND message.escalation_late IS NOT NULL "
                        "AND message.create_date "
                        "    > COALESCE(ticket.closed_date, '-infinity')"
                    ),
                ),
            )
        )
        return rows[0][0]

    def write(self, vals):
        if not (
            vals.get("active")
            or not {"company_id", "condition", "pause_stage_ids"}.isdisjoint(vals)
            or not vals.get("ignore_closed_replies", True)
        ):
            return super().write(vals)
        clock = self.env["helpdesk.escalation.clock"]
        before = set(clock._find_counted_ids())
        result = super().write(vals)
        back = [one for one in clock._find_counted_ids(self) if one not in before]
        self.env["helpdesk.ticket"].browse(back)._escalation_come_back()
        return result
