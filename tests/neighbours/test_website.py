"""website: tickets come from its forms, and the page in a mail is not part of it."""

import json

from lxml import html

from ..support.common import EscalationCommon, PatientHttpCase


class TestWebsite(EscalationCommon, PatientHttpCase):
    def _assert_waits(self, ticket):
        ticket.write({"team_id": self.team.id, "user_id": self.agent.id})
        self._date(ticket, 0)
        self._date(ticket.message_ids, 0)
        self._run(11)
        self.assertEqual(self._told(ticket), [(self.agent, "activity")])

    def test_who_writes_in_a_form_of_the_website_waits(self):
        """As a stranger, and with what the form has beside the ticket's own fields."""
        model = self.env["ir.model"]._get("helpdesk.ticket")
        model.website_form_access = True
        names = ["name", "description", "partner_name", "partner_email"]
        self.env["ir.model.fields"].formbuilder_whitelist(model.model, names)
        answer = self.url_open(
            "/website/form/helpdesk.ticket",
            data={
                "name": "The printer is on fire",
                "description": "Please help",
                "partner_name": "Carla Client",
                "partner_email": self.client.email,
                "Floor": "Third",
            },
        )
        ticket = self.env["helpdesk.ticket"].browse(json.loads(answer.text)["id"])
        self.env.invalidate_all()
        self.assertIn("Third", " ".join(ticket.message_ids.mapped("body")))
        self._assert_waits(ticket)

    def test_who_asks_in_the_portal_waits(self):
        portal = self._new_user("esc_portal", "base.group_portal")
        self.authenticate(portal.login, portal.login)
        (token,) = html.fromstring(self.url_open("/new/ticket").text).xpath(
            "//form[contains(@action, 'submitted')]//input[@name='csrf_token']/@value"
        )
        self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": token,
                "subject": "The printer is on fire",
                "description": "Please help",
            },
        )
        ticket = self.env["helpdesk.ticket"].search(
            [("partner_id", "=", portal.partner_id.id)]
        )
        self._assert_waits(ticket)
        page = self.url_open(f"/my/ticket/{ticket.id}")
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("scalat", html.fromstring(page.text).text_content())

    def test_search_engines_are_shown_nothing_of_ours(self):
        self.assertNotIn("escalation", self.url_open("/sitemap.xml").text)
