"""What the tests of how queries grow share."""

from .common import EscalationCommon


class GrowthCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.in_app = cls._new_policy(
            "In-app", {"delay": 10, "recipient": "responsible", "channel": "activity"}
        )
        cls.by_mail = cls._new_policy(
            "By mail", {"delay": 10, "recipient": "team_leader", "channel": "email"}
        )

    def _new_tickets(self, count, policy, minute=0, users=None):
        """Create tickets, each of another client, of one or some people in turns."""
        users = users or self.agent
        clients = self.env["res.partner"].create(
            [
                {"name": f"Client {number}", "parent_id": self.client_company.id}
                for number in range(count)
            ]
        )
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Printer {number} is on fire",
                    "description": "<p>Please help</p>",
                    "team_id": self.team.id,
                    "user_id": users[number % len(users)].id,
                    "partner_id": client.id,
                    "escalation_policy_id": policy.id,
                }
                for number, client in enumerate(clients)
            ]
        )
        self._date(tickets, minute)
        self._date(tickets.message_ids, minute)
        return tickets

    def _count_queries(self, work, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
