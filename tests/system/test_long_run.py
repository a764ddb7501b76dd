"""A month of a busy helpdesk: what escalation leaves behind, and what it must not."""

from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from odoo import fields, sql_db
from odoo.tests import test_cursor
from odoo.tools import SQL

from ..support.common import EscalationCommon
from ..support.torture import dice, scale

pytestmark = pytest.mark.torture

START = datetime(2030, 1, 7, 8)
SHIFT = timedelta(hours=scale(24, 6))
# What may grow, and why: the helpdesk's own work, our history, Odoo's own books.
MAY_GROW = {
    "helpdesk_ticket",
    "mail_message",
    "mail_tracking_value",
    "helpdesk_escalation_confirmation",
    "helpdesk_escalation_incident",
    "helpdesk_escalation_notification",
    "ir_cron_progress",
}


class TestLongRun(EscalationCommon):
    """Tickets come in, people answer some, say "I'm on it" on some, forget others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write(
            {"repeat_count": 1, "confirm_expiry": 600, "reopen_on_client": True}
        )
        cls.done = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        cls.mail_queue = cls.env.ref("mail.ir_cron_mail_scheduler_action")
        cls.vacuum = cls.env.ref("base.autovacuum_job")
        jobs = cls.cron + cls.mail_queue + cls.vacuum
        jobs.nextcall = START
        cls.env["ir.cron.trigger"].search([("cron_id", "in", jobs.ids)]).unlink()

    def setUp(self):
        super().setUp()
        self.now = START
        stack = ExitStack()
        self.addCleanup(stack.close)
        for cursor in (sql_db.Cursor, test_cursor.TestCursor):
            stack.enter_context(patch.object(cursor, "now", lambda _cr: self.now))
        stack.enter_context(
            patch.object(fields.Datetime, "now", staticmethod(lambda *_args: self.now))
        )
        stack.enter_context(self.enter_registry_test_mode())

    # What happens ---------------------------------------------------------------

    def _new_tickets(self, count):
        return self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Printer {number} is on fire",
                    "description": "<p>Please help</p>",
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "partner_id": self.client.id,
                }
                for number in range(count)
            ]
        )

    def _say(self, tickets, author):
        """Say something on many tickets; the run, not the message, sees to the rest."""
        self.env["mail.message"].create(
            [
                {
                    "model": "helpdesk.ticket",
                    "res_id": ticket.id,
                    "body": "Well …",
                    "message_type": "comment",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "author_id": author.id,
                }
                for ticket in tickets
            ]
        )

    def _run_job(self, job=None):
        self.env.flush_all()
        self.assertIs((job or self.cron).method_direct_trigger(), True)
        self.env.invalidate_all()

    def _pick(self, tickets, share):
        return tickets.filtered(lambda _ticket: self.chance.random() < share)

    def _work_a_shift(self, tickets):
        """Do what people do in a few hours; return the tickets that stay open."""
        self._say(self._pick(tickets, 0.2), self.client)
        self._say(self._pick(tickets, 0.4), self.agent.partner_id)
        for ticket in self._pick(tickets, 0.02):
            # The slow way, with all that Odoo does around a message.
            ticket.with_user(self.agent).message_post(
                body="Done.", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        for incident in self._pick(tickets, 0.3).escalation_incident_id:
            if incident.state == "active":
                incident.with_user(self.leader).action_confirm()
        for activity in self._pick(tickets, 0.1).activity_ids[:2]:
            # Somebody throws their notification away.
            activity.unlink()
        closed = self._pick(tickets, 0.2)
        closed.stage_id = self.done
        archived = self._pick(tickets - closed, 0.02)
        archived.active = False
        muted = self._pick(tickets - closed - archived, 0.02)
        muted.escalation_muted = True
        return tickets - closed - archived - muted

    # What is left ---------------------------------------------------------------

    def _count_rows(self):
        """Count the rows of every table there is."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT relname FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        counts = Counter()
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(SQL("SELECT COUNT(*) FROM %s", SQL.identifier(table)))
            counts[table] = self.env.cr.fetchone()[0]
        return counts

    def test_a_month_leaves_history_and_nothing_else(self):
        self.chance = dice("long run")
        shifts = scale(7, 120)
        per_shift = scale(9, 42)
        before = self._count_rows()
        tickets = self.env["helpdesk.ticket"]
        most_triggers = most_open = 0
        for shift in range(shifts):
            tickets += self._new_tickets(per_shift)
            for minute in scale((31, 75), (11, 31, 75)):
                self.now = START + SHIFT * shift + timedelta(minutes=minute)
                self._run_job()
            triggers = self.env["ir.cron.trigger"].search_count(
                [("cron_id", "=", self.cron.id)]
            )
            most_triggers = max(most_triggers, triggers)
            most_open = max(most_open, len(tickets))
            tickets = self._work_a_shift(tickets)
            self._run_job(self.mail_queue)
            if shift % 20 == 6:
                self._run_job(self.vacuum)
        self._check_history(per_shift * shifts)
        tickets.stage_id = self.done
        # The last mails are seen to, and Odoo sweeps as it does every day.
        self._run_job(self.mail_queue)
        self._run_job()
        self.now += timedelta(days=8)
        self._run_job()
        self._run_job(self.vacuum)
        # Who answers follows the ticket, as always in Odoo.
        self.env["mail.followers"].search(
            [
                ("partner_id", "=", self.agent.partner_id.id),
                ("subtype_ids", "!=", False),
            ]
        ).unlink()
        self.assertLessEqual(most_triggers, 2)
        self.assertFalse(self.incidents.search([("state", "!=", "resolved")]))
        after = self._count_rows()
        grown = {
            table: (before[table], count)
            for table, count in after.items()
            if count > before[table]
        }
        self.assertEqual(set(grown) - MAY_GROW, set(), grown)
        self.assertLess(most_open, per_shift * 12, "the helpdesk kept up")

    def _check_history(self, count):
        """It was a lively month: all kinds of things have happened."""
        lines = self.notifications.search([])
        states = Counter(lines.mapped("state"))
        for state in ("sent", "cancelled"):
            self.assertGreater(states[state], count / 10)
        incidents = self.incidents.search([])
        self.assertGreater(len(incidents), count / 4)
        self.assertGreater(max(incidents.mapped("round")), 1)
