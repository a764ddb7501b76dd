from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.message_kinds import ENDING


class HelpdeskEscalationPolicy(models.Model):
    """R3: a policy that is switched on again brings its tickets back.

    So it does with those in a stage that pauses no longer, and with those that were
    written on after the closing, once it hears them. The form says how many first.
    """

    _inherit = "helpdesk.escalation.policy"

    back_count = fields.Integer(
        compute="_compute_back_count",
        help="Tickets whose clients are waiting, and to which no policy applies while "
        "this one is archived.",
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
        # Sudo: how many come back, whoever may see them.
        tickets = self.env["helpdesk.ticket"].sudo()
        for policy in self:
            archived = policy._origin if not policy.active else self.browse()
            policy.back_count = (
                tickets.search_count(archived._get_back_domain()) if archived else 0
            )

    def _get_back_domain(self):
        """Find who waits without a policy, where this one is set."""
        is_set = [("escalation_policy_id", "=", self.id)]
        # Sudo: it may be set where the user may not look.
        teams = self.env["helpdesk.ticket.team"].sudo().search(is_set)
        partners = self.env["res.partner"].sudo().search(is_set)
        return [
            ("effective_escalation_policy_id", "=", False),
            ("escalation_muted", "=", False),
            ("escalation_waiting_since", "!=", False),
            *("|", "|"),
            *is_set,
            ("team_id", "child_of", teams.ids),
            ("partner_id", "child_of", partners.ids),
        ]

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
            or "pause_stage_ids" in vals
            or not vals.get("ignore_closed_replies", True)
        ):
            return super().write(vals)
        clock = self.env["helpdesk.escalation.clock"]
        before = set(clock._find_counted_ids())
        result = super().write(vals)
        back = [one for one in clock._find_counted_ids(self) if one not in before]
        self.env["helpdesk.ticket"].browse(back)._escalation_come_back()
        return result
