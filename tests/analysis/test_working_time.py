"""The trial on the past finds the moment at which a step fires."""

from datetime import datetime

from ..support.moments import LONG_BEFORE, MomentsCommon

LONG_AFTER = datetime(2027, 6, 1)


class TestMoments(MomentsCommon):
    def test_the_trial_on_the_past_finds_it(self):
        history = self.env["helpdesk.escalation.history"]
        waits = {
            wait.ticket_id: wait
            for wait in history._read_waits(
                self.waiting.ids, LONG_BEFORE, self.row_policies[0]
            )
        }
        found = []
        for ticket, policy in zip(self.waiting, self.row_policies, strict=True):
            hours = policy.calendar_id._escalation_working_time(policy.company_id)
            (moment,) = history._get_firings(
                waits[ticket.id],
                policy.count_from,
                policy.step_ids.mapped("delay"),
                hours,
                LONG_AFTER,
            )
            found.append(moment)
        self._assert_moments(found)
