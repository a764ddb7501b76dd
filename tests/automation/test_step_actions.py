"""Steps that do more than tell, the action "Escalate", orders and the starter set."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.helpdesk_mgmt.models.helpdesk_ticket import HelpdeskTicket

from ..support.common import EscalationCommon

MODELS = "odoo.addons.helpdesk_escalation.models"
HERE = f"{MODELS}.automation.helpdesk_escalation_notification"


class TestStepActions(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.step = cls.policy.step_ids[1]
        cls.above = cls.env["helpdesk.ticket.team"].create(
            {"name": "Specialists", "user_ids": [Command.set(cls.leader.ids)]}
        )
        cls.team.parent_id = cls.above

    def _log(self, ticket, action):
        return self.notifications.search(
            [("ticket_id", "=", ticket.id), ("action", "=", action)]
        )

    def test_a_step_assigns_raises_tags_and_adds_followers(self):
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Late"})
        self.step.write(
            {
                "assign_to": "notified",
                "raise_priority": "3",
                "add_tag_ids": [Command.set(tag.ids)],
                "add_follower_ids": [Command.set(self.director.ids)],
            }
        )
        ticket = self._new_ticket(0)
        self._run(10)
        self.assertEqual((ticket.user_id, ticket.priority), (self.agent, "1"))
        self._run(30)
        self.assertEqual((ticket.user_id, ticket.priority), (self.leader, "3"))
        self.assertEqual(ticket.tag_ids, tag)
        self.assertIn(self.director.partner_id, ticket.message_partner_ids)
        self.assertIn((self.leader, "email"), self._told(ticket))
        done = self.notifications.search([("channel", "=", "action")])
        self.assertEqual(set(done.mapped("state")), {"sent"})
        self.assertEqual(
            done.filtered(lambda line: line.action == "assign").reason,
            "Assigned to esc_leader.",
        )
        self.assertIn(
            "Assigned to esc_leader. Priority raised", self._notes(ticket)[-1]
        )
        self._staff_answers(ticket, 35)
        self._run(40)
        self.assertEqual(ticket.priority, "3", "nothing is undone at the end")

    def test_a_moved_ticket_stays_escalated_and_is_assigned_in_the_new_team(self):
        """The team above has no policy of its own."""
        self.step.write({"move_to": "parent", "assign_to": "notified"})
        ticket = self._new_ticket(0)
        self._run(10)
        self._run(30)
        self.assertEqual((ticket.team_id, ticket.user_id), (self.above, self.leader))
        self.assertIn("esc_agent is not a member", self._log(ticket, "move").reason)
        self._run(60)
        self.assertIn((self.director, "email"), self._told(ticket))

    def test_a_moved_ticket_keeps_the_policy_only_where_no_other_counts_for_it(self):
        """What the new team's policy asks for is judged by the ticket as moved."""
        self.step.move_to = "parent"
        urgent = self._new_policy("Urgent only", {"delay": 5})
        urgent.condition = "[('priority', '=', '3'), ('team_id.name', 'like', 'Sp')]"
        self.above.escalation_policy_id = urgent
        plain, pressing = tickets = self._new_ticket(0) + self._new_ticket(0)
        pressing.priority = "3"
        self._run(10)
        self._run(30)
        self.assertEqual(tickets.team_id, self.above)
        self.assertEqual(plain.escalation_policy_id, self.policy)
        self.assertFalse(pressing.escalation_policy_id)
        for ticket, policy in (plain, self.policy), (pressing, urgent):
            self.assertEqual(ticket.effective_escalation_policy_id, policy)
            self.assertEqual(self._incident(ticket).state, "active")

    def test_a_ticket_that_an_automation_closes_meanwhile_is_settled_at_once(self):
        """Whatever follows from what a step does counts like a deed of a person."""
        self.step.move_to = "parent"
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        write = HelpdeskTicket.write

        def close_too(ticket, vals):
            result = write(ticket, vals)
            if vals.get("team_id") == self.above.id:
                ticket.stage_id = closed
            return result

        ticket = self._new_ticket(0)
        self._run(10)
        with patch.object(HelpdeskTicket, "write", close_too):
            self._run(30)
        self.assertEqual(self._incident(ticket).resolution, "closed_waiting")

    def test_who_is_no_member_is_not_assigned_and_the_log_says_why(self):
        self.step.write({"assign_to": "user", "assign_user_id": self.director.id})
        ticket = self._new_ticket(0)
        self._run(30)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(self._log(ticket, "assign").state, "failed")
        self.assertIn("only members of Support", self._log(ticket, "assign").reason)
        self.assertIn((self.leader, "email"), self._told(ticket))

    @mute_logger(HERE)
    def test_what_another_module_refuses_is_marked_and_people_are_told(self):
        self.step.write({"raise_priority": "3", "assign_to": "notified"})
        ticket = self._new_ticket(0)
        ticket_class = type(self.env["helpdesk.ticket"])
        write = ticket_class.write

        def refuse(tickets, vals):
            if "priority" in vals:
                write(tickets, vals)
                raise UserError("Priorities are frozen.")
            return write(tickets, vals)

        self.patch(ticket_class, "write", refuse)
        self._run(30)
        self.assertEqual(ticket.priority, "1")
        self.assertEqual(self._log(ticket, "priority").state, "failed")
        self.assertIn("Priorities are frozen.", self._notes(ticket)[-1])
        self.assertEqual(ticket.user_id, self.leader, "the others are done")
        self.assertIn((self.leader, "email"), self._told(ticket))

    def test_a_ticket_that_somebody_holds_is_acted_on_later(self):
        self.step.raise_priority = "3"
        ticket = self._new_ticket(0)
        ticket_class = type(self.env["helpdesk.ticket"])
        lock = ticket_class.try_lock_for_update
        nobody = self.env["helpdesk.ticket"]
        self.patch(ticket_class, "try_lock_for_update", lambda *a, **k: nobody)
        self._run(30)
        self.assertIn((self.leader, "email"), self._told(ticket))
        self.assertEqual(self._log(ticket, "priority").state, "pending")
        self.patch(ticket_class, "try_lock_for_update", lock)
        self._run(35)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(self._log(ticket, "priority").state, "sent")

    def test_the_client_is_told_once_in_their_language_and_it_is_no_answer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.lang = "fr_FR"
        template = self.env.ref("helpdesk_escalation_automation.mail_template_client")
        template.with_context(lang="fr_FR").subject = "Votre demande"
        self.policy.step_ids.tell_client = True
        self.policy.standard = "INTERNAL"
        ticket = self._new_ticket(0)
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self._run(10)
            to_client = self._new_mails.filtered(
                lambda mail: self.client in mail.recipient_ids
            )
            self._run(30)
            self._run(60)
        self.assertEqual(to_client.subject, "Votre demande")
        self.assertEqual(to_client.recipient_ids, self.client)
        for internal in ("INTERNAL", "Standard", "esc_", "confirm"):
            self.assertNotIn(internal, to_client.body_html)
        sent = self._new_mails.filtered(lambda mail: self.client in mail.recipient_ids)
        self.assertEqual(len(sent), 1)
        self.assertFalse(to_client.mail_message_id.escalation_party)
        self.assertIn((self.director, "email"), self._told(ticket))

    def test_it_is_off_by_default_and_what_is_missing_is_asked_for(self):
        self.assertFalse(self.step.tell_client)
        with self.assertRaises(ValidationError):
            self.step.move_to = "team"
        with self.assertRaises(ValidationError):
            self.step.write({"move_to": False, "assign_to": "user"})


