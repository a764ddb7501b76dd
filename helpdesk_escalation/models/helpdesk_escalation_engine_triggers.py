import hashlib
import logging
from collections import namedtuple

from odoo import models
from odoo.tools import SQL

from ..words import contains, fold, get_new_text, is_repeated_subject

_logger = logging.getLogger(__name__)

# Words read and searched at a time.
SCAN_SIZE = 200

Watch = namedtuple(
    "Watch",
    [
        "ticket_id",
        "policy_id",
        "waiting_since",
        "waiting_message_id",
        "anchor_date",
        "anchor_message_id",
        "incident_id",
    ],
)
Watch.__doc__ = """A ticket whose client waits and which triggers may raise; the message
that the wait began with (0: the ticket itself); its open incident, None without one."""

Found = namedtuple("Found", ["ticket_id", "kind", "trigger", "message_id", "detail"])
Found.__doc__ = """A cause that was found: on which ticket, by which trigger (empty for
a call), in which message (0: the ticket itself), and what."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """Triggers: what raises the alarm at once, found from messages and tickets.

    Only tickets whose policy has triggers, or that somebody calls for, are looked at,
    and of those only what the client wrote since the wait began. All kinds look at all
    tickets together.
    """

    _inherit = "helpdesk.escalation.engine"

    def _get_plan(self, now):
        """Add what is to be watched: policies with triggers, and tickets called for."""
        calls = self.env["helpdesk.escalation.call"]
        if calls._may_be_there():
            calls = calls.search_fetch([], ["ticket_id"])
        trigger_model = self.env["helpdesk.escalation.trigger"]
        return (
            super()
            ._get_plan(now)
            ._replace(
                watched_policies=trigger_model._get_policy_ids(),
                watched_tickets=tuple(calls.ticket_id.ids),
            )
        )

    def _sql_watched(self, plan, column):
        """State a column of the clock for tickets that triggers may raise.

        NULL for others: what is not asked for is not looked up in the messages.
        """
        if not (plan.watched_policies or plan.watched_tickets):
            return SQL("NULL")
        return SQL(
            "CASE WHEN clock.policy_id IN %s OR clock.id IN %s THEN %s END",
            plan.watched_policies or (0,),
            plan.watched_tickets or (0,),
            SQL.identifier("clock", column),
        )

    def _sql_is_watched(self):
        """State whether the run looks at an incident also when somebody is on it."""
        policy_ids = self.env["helpdesk.escalation.trigger"]._get_policy_ids()
        return SQL(
            "clock.policy_id IN %s OR EXISTS (SELECT FROM helpdesk_escalation_call "
            "call WHERE call.ticket_id = incident.ticket_id)",
            policy_ids or (0,),
        )

    def _find_caused(self, plan, cases, waiting):
        """Find the tickets that a trigger raises now, and remember what was searched.

        :return: ticket ids
        """
        if not (plan.watched_policies or plan.watched_tickets):
            return []
        watches = self._get_watches(plan, cases, waiting)
        searched = []
        caused = {
            found.ticket_id for found in self._find_causes(plan, watches, searched)
        }
        # What matched is kept together with what came of it, or it could be lost.
        self.env["helpdesk.escalation.scan"]._keep(
            [word for word in searched if word[0] not in caused]
        )
        self._drop_idle_calls(plan, watches)
        return list(caused)

    def _get_watches(self, plan, cases, waiting):
        open_cases = [
            Watch(
                case.ticket_id,
                case.policy_id,
                case.waiting_since,
                case.waiting_message_id,
                None,
                None,
                case.incident_id,
            )
            for case in cases
            if case.waiting_since
            and not case.resolution
            and case.policy_id in plan.cutoffs
            and (
                case.policy_id in plan.watched_policies
                or case.ticket_id in plan.watched_tickets
            )
        ]
        return open_cases + [Watch(*row, None) for row in waiting.watched]

    def _find_causes(self, plan, watches, searched):
        """Find why watched tickets are to be escalated at once.

        A trigger fires once in a wait: what the open incident knows already is left
        out. Nothing here may stop the steps that are due: a fault is logged, and the
        triggers of its kind are left to the next run.

        :param list searched: gets the words that were searched, as ``_keep`` takes them
        :rtype: list[Found]
        """
        watches = [watch for watch in watches if watch.waiting_since]
        if not watches:
            return []
        policy_ids = {watch.policy_id for watch in watches}
        triggers = plan.policies.browse(policy_ids).trigger_ids
        all_found = []
        for kind, of_kind in triggers.grouped("kind").items():
            try:
                with self.env.cr.savepoint():
                    find = getattr(self, f"_find_causes_{kind}")
                    all_found += find(plan, of_kind, watches, searched)
            except Exception as error:
                if self._is_contention(error):
                    raise
                _logger.warning("No %s trigger could be read", kind, exc_info=True)
        all_found += self._find_calls(watches)
        return self._drop_known(all_found, watches)

    def _drop_known(self, all_found, watches):
        incidents = {watch.ticket_id: watch.incident_id for watch in watches}
        known = {
            self._get_cause_key(cause.incident_id.id, cause.trigger_id, cause.detail)
            for cause in self.env["helpdesk.escalation.cause"].search(
                [("incident_id", "in", list(filter(None, incidents.values())))]
            )
        }
        fresh = {}
        for found in all_found:
            key = self._get_cause_key(
                incidents[found.ticket_id], found.trigger, found.detail
            )
            if key not in known:
                fresh.setdefault((found.ticket_id, key), found)
        return list(fresh.values())

    def _get_cause_key(self, incident_id, trigger, detail):
        return incident_id, trigger.id or detail

    # ------------------------------------------------------------------
    # What each kind looks for
    # ------------------------------------------------------------------

    def _find_causes_keyword(self, plan, triggers, watches, searched):
        """Look for words in what clients newly wrote, each of their words once."""
        by_policy = triggers.grouped(lambda trigger: trigger.policy_id.id)
        phrases = {
            trigger: [(phrase, fold(phrase)) for phrase in trigger._get_phrases()]
            for trigger in triggers
        }
        signatures = {
            policy_id: hashlib.sha256(
                repr([(t.id, phrases[t]) for t in of_policy]).encode()
            ).hexdigest()[:16]
            for policy_id, of_policy in by_policy.items()
        }
        watched = [watch for watch in watches if watch.policy_id in by_policy]
        policies = {watch.ticket_id: watch.policy_id for watch in watched}
        found = []
        after = (0, 0)
        while True:
            words = self._read_words(watched, signatures, after)
            for ticket_id, message_id, subject, body, titles in words:
                if message_id and is_repeated_subject(subject, titles):
                    subject = ""
                text = fold(f"{subject or ''}\n{get_new_text(body)}")
                policy_id = policies[ticket_id]
                for trigger in by_policy[policy_id]:
                    hits = [
                        phrase
                        for phrase, folded in phrases[trigger]
                        if contains(text, folded)
                    ]
                    if hits:
                        detail = ", ".join(hits[:3])
                        found.append(
                            Found(ticket_id, "keyword", trigger, message_id, detail)
                        )
                searched.append((ticket_id, message_id, signatures[policy_id]))
            if len(words) < SCAN_SIZE:
                return found
            after = words[-1][:2]

    def _read_words(self, watches, signatures, after):
        """Read what waiting clients wrote and nobody has searched, a portion at a time.

        :param tuple after: ticket id and message id of the last word read
        :return: ticket id, message id (0 for the ticket's own text), subject, body, and
            the titles of the ticket, which Odoo makes the subject of what is posted
        """
        if not watches:
            return []
        return self.env.execute_query(
            SQL(
                """
            WITH watch AS (
              SELECT * FROM unnest(%(tickets)s, %(first_ids)s, %(signatures)s)
                   AS watch (ticket_id, first_id, signature)
            )
            SELECT word.ticket_id, word.message_id, word.subject, word.body,
                   ARRAY[ticket.name, concat(ticket.number, ' - ', ticket.name)]
              FROM (%(words)s) word
              JOIN watch ON watch.ticket_id = word.ticket_id
              JOIN helpdesk_ticket ticket ON ticket.id = word.ticket_id
             WHERE (word.ticket_id, word.message_id) > %(after)s
               AND NOT EXISTS (
                   SELECT FROM helpdesk_escalation_scan scan
                    WHERE scan.ticket_id = word.ticket_id
                      AND COALESCE(scan.message_id, 0) = word.message_id
                      AND scan.signature = watch.signature)
          ORDER BY word.ticket_id, word.message_id
             LIMIT %(limit)s
                """,
                tickets=[watch.ticket_id for watch in watches],
                first_ids=[watch.waiting_message_id for watch in watches],
                signatures=[signatures[watch.policy_id] for watch in watches],
                words=self._sql_words(),
                after=after,
                limit=SCAN_SIZE,
            )
        )

    def _sql_words(self):
        """State what clients wrote in the waits that a table called ``watch`` names.

        Which words are of the wait is told by their ids, as the clock tells it (R3);
        the ticket itself, 0, is one of them where nothing has settled it yet.
        """
        return SQL(
            """
            SELECT ticket.id AS ticket_id, message.id AS message_id,
                   message.create_date AS date, message.subject, message.body
              FROM watch
              JOIN helpdesk_ticket ticket ON ticket.id = watch.ticket_id
              JOIN mail_message message
                ON message.model = 'helpdesk.ticket'
               AND message.escalation_party = 'client'
               AND message.res_id = ticket.id
               AND message.id >= watch.first_id
               AND (ticket.closed_date IS NULL
                    OR message.create_date > ticket.closed_date)
         UNION ALL
            SELECT ticket.id, 0, ticket.create_date, ticket.name, ticket.description
              FROM watch
              JOIN helpdesk_ticket ticket ON ticket.id = watch.ticket_id
             WHERE watch.first_id = 0
            """
        )

    def _find_causes_repeat(self, plan, triggers, watches, searched):
        """Count the words of a wait: so many within so many minutes.

        The ticket itself is one of them, unless a mail created it: then the mail is.
        """
        policy_ids = triggers.policy_id.ids
        watched = [watch for watch in watches if watch.policy_id in policy_ids]
        triggers.flush_recordset(["message_count", "message_minutes", "policy_id"])
        rows = self.env.execute_query(
            SQL(
                """
            WITH watch AS (
              SELECT * FROM unnest(%(tickets)s, %(policies)s, %(first_ids)s)
                   AS watch (ticket_id, policy_id, first_id)
            ), word AS (
              SELECT ticket_id, message_id, date,
                     date = lead(date) OVER (
                         PARTITION BY ticket_id ORDER BY message_id
                     ) AND message_id = 0 AS is_mail
                FROM (%(words)s) word
            ), counted AS (
              SELECT trigger.id AS trigger_id, trigger.message_minutes,
                     word.ticket_id, word.message_id, word.date,
                     lag(word.date, trigger.message_count - 1) OVER (
                         PARTITION BY trigger.id, word.ticket_id
                         ORDER BY word.date, word.message_id
                     ) AS first_date
                FROM word
                JOIN watch ON watch.ticket_id = word.ticket_id
                JOIN helpdesk_escalation_trigger trigger
                  ON trigger.policy_id = watch.policy_id
                 AND trigger.id IN %(triggers)s
               WHERE word.is_mail IS NOT TRUE
            )
            SELECT DISTINCT ON (trigger_id, ticket_id)
                   trigger_id, ticket_id, message_id
              FROM counted
             WHERE date <= first_date + message_minutes * interval '1 minute'
          ORDER BY trigger_id, ticket_id, date, message_id
                """,
                tickets=[watch.ticket_id for watch in watched],
                policies=[watch.policy_id for watch in watched],
                first_ids=[watch.waiting_message_id for watch in watched],
                words=self._sql_words(),
                triggers=triggers._ids,
            )
        )
        return [
            Found(ticket_id, "repeat", trigger, message_id, trigger._get_detail())
            for trigger_id, ticket_id, message_id in rows
            for trigger in triggers.browse(trigger_id)
        ]

    def _find_causes_priority(self, plan, triggers, watches, searched):
        """Look at the tickets' priority now, however often it went up and down."""
        tickets = self.env["helpdesk.ticket"].browse(w.ticket_id for w in watches)
        tickets.fetch(["priority"])
        return [
            Found(watch.ticket_id, "priority", trigger, 0, ticket.priority)
            for watch, ticket in zip(watches, tickets, strict=True)
            for trigger in triggers
            if trigger.policy_id.id == watch.policy_id
            and (ticket.priority or "") >= trigger.priority
        ]

    def _find_causes_client(self, plan, triggers, watches, searched):
        """Look at whom the tickets are for: the contact or its company."""
        found = []
        for trigger in triggers:
            watched = [w for w in watches if w.policy_id == trigger.policy_id.id]
            all_tickets = self.env["helpdesk.ticket"].browse(
                watch.ticket_id for watch in watched
            )
            for company, tickets in all_tickets.grouped("company_id").items():
                tickets = tickets.with_company(company)
                partners = tickets.partner_id | tickets.commercial_partner_id
                meant = trigger.with_company(company)._filter_clients(partners)
                found += [
                    Found(ticket.id, "client", trigger, 0, ticket.partner_id.name)
                    for ticket in tickets
                    if meant & (ticket.partner_id | ticket.commercial_partner_id)
                ]
        return found

    def _find_calls(self, watches):
        """Take what automations and code call for."""
        calls = self.env["helpdesk.escalation.call"].search(
            [("ticket_id", "in", [watch.ticket_id for watch in watches])]
        )
        nothing = self.env["helpdesk.escalation.trigger"]
        return [
            Found(call.ticket_id.id, "action", nothing, 0, call.detail)
            for call in calls
        ]

    def _drop_idle_calls(self, plan, watches):
        """Forget calls for tickets on which nobody waits: those stay quiet."""
        watched = {watch.ticket_id for watch in watches}
        rest = [one for one in plan.watched_tickets if one not in watched]
        if not rest:
            return
        rows = self.env.execute_query(
            SQL(
                """
            SELECT clock.id
              FROM %s AS clock
             WHERE clock.id IN %s
               AND (clock.idle_reason IS NOT NULL OR clock.waiting_since IS NULL)
                """,
                self.env["helpdesk.escalation.clock"]._table_sql,
                tuple(rest),
            )
        )
        self.env["helpdesk.escalation.call"].search(
            [("ticket_id", "in", [row[0] for row in rows])]
        ).unlink()

    # ------------------------------------------------------------------
    # What comes of it
    # ------------------------------------------------------------------

    def _raise_causes(self, plan, ticket_ids):
        """Open or raise the incidents of tickets that a trigger meets (R6).

        Everything is looked at again, after the lock. The incident keeps the causes;
        each says at which step it starts. Nobody is told yet.

        :return: the incidents that start at a step
        """
        incident_model = self.env["helpdesk.escalation.incident"]
        if not (plan.watched_policies or plan.watched_tickets):
            return incident_model
        searched = []
        watches = self._get_watches(
            plan,
            self._read_cases(plan.now, ticket_ids),
            self._read_waiting(plan, ticket_ids),
        )
        found = self._find_causes(plan, watches, searched)
        by_ticket = {}
        for one in found:
            by_ticket.setdefault(one.ticket_id, []).append(one)
        raised = [watch for watch in watches if watch.ticket_id in by_ticket]
        opening = [watch for watch in raised if not watch.incident_id]
        opened = self._open(
            [
                (w.ticket_id, w.policy_id, w.anchor_date, w.anchor_message_id)
                for w in opening
            ]
        )
        incidents = opened + incident_model.browse(
            watch.incident_id for watch in raised if watch.incident_id
        )
        policies = {watch.ticket_id: watch.policy_id for watch in raised}
        values = [
            self._prepare_cause(
                incident, plan.policies.browse(policies[incident.ticket_id.id]), one
            )
            for incident in incidents
            for one in by_ticket[incident.ticket_id.id]
        ]
        causes = self.env["helpdesk.escalation.cause"].create(values)
        self.env["helpdesk.escalation.scan"]._keep(searched)
        self.env["helpdesk.escalation.call"].search(
            [("ticket_id", "in", list(policies))]
        ).unlink()
        self._tell_causes(causes.filtered(lambda c: c.incident_id.step_date))
        return causes.filtered("step_id").incident_id

    def _prepare_cause(self, incident, policy, found):
        return {
            "incident_id": incident.id,
            "kind": found.kind,
            "trigger_id": found.trigger.id,
            "detail": found.detail,
            "message_id": found.message_id or False,
            "round": incident.round,
            "step_id": self._get_start_step(incident, policy, found).id,
        }

    def _get_start_step(self, incident, policy, found):
        """Say at which step a cause starts; none when it is as far, or confirmed."""
        step_model = self.env["helpdesk.escalation.step"]
        if incident.state != "active":
            return step_model
        wanted = found.trigger.step_id or self._get_called_step(incident, policy)
        if wanted.policy_id != policy:
            # Deleted, or of the policy that counted before.
            wanted = step_model
        steps = policy.step_ids.sorted()
        if wanted:
            steps = steps[list(steps).index(wanted) :]
        for step in steps:
            if not step._is_passed_over(incident):
                far_enough = incident.step_date and step.delay <= incident.fired_delay
                return step_model if far_enough else step
        return step_model

    def _get_called_step(self, incident, policy):
        calls = self.env["helpdesk.escalation.call"].search(
            [
                ("ticket_id", "=", incident.ticket_id.id),
                ("step_id.policy_id", "=", policy.id),
            ]
        )
        return calls.step_id.sorted()[:1]

    def _pass_over_earlier(self, incidents):
        """Leave out the steps before the one that a cause started at (R6).

        Those that were due in the same run have fired in it.
        """
        for incident in incidents:
            started = incident.cause_ids.filtered(
                lambda cause, incident=incident: cause.round == incident.round
            ).step_id
            floor = max(started.mapped("delay"), default=0) - 1
            if floor > incident.floor_delay:
                incident.floor_delay = floor

    def _get_opening_words(self, incident):
        words = super()._get_opening_words(incident)
        if self.env["helpdesk.escalation.call"]._may_have_causes() and (
            incident.cause_text
        ):
            return f"{words} {incident.cause_text}."
        return words

    def _tell_causes(self, causes):
        """Say in the chatter of an open incident that there is one more reason (R9)."""
        for speaking in self._in_company_terms(causes.incident_id):
            bodies = {}
            for incident in speaking:
                fresh = causes.filtered(lambda c, i=incident: c.incident_id == i)
                names = fresh.with_env(incident.env).mapped("display_name")
                bodies[incident] = incident.env._(
                    "One more reason: %s.", ", ".join(names)
                )
            self.env["helpdesk.escalation.incident"]._log_on_tickets(bodies)
