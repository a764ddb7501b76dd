"""What the tests of absences share."""

from datetime import timedelta

from .common import TEAM, EscalationCommon


class AwayCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.substitute = cls._new_user("esc_substitute", TEAM)
        cls.second = cls._new_user("esc_second", TEAM)
        cls.agent.escalation_substitute_id = cls.substitute

    def _send_away(self, user, days=1):
        user.write(
            {
                "out_of_office_from": self.t0 - timedelta(days=1),
                "out_of_office_to": self.t0 + timedelta(days=days),
            }
        )

    def _skipped(self, ticket):
        lines = self._incident(ticket).notification_ids
        return {line.user_id: line.reason for line in lines if line.state == "skipped"}