class TestEscalateAction(EscalationCommon):
    def _new_action(self, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Server down",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "helpdesk_escalation",
                **values,
            }
        )

    def test_the_action_menu_escalates_those_on_which_a_client_waits(self):
        waiting, answered = self._new_ticket(0), self._new_ticket(0)
        self._staff_answers(answered, 1)
        action = self._new_action().with_user(self.manager)
        note = action.with_context(
            active_model="helpdesk.ticket", active_ids=(waiting + answered).ids
        ).run()
        self.assertIn("1 of 2", note["params"]["message"])
        self._run(2)
        incident = self._incident(waiting)
        self.assertEqual(incident.cause_text, "Automation: Server down")
        self.assertEqual(self._told(waiting), [(self.agent, "activity")])
        self.assertFalse(answered.escalation_incident_ids)

    def test_with_a_policy_and_a_step(self):
        other = self._new_policy("Outage", {"delay": 5}, {"delay": 50})
        other.step_ids[1].recipient = "team_leader"
        ticket = self._new_ticket(0)
        self._new_action(
            escalation_policy_id=other.id, escalation_step_id=other.step_ids[1].id
        ).with_context(active_model="helpdesk.ticket", active_ids=ticket.ids).run()
        self._run(1)
        self.assertEqual(self._incident(ticket).policy_id, other)
        self.assertEqual(self._told(ticket), [(self.leader, "activity")])

    def test_it_is_for_tickets_only(self):
        with self.assertRaises(ValidationError):
            self._new_action(model_id=self.env["ir.model"]._get_id("res.partner"))


class TestOrdersAndStarterSet(EscalationCommon):
    def test_the_mail_and_the_incident_show_authority_and_standard(self):
        self.team.escalation_authority = "Refunds up to 100"
        self.policy.standard = "Hand over what was tried"
        ticket = self._new_ticket(0)
        with self.mock_mail_gateway(mail_unlink_sent=False):
            self._run(30)
        incident = self._incident(ticket)
        for words in ("Refunds up to 100", "Hand over what was tried"):
            self.assertIn(words, self._new_mails.body_html)
            self.assertIn(words, (incident.authority, incident.standard))

    def test_one_click_makes_three_policies_and_another_one_none(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.manager.lang = "de_DE"
        policies = self.policies.with_user(self.manager)
        self.policies.search([]).action_archive()
        start = self.incidents.with_user(self.manager)._get_dashboard_start()
        self.assertEqual(
            start["buttons"][0]["action"]["res_model"], "helpdesk.escalation.starter"
        )
        action = policies.action_create_starter_set()
        made = policies.search(action["domain"])
        self.assertEqual(len(made), 3)
        self.assertEqual(made.step_ids.mapped("delay"), [15, 30, 60] * 3)
        words = made.trigger_ids.filtered(lambda t: t.kind == "keyword")[0].keywords
        self.assertIn("kündigen", words)
        self.assertIn("refund*", words)
        again = policies.action_create_starter_set()
        self.assertEqual(policies.search(again["domain"]), made)
        self.client_company.category_id = self.env["res.partner.category"].search(
            [("name", "=", "VIP")]
        )
        self.team.escalation_policy_id = made.filtered(
            lambda policy: policy.starter_key == "vip"
        )
        ticket = self._new_ticket(0, name="Kuendigung? KÜNDIGUNG!")
        made.sudo().start_date = False
        self._run(1)
        causes = self._incident(ticket).cause_ids.mapped("display_name")
        self.assertEqual(causes, ["Keyword: Kündigung", "Client: Carla Client"])
        self.assertEqual(
            self._told(ticket), [(self.leader, "email")], "the leader at once"
        )
