"""R14 on the screens: what loads for whom, and what works in a real browser."""

import json
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tools.safe_eval import safe_eval

from ..support.common import OWN, EscalationCommon, PatientHttpCase

MODULE = "helpdesk_escalation"
INCIDENT_VIEW = f"{MODULE}.helpdesk_escalation_incident_view"


class TestScreens(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.helper = cls._new_user("esc_helper", OWN)

    def _ours(self, model):
        data = self.env["ir.model.data"].search(
            [("module", "=like", f"{MODULE}%"), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id"))

    def _arch(self, user, model, view_type="form", view=None):
        view = view and self.env.ref(view)
        result = self.env[model].with_user(user).get_view(view and view.id, view_type)
        return etree.fromstring(result["arch"])

    def _field_names(self, *args, **options):
        return set(self._arch(*args, **options).xpath("//field/@name"))

    def test_every_action_opens_all_its_views(self):
        actions = self._ours("ir.actions.act_window")
        self.assertEqual(
            set(filter(None, actions.mapped("path"))),
            {
                "escalated",
                "escalated-to-me",
                "escalations",
                "escalation-analysis",
                "escalation-causes",
                "escalation-chat-rooms",
                "escalation-handovers",
                "escalation-heartbeats",
                "escalation-policies",
                "escalation-rates",
                "escalation-substitutes",
                "escalation-webhooks",
                "my-shifts",
                "on-call",
                "on-call-changes",
                "on-call-rotas",
            },
        )
        for user in self.helper, self.manager:
            for action in actions:
                if action.group_ids and not action.group_ids & user.all_group_ids:
                    continue
                with self.subTest(user=user.login, action=action.name):
                    model = self.env[action.res_model].with_user(user)
                    views = [*action.views, (action.search_view_id.id, "search")]
                    loaded = model.get_views(views)["views"]
                    self.assertEqual(set(loaded), {kind for _id, kind in views})
                    specification = {
                        name: {}
                        for name in self._shown(loaded)
                        if name in model._fields
                    }
                    model.web_search_read([], specification, limit=5)

    def _shown(self, views):
        """The names of the fields that the lists and cards show."""
        return {
            field.get("name")
            for kind in ("list", "kanban")
            if kind in views
            for field in etree.fromstring(views[kind]["arch"]).iter("field")
        }

    def test_every_form_that_we_extend_loads_with_what_we_add(self):
        added = {
            "helpdesk.ticket": {
                "escalation_ai_proposal_ids",
                "escalation_handover_incident_id",
                "escalation_muted",
                "escalation_status_text",
            },
            "helpdesk.ticket.team": {"escalation_policy_id", "escalation_tier"},
            "res.partner": {"escalation_closing_sign_off", "escalation_policy_id"},
        }
        for user in self.helper, self.manager:
            for model, names in added.items():
                with self.subTest(user=user.login, model=model):
                    self.assertLessEqual(names, self._field_names(user, model))

    def test_a_step_has_a_page_with_all_that_it_can_do(self):
        """Where the button View in a policy's list of steps leads."""
        arch = self._arch(self.manager, "helpdesk.escalation.step")
        names = arch.xpath("//sheet//group[not(ancestor::group)]/@name")
        self.assertEqual(names, ["whom", "condition", "actions"])

    def test_who_is_not_in_the_helpdesk_sees_nothing_of_it(self):
        self.assertNotIn(
            "escalation_policy_id", self._field_names(self.director, "res.partner")
        )

    def test_everybody_chooses_a_substitute_in_the_preferences(self):
        names = self._field_names(
            self.director, "res.users", view="base.view_users_form_simple_modif"
        )
        self.assertIn("escalation_substitute_id", names)
        self.assertIn("escalation_chat_service", names)
        self.director.with_user(self.director).escalation_substitute_id = self.leader
        self.assertEqual(self.director.escalation_substitute_id, self.leader)

    def test_the_settings_have_a_place_of_their_own(self):
        arch = self._arch(self.env.ref("base.user_admin"), "res.config.settings")
        block = arch.xpath("//app[@name='helpdesk_mgmt']/block[@name='escalation']")
        self.assertEqual(
            block[0].xpath(".//field/@name"),
            [
                "escalation_policy_id",
                "escalation_link_hours",
                "escalation_link_login",
                "escalation_reply_words",
                "escalation_words_days",
                "escalation_words_due",
                "escalation_notifications_days",
                "escalation_chat_services",
                "escalation_chat_private_hosts",
                "escalation_private_hosts",
            ],
        )

    def test_the_menus_are_there_for_whom_they_are(self):
        menus = self._ours("ir.ui.menu")
        on_call = {
            "Calendar",
            "Calendar Addresses",
            "Changes and Requests",
            "My Shifts",
            "On Call",
        }
        for user, names in [
            (self.director, set()),
            (self.helper, {"Escalations", "Handovers", *on_call}),
            (
                self.manager,
                {
                    "Escalations",
                    "Handovers",
                    "Escalation Causes",
                    "Escalation Phrases",
                    "Chat Rooms",
                    "Escalation Policies",
                    "Escalation Rates",
                    "Heartbeats",
                    "Model Proposals",
                    "On-Call Rotas",
                    "Substitutes",
                    "Try Steps on the Past",
                    "Webhooks",
                    *on_call,
                },
            ),
        ]:
            # A menu below one that is hidden is hidden too: only this knows.
            loaded = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            visible = menus.filtered(lambda menu, loaded=loaded: menu.id in loaded)
            self.assertEqual(set(visible.mapped("name")), names, user.login)

    # ------------------------------------------------------------------
    # The filters of the escalations
    # ------------------------------------------------------------------

    def _filter(self, name, user):
        """Search as the web client does when somebody clicks on a filter."""
        arch = self._arch(
            user, self.incidents._name, "search", f"{INCIDENT_VIEW}_search"
        )
        (domain,) = arch.xpath(f"//filter[@name='{name}']/@domain")
        return (
            self.incidents.with_user(user)
            .search(safe_eval(domain, {"uid": user.id}))
            .sudo()
            .ticket_id.mapped("name")
        )

    def test_the_filters_find_what_they_say(self):
        for name in "Waits", "Taken", "Silent", "Fails", "Unmailed", "Done", "Past":
            self._new_ticket(minute=0, name=name)
        self._run(10)
        by_name = {
            incident.ticket_id.name: incident
            for incident in self.incidents.search([("policy_id", "=", self.policy.id)])
        }
        by_name["Waits"].ticket_id.user_id = self.manager
        by_name["Silent"].nobody_reached = True
        by_name["Taken"]._confirm(self.leader, "ticket")
        by_name["Fails"].error = "No luck"
        by_name["Unmailed"].mail_failed = True
        by_name["Done"]._resolve("answered")
        by_name["Past"]._resolve("closed")
        by_name["Past"].resolved_date = fields.Datetime.now() - timedelta(days=2)

        still_open = {"Waits", "Taken", "Silent", "Fails", "Unmailed"}
        for name, expected in {
            "open": still_open,
            "active_incidents": still_open - {"Taken"},
            "confirmed": {"Taken"},
            "resolved_today": {"Done"},
            "nobody_reached": {"Silent"},
            "failed": {"Fails", "Unmailed"},
        }.items():
            found = set(self._filter(name, self.leader)) & set(by_name)
            self.assertEqual(found, expected, name)
        for user, name, expected in [
            (self.agent, "my_escalations", set(by_name)),
            (self.leader, "my_escalations", set(by_name)),
            (self.manager, "mine", {"Waits"}),
        ]:
            found = set(self._filter(name, user)) & set(by_name)
            self.assertEqual(found, expected, user.login)

    def test_after_the_last_step_no_next_one_is_shown(self):
        ticket = self._new_ticket(minute=0)
        self._run(31)
        incident = self._incident(ticket)
        self.assertIn("After 1h: email", incident.next_text)
        self._run(61)
        self.assertFalse(incident.next_text)


class TestBrowser(EscalationCommon, PatientHttpCase):
    STORY = """
        const find = async (selector, text = "") => {
            for (const end = Date.now() + 30000; Date.now() < end; ) {
                for (const element of document.querySelectorAll(selector)) {
                    if (element.textContent.includes(text)) {
                        return element;
                    }
                }
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
            throw new Error(`not on the page: ${selector} "${text}"`);
        };
        const story = async (first, second, whose) => {
            // On the card
            const card = await find(".o_kanban_record", first);
            const step = "Step 1 of 3 · Responsible · notification";
            if (!card.textContent.includes(step)) {
                throw new Error(`the card lacks its step: ${card.textContent}`);
            }
            card.querySelector("button[name=action_confirm]").click();
            await find(".o_kanban_record", `${whose} has been on it since`);

            // On the ticket
            const other = await find(".o_kanban_record", second);
            other.querySelector("button[name=action_open_ticket]").click();
            await find("[name=escalation_active]", "Escalated, step 1 of 3 since");
            (await find("button[name=action_escalation_confirm]")).click();
            await find("[name=escalation_confirmed]", `${whose} has been on it since`);
        };
        story(...%s).then(
            () => console.log("test successful"),
            (error) => console.error(error.message)
        );
    """

    def test_one_click_confirms_on_a_card_and_on_a_ticket(self):
        fire = self._new_ticket(minute=-15, name="Fire & <b>smoke</b>")
        flood = self._new_ticket(minute=-15, name="A flood in the cellar")
        self._run(0)
        words = [fire.name, flood.name, self.leader.name]
        self.browser_js(
            "/odoo/escalations", self.STORY % json.dumps(words), login=self.leader.login
        )
        self.env.invalidate_all()
        for ticket, via in (fire, "dashboard"), (flood, "ticket"):
            incident = self._incident(ticket)
            self.assertEqual(incident.state, "confirmed")
            self.assertEqual(incident.confirmed_by_id, self.leader)
            self.assertEqual(incident.confirmed_via, via)
