"""R13, the dead man's switch: overdue and not shown, whatever the cause; and API."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..support.common import PatientHttpCase
from ..support.health import HealthCommon

ENGINE = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_engine_batch"
WATCH = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_health_watch"


class TestWatch(HealthCommon):
    def _watch(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self._dashboard(self.manager)["watch"]

    def _new_rule(self, model, **action):
        model = self.env["ir.model"]._get(model)
        rule = self.env["base.automation"].create(
            {
                "name": "Tell the pager",
                "model_id": model.id,
                "trigger": "on_create",
                "action_server_ids": [
                    Command.create(
                        {
                            "name": "Tell the pager",
                            "usage": "base_automation",
                            "model_id": model.id,
                            **action,
                        }
                    )
                ],
            }
        )
        # A rule patches the models; they are the same for all tests.
        self.addCleanup(self.env["base.automation"]._unregister_hook)
        return rule

    @mute_logger(ENGINE, "odoo.addons.base.models.ir_actions")
    def test_a_fault_at_the_creation_of_an_incident_is_shown(self):
        self._new_rule(
            "helpdesk.escalation.incident",
            state="code",
            code="raise UserError('The pager is broken')",
        )
        ticket = self._new_ticket(0)
        self._run(11)
        self.assertFalse(ticket.escalation_incident_ids)
        with self._at(19):
            self.assertNotIn("overdue", self._problems())
        with self._at(20):
            problem = self._problems()["overdue"]
            self.assertEqual(problem["level"], "danger")
            self.assertEqual(self._shown(problem), ticket)
            self.assertEqual(self._watch()["overdue"], 1)
            self.assertEqual(self._watch()["state"], "danger")

    def test_whatever_keeps_the_run_from_coming(self):
        ticket = self._new_ticket(0)
        self.cron.sudo().active = False
        with self._at(20):
            self.assertEqual(self._shown(self._problems()["overdue"]), ticket)
        self.cron.sudo().active = True
        self._run(20)
        with self._at(40):
            self.assertNotIn("overdue", self._problems(), "it has an incident")

    def test_what_is_not_due_or_counts_for_nobody_is_not_overdue(self):
        self._new_ticket(0, escalation_muted=True)
        answered = self._new_ticket(0)
        self._staff_answers(answered, 5)
        self._new_ticket(15)
        other = self.env["helpdesk.ticket.team"].create({"name": "Unwatched"})
        self._new_ticket(0, team_id=other.id)
        with self._at(20):
            self.assertNotIn("overdue", self._problems())

    def test_outside_working_hours_nothing_is_overdue(self):
        midnight = self.t0.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        self.policy.calendar_id = self._new_hours(range(7), 8, 17)
        self._new_ticket((midnight - self.t0) / timedelta(minutes=1) + 7 * 60)
        opening = (midnight - self.t0) / timedelta(minutes=1) + 8 * 60
        for minute, is_overdue in ((-10, False), (11, False), (19, False), (21, True)):
            with self._at(opening + minute):
                self.assertEqual("overdue" in self._problems(), is_overdue, minute)

    def test_what_has_just_changed_is_left_to_the_next_run(self):
        self._new_ticket(0, escalation_muted=True).escalation_muted = False
        self.env.flush_all()
        with self._at(30):
            self.cron.sudo().lastcall = self.t0 - timedelta(seconds=5)
            self.assertIn("overdue", self._problems(), "no run comes")
            self.cron.sudo().lastcall = self.t0 + timedelta(minutes=29)
            self.assertIn("overdue", self._problems(), "a run has passed it by")
        with self._at(30):
            self.cron.sudo().lastcall = self.t0 + timedelta(minutes=28)
            self.env.cr.execute(
                "UPDATE helpdesk_ticket SET write_date = %s",
                [self.t0 + timedelta(minutes=29)],
            )
            self.env.invalidate_all()
            self.assertNotIn("overdue", self._problems())

    @mute_logger(WATCH)
    def test_when_nobody_can_tell_that_is_said(self):
        engine = self.env.registry["helpdesk.escalation.engine"]
        self.patch(engine, "_read_waits", lambda *_args: 1 / 0)
        problem = self._problems()["watch"]
        self.assertEqual(problem["level"], "danger")
        self.assertIsNone(self._watch()["overdue"])

    def test_monitoring_has_names_that_stay(self):
        with self._at(0):
            self.cron.sudo().lastcall = fields.Datetime.now()
            self.assertEqual(
                self._watch(),
                {
                    "state": "ok",
                    "overdue": 0,
                    "last_run": fields.Datetime.to_string(self.t0),
                },
            )
        self.assertIsNone(self._dashboard(self.agent)["watch"])

    def test_looking_costs_the_same_however_many_wait(self):
        def cost():
            self._problems()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._problems()
            return self.env.cr.sql_log_count - before

        self._new_ticket(0)
        with self._at(20):
            few = cost()
        for _number in range(5):
            self._new_ticket(0)
        with self._at(20):
            self.assertLessEqual(cost(), few)

    # A copy to test with

    def test_a_neutralized_copy_says_so_and_offers_nothing(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.cron.sudo().active = False
        self.env.ref("mail.ir_cron_mail_scheduler_action").active = False
        self._new_ticket(0)
        with self._at(60):
            problem = self._one("neutralized")
            self.assertEqual(problem["level"], "info")
            self.assertFalse(problem["button"])
        health = self.env["helpdesk.escalation.health"].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "neutralized"):
            health.action_switch_on()
        self.assertFalse(self.cron.sudo().active)
        self.assertEqual(self._problems(self.agent), {})

    # Mails

    def test_a_mail_queue_that_is_off_is_named(self):
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        queue.active = False
        problem = self._one("mail_queue_off")
        self.assertEqual(problem["level"], "danger")
        self.assertIn("administrator", problem["text"])
        system = self._new_user(
            "esc_system", "helpdesk_mgmt.group_helpdesk_manager,base.group_system"
        )
        action = self._problems(system)["mail_queue_off"]["button"]["action"]
        self.assertEqual((action["res_model"], action["res_id"]), ("ir.cron", queue.id))
        self.policy.step_ids.channel = "activity"
        self.assertEqual(self._problems(), {}, "nobody wants mails")

    def test_mails_that_are_stuck_are_shown(self):
        self.env.ref("mail.ir_cron_mail_scheduler_action").active = True
        self._new_ticket(0)
        self._run(30)
        with self._at(44):
            self.assertNotIn("mails_stuck", self._problems())
        with self._at(45):
            problem = self._problems()["mails_stuck"]
            self.assertEqual(self._shown(problem).user_id, self.leader)

    # Rules that make the run wait

    def test_a_slow_rule_is_named_and_few_tickets_are_taken_at_a_time(self):
        engine = self.env["helpdesk.escalation.engine"]
        many = list(range(300))
        self.assertEqual(engine._get_batch_size(many), 200)
        rule = self._new_rule(
            "helpdesk.escalation.incident",
            state="webhook",
            webhook_url="http://localhost:1/",
        )
        self.assertLess(engine._get_batch_size(many), 20)
        self.assertEqual(self._problems(), {}, "it may be quick")
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            engine.with_env(engine.env(cr=cr))._note_slowness(5, 5.5)
        text = self._one("slow_run")["text"]
        self.assertIn("Tell the pager", text)
        self.assertIn("1.1 seconds", text)
        rule.active = False
        self.assertNotIn("pager", self._one("slow_run")["text"])
        with self._at(24 * 60 + 1):
            self.assertNotIn("slow_run", self._problems())

    def test_many_tickets_at_once_are_not_slow(self):
        engine = self.env["helpdesk.escalation.engine"]
        engine._note_slowness(200, 12.0)
        engine._note_slowness(1, 2.0)
        self.assertEqual(self._problems(), {})


class TestPrograms(HealthCommon, PatientHttpCase):
    """Over Odoo's external API, as monitoring and chat bots do."""

    def _call(self, model, method, user, **arguments):
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "Monitoring", fields.Datetime.now() + timedelta(days=1))
        )
        response = self.url_open(
            f"/json/2/{model}/{method}",
            json=arguments,
            method="POST",
            headers={"Authorization": f"bearer {key}"},
        )
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()

    def test_monitoring_from_outside(self):
        self._new_ticket(-60)
        self.cron.sudo().lastcall = False
        watch = self._call(
            "helpdesk.escalation.incident", "get_dashboard", self.manager
        )["watch"]
        self.assertEqual(watch["overdue"], 1)
        self.assertEqual(watch["state"], "danger")
        self.assertIs(watch["last_run"], False)

    def test_a_program_says_im_on_it(self):
        ticket, other = self._new_ticket(0), self._new_ticket(0)
        self._run(11)
        result = self._call(
            "helpdesk.ticket", "action_escalation_confirm", self.agent, ids=ticket.ids
        )
        self.assertIs(result, True)
        incident = self._incident(ticket)
        self.assertEqual(incident.confirmed_by_id, self.agent)
        self.assertEqual(incident.confirmed_via, "api")
        late = self._call(
            "helpdesk.escalation.incident",
            "action_confirm",
            self.leader,
            ids=incident.ids,
        )
        self.assertEqual(late["tag"], "display_notification")
        self.assertIn("esc_agent", late["params"]["message"])
        again = self._call(
            "helpdesk.escalation.incident",
            "action_confirm",
            self.agent,
            ids=incident.ids,
        )
        self.assertIs(again, True)
        # On a screen it is the screen, with or without a program's help.
        self._incident(other).with_user(self.leader).action_confirm()
        self.assertEqual(self._incident(other).confirmed_via, "dashboard")

    def test_over_xml_rpc_too(self):
        ticket = self._new_ticket(0)
        self._run(11)
        password = "esc_agent"
        uid = self.xmlrpc_common.login(self.env.cr.dbname, "esc_agent", password)
        arguments = (self.env.cr.dbname, uid, password, "helpdesk.escalation.incident")
        result = self.xmlrpc_object.execute_kw(
            *arguments, "action_confirm", [self._incident(ticket).ids]
        )
        self.assertIs(result, True)
        self.env.invalidate_all()
        self.assertEqual(self._incident(ticket).confirmed_via, "api")
