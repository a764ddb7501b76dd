"""Tickets closed while their client waited, in the numbers (R11)."""

from ast import literal_eval

from lxml import etree

from odoo.fields import Domain

from ..support.closing import ClosingCommon


class TestClosedWhileWaiting(ClosingCommon):
    def test_they_can_be_listed(self):
        waiting, muted = self._new_ticket(), self._new_ticket()
        self._run(11)
        self._close(waiting)
        muted.escalation_muted = True
        for model in ("helpdesk.escalation.incident", "helpdesk.escalation.report"):
            with self.subTest(model):
                records = self.env[model].with_user(self.manager)
                arch = etree.fromstring(records.get_view(view_type="search")["arch"])
                (one,) = arch.xpath("//filter[@string='Closed While Waiting']")
                found = records.search(
                    Domain(literal_eval(one.get("domain")))
                    & Domain("ticket_id", "in", (waiting + muted).ids)
                )
                self.assertEqual(found.ticket_id, waiting)

    def test_they_are_counted(self):
        tickets = [self._new_ticket() for _one in range(3)]
        self._run(11)
        self._close(tickets[0])
        self._staff_answers(tickets[1], 12)
        self.env.flush_all()
        ((share,),) = self.env["helpdesk.escalation.report"]._read_group(
            [("ticket_id", "in", [ticket.id for ticket in tickets])],
            [],
            ["is_closed_waiting:avg"],
        )
        self.assertEqual(share, 1 / 2, "of those that have ended")
