from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.message_kinds import ENDING


class HelpdeskEscalationClock(models.Model):
    """Who waits, since when, and under which policy: read, never stored.

    One row a ticket. The messages are the truth: this view reads R1, R3 and R4 from
    them and from the policies each time, so that it cannot drift. The run, the fields
    on the ticket, the counters and the previews all read this one statement.
    """

    _name = "helpdesk.escalation.clock"
    _description = "Escalation Clock"
    _auto = False
    _order = "anchor_date, id"
    _depends = {
        "helpdesk.escalation.incident": [
            "kind",
            "snoozed_until",
            "state",
            "ticket_id",
        ],
        "helpdesk.escalation.policy": [
            "active",
            "company_id",
            "count_from",
            "ignore_closed_replies",
        ],
        "helpdesk.ticket": [
            "active",
            "closed_date",
            "company_id",
            "create_date",
            "duplicate_id",
            "escalation_auto_opened",
            "escalation_back_date",
            "escalation_cause_ticket_id",
            "escalation_muted",
            "escalation_policy_id",
            "partner_id",
            "stage_id",
            "team_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "helpdesk.ticket.team": [
            "escalation_policy_date",
            "escalation_policy_id",
            "parent_path",
        ],
        "mail.message": [
            "create_date",
            "escalation_late",
            "escalation_party",
            "model",
            "res_id",
        ],
        "mail.tracking.value": [
            "field_id",
            "mail_message_id",
            "new_value_integer",
            "old_value_integer",
        ],
        "res.company": [
            "escalation_policy_date",
            "escalation_policy_id",
            "parent_path",
        ],
        "res.partner": [
            "commercial_partner_id",
            "escalation_policy_date",
            "escalation_policy_id",
            "parent_id",
        ],
    }

    ticket_id = fields.Many2one(comodel_name="helpdesk.ticket", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    is_open = fields.Boolean(readonly=True)
    is_waiting = fields.Boolean(readonly=True)
    idle_reason = fields.Char(readonly=True)
    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy", readonly=True
    )
    policy_source = fields.Selection(
        selection=[
            ("ticket", "Ticket"),
            ("partner", "Client"),
            ("team", "Team"),
            ("company", "Company"),
        ],
        readonly=True,
    )
    policy_partner_id = fields.Many2one(comodel_name="res.partner", readonly=True)
    policy_team_id = fields.Many2one(comodel_name="helpdesk.ticket.team", readonly=True)
    policy_company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    policy_date = fields.Datetime(readonly=True)
    waiting_since = fields.Datetime(readonly=True)
    waiting_message_id = fields.Integer(readonly=True)
    anchor_date = fields.Datetime(readonly=True)
    anchor_message_id = fields.Integer(readonly=True)
    client_date = fields.Datetime(readonly=True)
    staff_date = fields.Datetime(readonly=True)
    staff_message_id = fields.Integer(readonly=True)
    waived_message_id = fields.Integer(readonly=True)
    last_party = fields.Char(readonly=True)
    closed_date = fields.Datetime(readonly=True)
    paused_date = fields.Datetime(readonly=True)
    paused_message_id = fields.Integer(readonly=True)

    @property
    def _table_query(self):
        """State R1, R3 and R4 in SQL.

        Which of two messages is later is told by their ids, that no correction of the
        server's clock turns round; how long ago it was by their create_date. The
        creation of a ticket is the client's first message and comes before all others.
        """
        return SQL(
            """
    WITH RECURSIVE
    %(policy_tables)s
    SELECT ticket.id,
           ticket.id AS ticket_id,
           ticket.company_id,
           ticket.stage_id,
           state.is_open,
           CASE WHEN NOT ticket.active THEN 'archived'
                WHEN NOT (state.is_open OR state.is_waiting)
                THEN CASE WHEN stage.closed THEN 'closed' ELSE 'duplicate' END
                WHEN ticket.escalation_muted THEN 'muted'
                WHEN covering.cause_id IS NOT NULL THEN 'same_cause'
                WHEN policy.id IS NULL THEN 'no_policy'
           END AS idle_reason,
           policy.id AS policy_id,
           %(policy_source)s AS policy_source,
           by_partner.holder_id AS policy_partner_id,
           by_team.holder_id AS policy_team_id,
           COALESCE(by_partner.company_id, by_company.holder_id)
           AS policy_company_id,
           %(policy_date)s AS policy_date,
           state.is_waiting,
           anchor.date AS anchor_date,
           anchor.message_id AS anchor_message_id,
           on_duplicate.message_ids AS duplicate_message_ids,
           -- looked up only where they are asked for
%(waiting_since)s AS waiting_since,
           (SELECT message.message_id FROM (%(first_waiting)s) message)
           AS waiting_message_id,
           (SELECT message.date FROM (%(last_client)s) message) AS client_date,
           (SELECT message.date FROM (%(last_staff)s) message) AS staff_date,
           (SELECT message.message_id FROM (%(last_staff)s) message)
           AS staff_message_id,
           (SELECT message.message_id FROM (%(last_waived)s) message)
           AS waived_message_id,
           (SELECT message.party FROM (%(last_message)s) message) AS last_party,
           ticket.closed_date,
           paused.date AS paused_date,
           paused.message_id AS paused_message_id
      FROM helpdesk_ticket ticket
 LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id

        -- R1: the ticket's own policy, the client's, the team's, the default
%(policy_joins)s

%(wait_joins)s

        -- R4: the moment the policy counts from
CROSS JOIN LATERAL (%(last_waiting)s) last_waiting
%(other_anchor)s
CROSS JOIN LATERAL (
        SELECT CASE WHEN policy.count_from = 'client_last'
                    THEN CASE WHEN state.is_waiting THEN %(last_date)s END
                    WHEN other_anchor.message_id IS NOT NULL THEN %(other_date)s
               END AS date,
               CASE WHEN policy.count_from = 'client_last'
                    THEN CASE WHEN state.is_waiting THEN last_waiting.message_id END
                    ELSE other_anchor.message_id
               END AS message_id
        ) anchor
            """,
            policy_tables=self._sql_policy_tables(),
            policy_source=self._sql_policy_source(),
            policy_date=self._sql_policy_date(),
            policy_joins=self._sql_policy_joins(),
            wait_joins=self._sql_wait_joins(),
            waiting_since=self._sql_waiting_since(),
            first_waiting=self._sql_first_waiting(),
            last_waiting=self._sql_last_waiting(),
            last_client=self._sql_message("client", last=True),
            last_staff=self._sql_message("staff", last=True),
            last_date=self._sql_not_before_back(SQL("last_waiting.date")),
            other_anchor=self._sql_other_anchor(),
            other_date=self._sql_not_before_back(SQL("other_anchor.date")),
            last_waived=self._sql_message("waived", last=True),
            last_message=self._sql_message(last=True),
        )

    @api.model
    def _sql_waiting(self):
        """State R3 alone, a row a ticket: its id and since when it waits.

        Lists ask for no more, and what is not asked for PostgreSQL has not to plan,
        which takes longer than reading the rows. A policy that pauses, or does not
        hear who writes after the closing, has a say.
        """
        policies = self.env["helpdesk.escalation.policy"]
        if policies._get_pausing_ids() or policies._get_ignoring_ids():
            return self._table_sql
        return SQL(
            """(
    SELECT ticket.id, state.is_open, state.is_waiting,
           %(waiting_since)s AS waiting_since
      FROM helpdesk_ticket ticket
 LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
%(wait_joins)s
            )""",
            waiting_since=self._sql_waiting_since(),
            wait_joins=self._sql_wait_joins(),
            to_flush=[
                self.env[model]._fields[name]
                for model, names in self._depends.items()
                for name in names
            ],
        )

    @api.model
    def _sql_policies(self):
        """State R1 alone, a row a ticket: its id and the policy that counts for it.

        With its stage, for who asks only for open ones.

        Where none does as another ticket is escalated for it, ``is_covered`` says so.
        """
        return SQL(
            """(
    WITH RECURSIVE
    %(policy_tables)s
    SELECT ticket.id, ticket.stage_id, policy.id AS policy_id,
           covering.cause_id IS NOT NULL AS is_covered
      FROM helpdesk_ticket ticket
%(policy_joins)s
            )""",
            policy_tables=self._sql_policy_tables(),
            policy_joins=self._sql_policy_joins(),
            to_flush=[
                self.env[model]._fields[name]
                for model, names in self._depends.items()
                for name in names
            ],
        )

    def _sql_wait_joins(self):
        """R3: join to a row called ``ticket`` whether its client waits.

        Nearly always the last message on the ticket tells: nobody waits after an
        answer or a waiver, and somebody does after a message of the client that no
        pause came after. So the run looks into the messages once a ticket. On a closed
        ticket the client waits who has written since it was closed.
        """
        return SQL(
            """
        -- R3: who had the last message, and the last moment that paused the wait
 LEFT JOIN LATERAL (%(last_message)s) last_message ON TRUE
 LEFT JOIN LATERAL (%(paused)s) paused ON TRUE
CROSS JOIN LATERAL (
        SELECT ticket.active
               AND stage.closed IS NOT TRUE
               AND ticket.duplicate_id IS NULL AS is_open,
               ticket.active
               AND stage.closed
               AND ticket.duplicate_id IS NULL
               AND %(hears_late)s AS may_be_late
        ) open
CROSS JOIN LATERAL (
        SELECT open.is_open,
               CASE WHEN last_message.party IN %(ending)s THEN FALSE
                    WHEN open.is_open
                    THEN paused.message_id IS NULL
                         OR (last_message.message_id > paused.message_id) IS TRUE
                    WHEN open.may_be_late THEN EXISTS (%(first_unanswered)s)
                    ELSE FALSE
               END AS is_own_waiting
        ) own_state
%(on_duplicate)s
CROSS JOIN LATERAL (
        SELECT own_state.is_open,
               own_state.is_own_waiting OR on_duplicate.last_id IS NOT NULL
               AS is_waiting
        ) state
            """,
            on_duplicate=self._sql_on_duplicate(),
            last_message=self._sql_message(last=True),
            ending=ENDING,
            paused=self._sql_paused(),
            hears_late=self._sql_hears_late(),
            first_unanswered=self._sql_first_unanswered(),
        )

    def _sql_hears_late(self):
        """R3: whether a ticket's policy hears who writes after the closing."""
        if self.env["helpdesk.escalation.policy"]._get_ignoring_ids():
            return SQL("policy.ignore_closed_replies IS NOT TRUE")
        return SQL("TRUE")

    def _sql_waiting_since(self):
        """R3: the moment of the first message that nobody answered, NULL if all is.

        Who waits on a ticket that came back waits from then.
        """
        return SQL(
            "(SELECT %s FROM (%s) message)",
            self._sql_not_before_back(SQL("message.date")),
            self._sql_first_waiting(),
        )

    def _sql_on_duplicate(self):
        """R3: join what clients wrote on duplicates of the ticket and wait for."""
        return SQL(
            """
CROSS JOIN (SELECT NULL::int AS first_id, NULL::timestamp AS first_date,
                   NULL::int AS last_id, NULL::timestamp AS last_date,
                   NULL::int[] AS message_ids) on_duplicate
            """
        )

    def _sql_first_waiting(self):
        """R3: find the first message that somebody waits for, where somebody does."""
        return SQL(
            """
            SELECT waiting.date, waiting.message_id
              FROM (SELECT own.date, own.message_id FROM (%s) own
                     WHERE own_state.is_own_waiting
                 UNION ALL
                    SELECT on_duplicate.first_date, on_duplicate.first_id
                     WHERE on_duplicate.first_id IS NOT NULL) waiting
          ORDER BY waiting.message_id
             LIMIT 1
            """,
            self._sql_first_unanswered(),
        )

    def _sql_last_waiting(self):
        """R4: find the last message that somebody waits for, where somebody does.

        Nearly always it is the last one on the ticket, and known.
        """
        return SQL(
            """
        SELECT CASE WHEN own.is_last
                    THEN COALESCE(last_message.date, ticket.create_date)
                    ELSE on_duplicate.last_date END AS date,
               CASE WHEN own.is_last
                    THEN COALESCE(last_message.message_id, 0)
                    ELSE on_duplicate.last_id END AS message_id
          FROM (SELECT on_duplicate.last_id IS NULL
                       OR own_state.is_own_waiting
                          AND COALESCE(last_message.message_id, 0)
                              >= on_duplicate.last_id AS is_last) own
            """
        )

    def _sql_other_anchor(self):
        """R4: join what a policy counts from that counts from no last message.

        Nearly always there is no such policy, and then nothing is looked for.
        """
        if self.env["helpdesk.escalation.policy"]._is_last_message_enough():
            return SQL(
                """
CROSS JOIN (SELECT NULL::timestamp AS date, NULL::int AS message_id) other_anchor
                """
            )
        return SQL(
            """
 LEFT JOIN LATERAL (
        SELECT other.date, other.message_id
          FROM (
                SELECT message.date, message.message_id
                  FROM (%(first_waiting)s) message
                 WHERE policy.count_from = 'client_first' OR NOT state.is_open
             UNION ALL
                SELECT ticket.create_date, 0
                 WHERE policy.count_from = 'unresolved' AND state.is_open
                   AND paused.date IS NULL
                   AND NOT EXISTS (%(last_waived)s)
             UNION ALL
                SELECT message.date, message.message_id
                  FROM (%(first_after_pause)s) message
               ) other
         WHERE policy.count_from != 'client_last'
        -- one gate before all of these: nearly all tickets pass it by
        OFFSET 0
        ) other_anchor ON TRUE
            """,
            first_waiting=self._sql_first_waiting(),
            last_waived=self._sql_message("waived", last=True),
            first_after_pause=self._sql_message(
                "client",
                where=SQL(
                    "policy.count_from = 'unresolved' AND state.is_open "
                    "AND message.id > GREATEST(paused.message_id, "
                    "(SELECT waived.message_id FROM (%s) waived))",
                    self._sql_message("waived", last=True),
                ),
            ),
        )

    def _sql_not_before_back(self, moment):
        """R4: a moment, but not before the ticket came back.

        A closed ticket that is open again has come back after it was closed, also
        where nothing has noted when.

        :param SQL moment: of a message on the ticket
        """
        return SQL(
            "GREATEST(%s, ticket.escalation_back_date, ticket.closed_date)", moment
        )

    def _sql_first_unanswered(self):
        """R3: find the first message of the client since the last answer.

        It is the ticket itself where nothing has settled anything yet. A closing
        settles what was said before as long as it lasts: on a closed ticket it is the
        first one that was written after it.
        """
        return SQL(
            """
            SELECT message.date, message.message_id
              FROM (SELECT) always
         LEFT JOIN LATERAL (%(last_staff)s) staff ON TRUE
        CROSS JOIN LATERAL (
                SELECT COALESCE(staff.message_id, paused.message_id) IS NULL
                       AND stage.closed IS NOT TRUE AS is_untouched
                ) ticket_itself
        CROSS JOIN LATERAL (
                SELECT ticket.create_date AS date, 0 AS message_id
                 WHERE ticket_itself.is_untouched
             UNION ALL
                SELECT after.date, after.message_id FROM (%(first_after_settled)s) after
                ) message
            """,
            last_staff=self._sql_message(ENDING, last=True),
            first_after_settled=self._sql_message(
                "client",
                where=SQL(
                    "NOT ticket_itself.is_untouched "
                    "AND message.id "
                    "> GREATEST(staff.message_id, paused.message_id, 0) "
                    "AND (stage.closed IS NOT TRUE "
                    "     OR (message.escalation_late IS NOT NULL "
                    "         AND message.create_date "
                    "         > COALESCE(ticket.closed_date, '-infinity')))"
                ),
            ),
        )

    def _sql_message(self, party=None, last=False, where=SQL("TRUE")):  # noqa: B008
        """Find the first or the last message on a ticket, from the index alone.

        :param party: whose message: "client", "staff", "waived", several of them, or
            None for any
        """
        if party:
            parties = (party,) if isinstance(party, str) else party
            of_party = SQL("IN %s", parties)
        else:
            of_party = SQL("IS NOT NULL")
        return SQL(
            """
            SELECT message.create_date AS date, message.id AS message_id,
                   message.escalation_party AS party
              FROM mail_message message
             WHERE message.model = 'helpdesk.ticket'
               AND message.escalation_party %(of_party)s
               AND message.res_id = ticket.id
               AND %(where)s
          ORDER BY message.id %(direction)s
             LIMIT 1
            """,
            of_party=of_party,
            where=where,
            direction=SQL("DESC") if last else SQL("ASC"),
        )

    def _sql_policy_joins(self, holds=None):
        """R1: join to a row called ``ticket`` the policy that counts for it.

        What can be chosen stands in small tables (``_sql_policy_tables``).

        :param holds: a function from a column with a policy's id to the SQL that says
            whether its condition holds; by default asks the database
        """
        holds = holds or self._sql_holds
        return SQL(
            """
 LEFT JOIN policy_reach own
        ON own.id = ticket.escalation_policy_id
       AND own.company_id = ticket.company_id
       AND %(own_holds)s
 LEFT JOIN partner_policy partner_chosen
        ON partner_chosen.partner_id = ticket.partner_id
       AND partner_chosen.company_id = ticket.company_id
 LEFT JOIN LATERAL (%(by_partner)s) by_partner ON TRUE
 LEFT JOIN team_policy team_chosen
        ON team_chosen.team_id = ticket.team_id
       AND team_chosen.company_id = ticket.company_id
 LEFT JOIN LATERAL (%(by_team)s) by_team ON TRUE
 LEFT JOIN company_policy company_chosen
        ON company_chosen.company_id = ticket.company_id
 LEFT JOIN LATERAL (%(by_company)s) by_company ON TRUE
 LEFT JOIN covering
        ON covering.cause_id = ticket.escalation_cause_ticket_id
       AND covering.company_id = ticket.company_id
 LEFT JOIN helpdesk_escalation_policy policy
        ON policy.id = COALESCE(own.id, by_partner.policy_id, by_team.policy_id,
                                by_company.policy_id)
       AND ticket.escalation_muted IS NOT TRUE
       AND covering.cause_id IS NULL
            """,
            own_holds=holds(SQL("own.id")),
            by_partner=self._sql_first_that_holds(SQL("partner_chosen"), holds),
            by_team=self._sql_first_that_holds(SQL("team_chosen"), holds),
            by_company=self._sql_first_that_holds(SQL("company_chosen"), holds),
        )

    def _sql_policy_source(self):
        """R1: where the policy that counts is set."""
        return SQL(
            """
           CASE WHEN policy.id IS NULL THEN NULL
                WHEN own.id IS NOT NULL THEN 'ticket'
                WHEN by_partner.policy_id IS NOT NULL THEN 'partner'
                WHEN by_team.policy_id IS NOT NULL THEN 'team'
                ELSE 'company'
           END"""
        )

    def _sql_policy_date(self):
        """R12: when the policy that counts was set there, NULL on the ticket itself."""
        return SQL(
            """
           CASE WHEN policy.id IS NULL OR own.id IS NOT NULL THEN NULL
                WHEN by_partner.policy_id IS NOT NULL THEN by_partner.set_date
                WHEN by_team.policy_id IS NOT NULL THEN by_team.set_date
                ELSE by_company.set_date
           END"""
        )

    def _sql_policy_tables(self):
        """R1: what can be chosen, in small tables: to be put behind WITH RECURSIVE.

        Policies, companies and teams are few: these are worked out once a statement,
        and a ticket only looks itself up in them.
        """
        return SQL(
            ",".join(["%s"] * 6),
            self._sql_company_above(),
            self._sql_policy_reach(),
            self._sql_partner_policy(),
            self._sql_team_policy(),
            self._sql_company_policy(),
            self._sql_covering(),
        )

    def _sql_covering(self):
        """Each escalated ticket that others name as their cause, and its company.

        Its policy sees to all of them. Once it is escalated no more, or sleeps, each
        has its own.
        """
        return SQL(
            """
    covering (cause_id, company_id) AS (
        SELECT DISTINCT cause.id, cause.company_id
          FROM helpdesk_ticket other
          JOIN helpdesk_ticket cause ON cause.id = other.escalation_cause_ticket_id
         WHERE other.escalation_cause_ticket_id IS NOT NULL
           AND EXISTS (SELECT FROM helpdesk_escalation_incident incident
                        WHERE incident.ticket_id = cause.id
                          AND incident.kind = 'automatic'
                          AND incident.state != 'resolved'
                          AND incident.snoozed_until IS NULL
                       OFFSET 0)
    )"""
        )

    def _sql_company_above(self):
        """Each company with itself and the companies above it, and how far up."""
        return SQL(
            """
    company_above (company_id, above_id, height) AS (
        SELECT company.id, above.id,
               length(company.parent_path) - length(above.parent_path)
          FROM res_company company
          JOIN res_company above
            ON company.parent_path LIKE above.parent_path || '%%'
    )
            """
        )

    def _sql_policy_reach(self):
        """R1: the active policies, and for which companies' tickets each may count.

        For those of its own company and of the branches below; of no company, for all.
        """
        return SQL(
            """
    policy_reach (id, company_id) AS (
        SELECT policy.id, company_above.company_id
          FROM helpdesk_escalation_policy policy
          JOIN company_above ON company_above.above_id = policy.company_id
         WHERE policy.active
     UNION ALL
        SELECT policy.id, company.id
          FROM helpdesk_escalation_policy policy
    CROSS JOIN res_company company
         WHERE policy.active AND policy.company_id IS NULL
    )
            """
        )

    def _sql_partner_policy(self):
        """R1, client: the policies up to the commercial entity, nearest first.

        A contact has one in each company, and in a branch also those of the companies
        above it.
        """
        return SQL(
            """
    partner_chain (partner_id, commercial_id, company_id, policy_id, holder_id,
                   depth, set_company_id, height, set_date)
    AS (
        SELECT partner.id, partner.commercial_partner_id, reach.company_id, reach.id,
               partner.id, 0, above.above_id, above.height,
               (partner.escalation_policy_date ->> setting.key)::timestamp
          FROM res_partner partner
    CROSS JOIN LATERAL jsonb_each_text(partner.escalation_policy_id) setting
          JOIN company_above above ON above.above_id = setting.key::int
          JOIN policy_reach reach
            ON reach.id = setting.value::int
           AND reach.company_id = above.company_id
         WHERE partner.escalation_policy_id IS NOT NULL
         UNION ALL
        SELECT child.id, child.commercial_partner_id, up.company_id, up.policy_id,
               up.holder_id, up.depth + 1, up.set_company_id, up.height, up.set_date
          FROM partner_chain up
          JOIN res_partner child
            ON child.parent_id = up.partner_id
           AND child.commercial_partner_id = up.commercial_id
    ),
    partner_policy AS (
        SELECT partner_id, company_id,
               array_agg(policy_id ORDER BY depth, height) AS policy_ids,
               array_agg(holder_id ORDER BY depth, height) AS holder_ids,
               array_agg(set_company_id ORDER BY depth, height) AS company_ids,
               array_agg(set_date ORDER BY depth, height) AS set_dates
          FROM partner_chain
      GROUP BY partner_id, company_id
    )
            """
        )

    def _sql_team_policy(self):
        """R1, team: the policies up the parent teams, nearest first, per company."""
        return SQL(
            """
    team_policy AS (
        SELECT link.team_id, link.company_id,
               array_agg(link.policy_id ORDER BY link.place DESC) AS policy_ids,
               array_agg(link.holder_id ORDER BY link.place DESC) AS holder_ids,
               NULL::int[] AS company_ids,
               array_agg(link.set_date ORDER BY link.place DESC) AS set_dates
          FROM (
                SELECT team.id AS team_id, reach.company_id, reach.id AS policy_id,
                       holder.id AS holder_id, length(holder.parent_path) AS place,
                       holder.escalation_policy_date AS set_date
                  FROM helpdesk_ticket_team team
                  JOIN helpdesk_ticket_team holder
                    ON team.parent_path LIKE holder.parent_path || '%%'
                  JOIN policy_reach reach ON reach.id = holder.escalation_policy_id
               ) link
      GROUP BY link.team_id, link.company_id
    )
            """
        )

    def _sql_company_policy(self):
        """R1, default: the company's, then those of the companies above it."""
        return SQL(
            """
    company_policy AS (
        SELECT above.company_id,
               array_agg(reach.id ORDER BY above.height) AS policy_ids,
               array_agg(holder.id ORDER BY above.height) AS holder_ids,
               NULL::int[] AS company_ids,
               array_agg(holder.escalation_policy_date ORDER BY above.height)
               AS set_dates
          FROM company_above above
          JOIN res_company holder ON holder.id = above.above_id
          JOIN policy_reach reach
            ON reach.id = holder.escalation_policy_id
           AND reach.company_id = above.company_id
      GROUP BY above.company_id
    )
            """
        )

    # ------------------------------------------------------------------
    # What policies may ask for; what none asks for is left out of the statement
    # ------------------------------------------------------------------

    def _sql_holds(self, policy_id):
        """R1: whether a policy's condition holds for the row called ``ticket``.

        :param SQL policy_id: the column with the policy's id
        """
        policy = self.env["helpdesk.escalation.policy"]
        conditions = policy._get_conditions()
        if not conditions:
            return SQL("TRUE")
        return SQL(
            "CASE %s %s ELSE TRUE END",
            policy_id,
            SQL(" ").join(
                SQL(
                    "WHEN %s THEN %s",
                    a_policy_id,
                    policy._sql_condition(condition, SQL("ticket.id")),
                )
                for a_policy_id, condition in conditions
            ),
        )

    def _sql_first_that_holds(self, chosen, holds):
        """R1: of the policies in a row, nearest first, the first whose condition holds.

        :param SQL chosen: the row's name
        :param holds: as for ``_sql_policy_joins``
        """
        if not self.env["helpdesk.escalation.policy"]._get_conditions():
            return SQL(
                "SELECT %(chosen)s.policy_ids[1] AS policy_id, "
                "%(chosen)s.holder_ids[1] AS holder_id, "
                "%(chosen)s.company_ids[1] AS company_id, "
                "%(chosen)s.set_dates[1] AS set_date",
                chosen=chosen,
            )
        return SQL(
            """
            SELECT link.policy_id, link.holder_id, link.company_id, link.set_date
              FROM unnest(%(chosen)s.policy_ids, %(chosen)s.holder_ids,
                          %(chosen)s.company_ids, %(chosen)s.set_dates)
                   WITH ORDINALITY
                   AS link (policy_id, holder_id, company_id, set_date, place)
             WHERE %(holds)s
          ORDER BY link.place
             LIMIT 1
            """,
            chosen=chosen,
            holds=holds(SQL("link.policy_id")),
        )

    def _sql_paused(self):
        """R3: when a ticket that is in a stage that pauses its policy entered one.

        Odoo's own tracking tells, to the message. A ticket that was created in such a
        stage has entered it then. A move that was not tracked is not known, and the
        client goes on waiting. Opened by an employee's automatic mail, a ticket begins
        as if it paused: nobody waits before somebody writes (R2).
        """
        if not self.env["helpdesk.escalation.policy"]._get_pausing_ids():
            # A row without a condition costs PostgreSQL no join.
            return SQL(
                """
            SELECT CASE WHEN ticket.escalation_auto_opened
                        THEN ticket.create_date END AS date,
                   CASE WHEN ticket.escalation_auto_opened
                        THEN 0 END AS message_id
                """
            )
        stage_field = self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        return SQL(
            """
            WITH change AS (
                SELECT message.create_date AS date, message.id AS message_id,
                       value.id, value.old_value_integer, value.new_value_integer
                  FROM mail_message message
                  JOIN mail_tracking_value value ON value.mail_message_id = message.id
                 WHERE message.model = 'helpdesk.ticket'
                   AND message.res_id = ticket.id
                   AND value.field_id = %(stage_field)s
            )
            SELECT entered.date, entered.message_id
              FROM (
                SELECT ticket.create_date AS date, 0 AS message_id,
                       COALESCE((SELECT change.old_value_integer FROM change
                                  ORDER BY change.id LIMIT 1),
                                ticket.stage_id) AS stage_id
             UNION ALL
                SELECT change.date, change.message_id, change.new_value_integer
                  FROM change
                ) entered
              JOIN helpdesk_escalation_policy_pause_stage_rel pausing
                ON pausing.stage_id = entered.stage_id
               AND pausing.policy_id = policy.id
             WHERE EXISTS (
                   SELECT FROM helpdesk_escalation_policy_pause_stage_rel present
                    WHERE present.stage_id = ticket.stage_id
                      AND present.policy_id = policy.id)
         UNION ALL
            SELECT ticket.create_date, 0
             WHERE ticket.escalation_auto_opened
          ORDER BY message_id DESC
             LIMIT 1
            """,
            stage_field=stage_field.id,
        )

    @api.model
    def _sql_may_wait(self):
        """State whether somebody may wait on the ticket of a row called ``clock``.

        So that only the tickets are read on which that may be.
        """
        return SQL("(clock.is_open AND %s)", self._sql_open_stage("clock"))

    @api.model
    def _sql_open_stage(self, alias):
        """State that a ticket is in a stage that is not closed, or in none.

        Open stages are named, as PostgreSQL would read all tickets to find those whose
        stage is none of the closed ones.

        :param str alias: of a row with the column ``stage_id``
        """
        # Sudo: the run looks at all of them.
        stages = self.env["helpdesk.ticket.stage"].sudo()
        stages = stages.with_context(active_test=False).search([("closed", "!=", True)])
        return SQL(
            "(%(stage)s IN %(open)s OR %(stage)s IS NULL)",
            stage=SQL.identifier(alias, "stage_id"),
            open=tuple(stages.ids) or (0,),
        )

    @api.model
    def _sql_is_escalated(self):
        """State whether a row called ``clock`` has an incident opened by a policy.

        ``OFFSET 0`` has each looked up in the index. A join is planned by what was
        known of the incidents before a flood, and may then compare all with all.
        """
        self.env["helpdesk.escalation.incident"].flush_model(
            ["ticket_id", "kind", "state"]
        )
        return SQL(
            """
            EXISTS (SELECT FROM helpdesk_escalation_incident incident
                     WHERE incident.ticket_id = clock.id
                       AND incident.kind = 'automatic'
                       AND incident.state != 'resolved'
                    OFFSET 0)
            """
        )
