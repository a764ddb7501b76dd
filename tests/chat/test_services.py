"""What real services get, in the form that their documentation asks for."""

import json
from unittest.mock import patch

from apprise.plugins.slack import NotifySlack

from ..support.chat import TOKEN, ChatCommon

SLACK = ("T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ")


class TestServices(ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.step_ids.sorted()[0].chat_room_id = cls.room = cls._new_room()

    def _post_to(self, address):
        self.room.address = address
        self._new_ticket(0)
        self._run_and_send(10)
        (post,) = self.server.posts
        return post, json.loads(post["text"])

    def _post_to_slack(self, address):
        """Apprise knows where Slack is: there, it is this machine."""
        webhooks = f"http://{self.server.host}/services"
        with patch.object(NotifySlack, "webhook_url", webhooks):
            return self._post_to(address)

    def test_slack(self):
        post, payload = self._post_to_slack(f"slack://{'/'.join(SLACK)}")
        self.assertEqual(self.room.service, "Slack")
        self.assertEqual(post["path"], f"/services/{'/'.join(SLACK)}")
        (attachment,) = payload["attachments"]
        self.assertIn("Waiting 10min", attachment["title"])
        self.assertIn("Notified: esc_agent.", attachment["text"])

    def test_slacks_webhook_as_slack_shows_it(self):
        webhook = f"https://hooks.slack.com/services/{'/'.join(SLACK)}"
        post, _payload = self._post_to_slack(webhook)
        self.assertEqual(post["path"], f"/services/{'/'.join(SLACK)}")

    def test_other_webhooks_as_the_services_show_them(self):
        for webhook, service in (
            (
                "https://prod-1.westus.logic.azure.com:443/workflows/643e69f83c8944/"
                "triggers/manual/paths/invoke?api-version=2016-06-01&sig=KODuebWbDGYFr0",
                "Power Automate / Workflows (for MSTeams)",
            ),
            (
                "https://chat.googleapis.com/v1/spaces/AAAABBBB/messages"
                "?key=AIzaSyDdI0hCZtE6vySjM&token=wZ1rqmbvMfdhFLWt",
                "Google Chat",
            ),
            (
                "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV",
                "Discord",
            ),
        ):
            with self.subTest(service):
                self.assertEqual(self._new_room(address=webhook).service, service)

    def test_mattermost(self):
        post, payload = self._post_to(self._mattermost())
        self.assertEqual(self.room.service, "Mattermost")
        self.assertEqual(post["path"], f"/hooks/{TOKEN}")
        self.assertIn("Waiting 10min", payload["text"])
        self.assertIn("Notified: esc_agent.", payload["text"])
        self.assertEqual(payload["username"], "Odoo")

    def test_ntfy(self):
        post, payload = self._post_to(f"ntfy://{self.server.host}/escalations")
        self.assertEqual(self.room.service, "ntfy")
        self.assertEqual((post["path"], payload["topic"]), ("/", "escalations"))
        self.assertIn("Waiting 10min", payload["title"])
        self.assertIn("Notified: esc_agent.", payload["message"])

    def test_gotify(self):
        post, payload = self._post_to(f"gotify://{self.server.host}/AbCdEfGhIjK.lMn")
        self.assertEqual(post["path"], "/message")
        self.assertEqual(post["headers"]["X-Gotify-Key"], "AbCdEfGhIjK.lMn")
        self.assertIn("Waiting 10min", payload["title"])

    def test_what_an_address_asks_for_beside_is_ours_to_say(self):
        """Time limits, attempts and redirects."""
        sender = self.env["helpdesk.escalation.chat.sender"]
        service = sender._load(f"{self._mattermost()}?rto=999&cto=999&redirect=yes")
        self.assertEqual(service.request_timeout, (4, 8))
        self.assertFalse(service.redirects)
        self.server.status = 500
        self._post_to(f"{self._mattermost()}?retry=5&wait=0")

    def test_nothing_of_it_is_fetched_from_elsewhere(self):
        """No pictures of the library's makers: only our own links."""
        _post, payload = self._post_to_slack(f"slack://{'/'.join(SLACK)}")
        self.assertNotIn("github", json.dumps(payload))
