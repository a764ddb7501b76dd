"""S16: what was said goes from causes; which wish or priority it was stays."""

from odoo import Command

from ..support.triggers import TriggerCommon


class TestErasureOfCauses(TriggerCommon):
    def test_figures_stay(self):
        ticket = self._new_ticket(0)
        self._run(11)
        incident = self._incident(ticket)
        incident.cause_ids = [
            Command.create({"kind": kind, "detail": detail})
            for kind, detail in (
                ("priority", "2"),
                ("wish", "law: “I will sue: soon”"),
                ("strong", "“damn”"),
            )
        ]
        erasure = self.env["helpdesk.escalation.erasure"]
        erasure._erase_tickets(ticket)
        self.assertEqual(incident.cause_ids.mapped("detail"), ["2", "law", False])
        self.assertIn("threatens with a lawyer", incident.cause_text)
        left = dict(
            (words.model, records)
            for words, records in erasure._find_on_tickets(ticket)
        )
        self.assertFalse(left["helpdesk.escalation.cause"], "nothing to erase again")
