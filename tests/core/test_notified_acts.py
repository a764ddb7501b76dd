"""R8: whoever was notified can act, helpdesk user or not.

The director is in no helpdesk group: Odoo shows them no menu of it, no list and no
settings. They find what they were notified of without the mail.
"""

from lxml import etree

from odoo.exceptions import AccessError

from ..support.common import EscalationCommon


class TestNotifiedActs(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.director.name = "Dora Director"
        cls.ticket = cls._new_ticket(0)
        cls.other = cls._new_ticket(0, escalation_muted=True)

    def _menus(self, user=None):
        """The names of the apps that somebody has."""
        menus = self.env["ir.ui.menu"].with_user(user or self.director)
        loaded = menus.load_web_menus(False)
        apps = {loaded[menu]["name"] for menu in loaded["root"]["children"]}
        roots = menus.load_menus_root()["children"]
        self.assertLessEqual({menu["name"] for menu in roots}, apps)
        return apps

    def _list(self, user=None):
        action = self.env.ref("helpdesk_escalation.helpdesk_ticket_action_notified")
        tickets = self.env["helpdesk.ticket"].with_user(user or self.director)
        return tickets.search([("escalation_to_me", "=", True)]).with_env(
            self.env
        ) & self.env[action.res_model].search([])

    def test_the_menu_is_there_as_long_as_something_is_open(self):
        self.assertNotIn("Escalated to Me", self._menus())
        self._run(60)
        self.assertIn("Escalated to Me", self._menus())
        self.assertNotIn("Helpdesk", self._menus(), "nothing else of the helpdesk")
        self.assertEqual(self._list(), self.ticket)
        self.assertNotIn("Escalated to Me", self._menus(self.manager))
        self._staff_answers(self.ticket, 70)
        self._run(71)
        self.assertNotIn("Escalated to Me", self._menus())
        self.assertFalse(self._list())

    def test_a_helpdesk_user_finds_theirs_there_too(self):
        self._run(10)
        self.assertIn("Escalated to Me", self._menus(self.agent))
        self.assertEqual(self._list(self.agent), self.ticket)

    def test_it_stays_with_whoever_is_on_it(self):
        self._run(60)
        self.ticket.with_user(self.director).action_escalation_confirm()
        self.assertEqual(self._list(), self.ticket)
        self.assertFalse(self._list(self.agent), "nothing is left for the others to do")
        self.assertNotIn("Escalated to Me", self._menus(self.agent))

    def _form(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.director)
        return etree.fromstring(tickets.get_view(view_type="form")["arch"])

    def test_the_ticket_shows_banner_and_buttons_and_what_happened(self):
        self._run(60)
        ticket = self.ticket.with_user(self.director)
        arch = self._form()
        names = set(arch.xpath("//button/@name"))
        self.assertLessEqual(
            {"action_escalation_confirm", "action_escalation_no_answer_needed"}, names
        )
        self.assertNotIn("action_escalation_assign_me", names)
        shown = {
            name: {}
            for name in set(arch.xpath("//field/@name"))
            if name.startswith("escalation_")
        }
        self.assertNotIn("escalation_policy_id", shown)
        (values,) = ticket.web_read(shown)
        self.assertEqual(values["escalation_status"], "active")
        self.assertTrue(values["escalation_may_confirm"])
        self.assertTrue(values["escalation_may_waive"])
        self.assertIn("Escalated, step 3 of 3", values["escalation_status_text"])
        self.assertIn("Dora Director", values["escalation_history"])
        self.assertNotIn("/odoo/escalations/", values["escalation_history"])

        ticket.action_escalation_confirm()
        self.env.invalidate_all()
        (values,) = ticket.web_read(shown)
        self.assertEqual(values["escalation_status"], "confirmed")
        self.assertFalse(values["escalation_may_confirm"])
        self.assertIn("Dora Director", values["escalation_status_text"])

    def test_their_list_shows_it_too(self):
        self._run(60)
        action = self.env["ir.actions.act_window"].with_user(self.director)
        action = action._for_xml_id(
            "helpdesk_escalation.helpdesk_ticket_action_notified"
        )
        tickets = self.env["helpdesk.ticket"].with_user(self.director)
        for view_id, kind in action["views"]:
            if kind not in ("list", "kanban"):
                continue
            arch = etree.fromstring(tickets.get_view(view_id, kind)["arch"])
            self.assertTrue(arch.xpath("//button[@name='action_escalation_confirm']"))
            shown = {name: {} for name in arch.xpath("//field/@name")}
            found = tickets.web_search_read([("escalation_to_me", "=", True)], shown)
            self.assertEqual(found["length"], 1)
            self.assertTrue(found["records"][0]["escalation_may_confirm"])

    def test_of_other_tickets_they_see_nothing(self):
        self._run(60)
        self.other.message_subscribe(self.director.partner_id.ids)
        ticket = self.other.with_user(self.director)
        self.assertTrue(ticket.has_access("read"))
        self.assertFalse(ticket.escalation_status_text)
        self.assertFalse(ticket.escalation_history)
        self.assertFalse(ticket.escalation_may_confirm)
        with self.assertRaises(AccessError):
            ticket.search([("escalation_status", "=", "active")])

    def test_the_host_s_own_lists_and_cards_show_them_no_escalation(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.director)
        for kind in "list", "kanban":
            arch = etree.fromstring(tickets.get_view(view_type=kind)["arch"])
            names = arch.xpath("//field/@name")
            self.assertNotIn("escalation_status", names)

    def test_menus_cost_one_look(self):
        menus = self.env["ir.ui.menu"].with_user(self.director)
        menus.load_menus(False)
        with self.assertQueryCount(1):
            menus.load_menus(False)
