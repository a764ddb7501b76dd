"""What the mail that a step sends to the client says it is."""

from ..support.hygiene import HygieneCommon


class TestTheMailToTheClient(HygieneCommon):
    def test_the_mail_to_the_client_that_a_step_sends(self):
        self.policy.step_ids[0].tell_client = True
        self._new_ticket(0)
        self._run(11)
        self._assert_automatic(self._send(), 1)
