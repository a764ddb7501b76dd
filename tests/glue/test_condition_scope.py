"""What a condition may look at because glue offers it."""

from ..support.scope import ScopeCommon


class TestWhatAConditionMayLookAt(ScopeCommon):
    def test_what_another_add_on_adds_on_purpose_can_be_used(self):
        self._save("[('sla_expired', '=', False)]")
        self.assertFalse(self.policy.condition_error)
        self._assert_refused("[('ticket_sla_ids', '=', False)]", "ticket_sla_ids")
