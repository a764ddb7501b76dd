"""What the notice of a handover says it is."""

from datetime import timedelta

from ..support.handover import HandoverCommon
from ..support.hygiene import AUTOMATIC


class TestTheNoticeOfAHandover(HandoverCommon):
    def test_it_says_so_too(self):
        with self.mock_mail_gateway():
            self._escalate(tell_client=True, news_by=self.t0 + timedelta(days=1))
            self.env["mail.mail"].process_email_queue()
        notice = [m for m in self._mails if self.client.email in str(m["email_to"])]
        self.assertEqual(len(notice), 1)
        headers = notice[0]["headers"]
        self.assertEqual(headers, {**headers, **AUTOMATIC})
