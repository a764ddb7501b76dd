"""R8 and R14: who sees and does what, and nobody anything else (S11).

Every door stands in a table: models and methods in ``TestWhoMay``, routes in
``TestRoutes``, all other kinds in ``TestDoors``, what is handed over by hand in
test_handover_access.py, who is on duty in test_on_call_access.py. What is in no table
fails, whoever adds it.
"""

from contextlib import closing
from datetime import timedelta
from inspect import isfunction
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tools import hash_sign, mute_logger

from ..support import doors
from ..support.access import ADDONS, LINK, ODOO_METHODS, AccessCommon, WhoMayCommon
from ..support.common import MANAGER, TEAM, USER, PatientHttpCase
from ..support.handover import HANDOVER_METHODS, HANDOVER_MODELS
from ..support.model_server import SUMMARY_METHODS
from ..support.on_call import ON_CALL_METHODS, ON_CALL_MODELS

# Fields of the ticket that employees see of what they were notified of (R8); empty on
# all other tickets: test_who_was_not_notified_is_shown_nothing.
SHOWN_TO_NOTIFIED = {
    "escalation_handover_body",
    "escalation_history",
    "escalation_last_message_id",
    "escalation_may_confirm",
    "escalation_may_hand_back",
    "escalation_may_snooze",
    "escalation_may_wake",
    "escalation_may_waive",
    "escalation_next_text",
    "escalation_status",
    "escalation_status_text",
    "escalation_to_me",
}


# What shows auditors something, or is about themselves.
AUDITOR_MAY = {
    ("helpdesk.escalation.chat.address", "action_save"),
    ("helpdesk.escalation.chat.address", "action_test"),
    ("helpdesk.escalation.chat.address", "action_use_discuss"),
    ("helpdesk.escalation.incident", "action_confirm_until"),  # a dialog for others
    ("helpdesk.escalation.incident", "action_open_ticket"),
    ("helpdesk.escalation.incident", "action_release"),  # here it is theirs
    ("helpdesk.escalation.incident", "action_same_cause"),  # a dialog for others
    ("helpdesk.escalation.incident", "get_dashboard"),
    ("helpdesk.escalation.policy", "action_choose_teams"),
    ("helpdesk.escalation.policy", "action_view_clients"),
    ("helpdesk.escalation.policy", "action_view_incidents"),
    ("helpdesk.escalation.policy", "action_view_teams"),
    ("helpdesk.escalation.policy", "action_view_tickets"),
    ("helpdesk.escalation.policy", "action_view_waiting"),
    ("helpdesk.escalation.webhook", "action_view_deliveries"),
    ("helpdesk.ticket", "action_escalation_answer_all"),  # a dialog for others
    ("helpdesk.ticket", "action_escalation_open"),
    ("helpdesk.ticket", "action_escalation_same_cause"),  # a dialog for others
    ("helpdesk.ticket", "action_escalation_view_same_cause"),
    ("helpdesk.ticket.team", "action_view_escalations"),
    ("res.partner", "action_view_escalations"),
}


def with_auditor(records, name, people):
    return people | ({"auditor"} if (records._name, name) in AUDITOR_MAY else set())


def snooze(ticket):
    def snooze_in_the_dialog(dialogs):
        values = {"ticket_id": ticket.id, "reason": "Monday"}
        return dialogs.create(values).action_snooze()

    return snooze_in_the_dialog


def wake(name, incident, user):
    def press_while_it_sleeps(records):
        until = records.env.cr.now() + timedelta(hours=1)
        incident._snooze_checked(user, until, "Monday", "ticket")
        return getattr(records, name)()

    return press_while_it_sleeps


def press(name):
    return lambda records: getattr(records, name)()


def create_starters(dialogs):
    return dialogs.create({"calendar_id": False}).action_create()


class TestWhoMay(WhoMayCommon):
    """Every kind of user at every model and method."""

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.assertEqual(len(self.incident.notification_ids), 2)

    # ------------------------------------------------------------------
    # The table of models: every new one must be in it
    # ------------------------------------------------------------------

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_model(self):
        nobody = set()
        managers = {"manager", "manager elsewhere"}
        exporters = self.env.ref("base.group_allow_export")
        self.env.ref("base.group_user").implied_ids += exporters
        clock = self.env["helpdesk.escalation.clock"].browse(self.ticket.id)
        trigger = self.env["helpdesk.escalation.trigger"].create(
            {"policy_id": self.spare.id, "kind": "keyword", "keywords": "refund"}
        )
        cause = self.env["helpdesk.escalation.cause"].create(
            {"incident_id": self.incident.id, "kind": "keyword", "detail": "refund"}
        )
        former = self.env["helpdesk.escalation.confirmation"].create(
            {
                "incident_id": self.incident.id,
                "user_id": self.director.id,
                "date": self.t0,
                "ended_date": self.t0,
            }
        )
        ticket = {"ticket_id": self.ticket.id}
        call = self.env["helpdesk.escalation.request"].create({**ticket, "detail": "X"})
        message = self._staff_answers(self.ticket, 1)
        delivery = self.env["helpdesk.escalation.delivery"]._add(message, reason="X")
        scan = self.env["helpdesk.escalation.keyword.scan"].create(
            {**ticket, "signature": "X", "date": self.t0}
        )
        phrase = self.env["helpdesk.escalation.phrase"].create(
            {"topic": "strong", "phrase": "blockhead"}
        )
        usual_wait = self.env["helpdesk.escalation.usual.wait"].create(
            {
                "policy_id": self.policy.id,
                "team_id": self.team.id,
                "minutes": 1,
                "answer_count": 20,
            }
        )
        dialog = self.env["helpdesk.escalation.confirm"].create(
            {"incident_id": self.incident.id}
        )
        snooze = self.env["helpdesk.escalation.snooze"].create(
            {**ticket, "reason": "X", "preset": "tomorrow"}
        )
        set_policy = self.env["helpdesk.escalation.set.policy"].create(
            {"ticket_ids": [Command.set(self.ticket.ids)]}
        )
        starter = self.env["helpdesk.escalation.starter"].create({"calendar_id": False})
        same_cause = self.env["helpdesk.escalation.same.cause"].create(
            {"cause_ticket_id": self.ticket.id, "ticket_ids": self.ticket.ids}
        )
        answer_all = self.env["helpdesk.escalation.answer.all"].create(ticket)
        erase = self.env["helpdesk.escalation.erase"].create(
            {"partner_id": self.client.id}
        )
        incident_figures = self.env["helpdesk.escalation.report"].browse(
            self.incident.id
        )
        ticket_figures = self.env["helpdesk.escalation.ticket.report"].browse(
            self.ticket.id
        )
        self.env.flush_all()
        cause_figures = self.env["helpdesk.escalation.cause.report"].search(
            [("ticket_id", "=", cause.ticket_id.id), ("kind", "=", cause.kind)], limit=1
        )
        tuning = self.env["helpdesk.escalation.tuning"].create(
            {"policy_id": self.policy.id}
        )
        backtest = self.env["helpdesk.escalation.backtest"]
        backtest = backtest.create(backtest._prepare(self.spare.copy()))[0]
        backtest.line_ids = backtest.line_ids[0]
        room = self._new_chat_room()
        address = self.env["helpdesk.escalation.chat.address"].create({})
        board = {"name": "Status board", "url": "https://hooks.example/"}
        webhook = self.env["helpdesk.escalation.webhook"].create(board)
        webhook_line = self.env["helpdesk.escalation.webhook.delivery"].create(
            {"webhook_id": webhook.id, "event": "webhook.test", "body": "{}"}
        )
        heartbeat = self.env["helpdesk.escalation.heartbeat"].create(board)
        question = self.env["helpdesk.escalation.ai.request"].create(
            {**ticket, "kind": "arrival"}
        )
        proposal = self.env["helpdesk.escalation.ai.proposal"].create(
            {**ticket, "kind": "priority", "value": "3"}
        )
        ai_preview = self.env["helpdesk.escalation.ai.preview"].create(ticket)
        creators_of = {
            dialog._name: self.TICKET,
            snooze._name: self.READERS,
            address._name: self.STAFF | self.ELSEWHERE | {"employee", "auditor"},
            erase._name: managers,
            same_cause._name: self.TICKET,
            answer_all._name: self.TICKET,
            tuning._name: {"manager"},
            backtest._name: {"manager"},
            "helpdesk.escalation.preview": self.STAFF,
            set_policy._name: self.TICKET,
            starter._name: {"manager", "manager elsewhere"},
        }
        dry_run = self.env["helpdesk.escalation.preview"].create(
            {"policy_id": self.spare.id}
        )
        table = (
            # records, a change, who reads, who changes, creates and deletes
            (self.spare, {"name": "X"}, self.STAFF, {"manager"}),
            (self.spare.step_ids[0], {"delay": 5}, self.STAFF, {"manager"}),
            (self.incident, {"round": 2}, self.TICKET, nobody),
            (self.incident.notification_ids[0], {"reason": "X"}, self.TICKET, nobody),
            (clock, {"is_open": False}, nobody, nobody),
            (dialog, {"on_it_until": self.t0}, nobody, nobody),
            (snooze, {"reason": "Y"}, nobody, nobody),
            (same_cause, {"ticket_ids": [Command.clear()]}, nobody, nobody),
            (answer_all, {"body": "X"}, nobody, nobody),
            (erase, {"with_children": True}, nobody, nobody),
            (trigger, {"keywords": "lawyer"}, self.STAFF, {"manager"}),
            (cause, {"detail": "X"}, self.TICKET, nobody),
            (former, {"date": self.t0}, self.TICKET, nobody),
            (call, {"detail": "X"}, nobody, nobody),
            (delivery, {"reason": "Y"}, nobody, nobody),
            (scan, {"signature": "X"}, nobody, nobody),
            (
                phrase,
                {"phrase": "numskull"},
                self.STAFF | {"manager elsewhere", "user elsewhere"},
                {"manager", "manager elsewhere"},
            ),
            (usual_wait, {"minutes": 2}, nobody, nobody),
            (incident_figures, {"rounds": 2}, self.TICKET, nobody),
            (ticket_figures, {"escalations": 2}, self.TICKET, nobody),
            (cause_figures, {"detail": "X"}, self.TICKET, nobody),
            (tuning, {"policy_id": self.policy.id}, nobody, nobody),
            (backtest, {"days": 2}, nobody, nobody),
            (backtest.line_ids, {"delay": 2}, nobody, nobody),
            (dry_run, {"date": self.t0}, nobody, nobody),
            # The system's administrators alone.
            (question, {"reason": "X"}, nobody, nobody),
            (ai_preview, {"kind": "arrival"}, nobody, nobody),
            (proposal, {"state": "accepted"}, self.TICKET, nobody),
            (set_policy, {"policy_id": self.spare.id}, nobody, nobody),
            (starter, {"calendar_id": False}, nobody, nobody),
            (room, {"name": "X"}, self.STAFF, {"manager"}),
            (address, {"address": False}, nobody, nobody),
            (webhook, {"name": "X"}, {"manager"}, {"manager"}),
            (webhook_line, {"error": "X"}, {"manager"}, nobody),
            (heartbeat, {"name": "X"}, managers, managers),
        )
        self._assert_all_are_listed(
            {records._name for records, *_row in table}
            | HANDOVER_MODELS
            | ON_CALL_MODELS,
            self._our_models(),
        )
        for records, values, readers, writers in table:
            new = self._get_copied(records)
            creators = creators_of.get(records._name, writers)
            operations = [
                ("write", lambda r, v=values: r.write(v), writers),
                ("create", lambda r, v=new: r.create(v), creators),
                ("copy", lambda r: r.copy(), writers),
                ("unlink", lambda r: r.unlink(), writers),
            ]
            for name, call in self._ways_to_read(records):
                operations.append((name, call, self._readers(records, readers)))
            for name, call, expected in operations:
                if name == "copy" and not new:
                    continue
                with self.subTest(model=records._name, operation=name):
                    who = self._who(records, call)
                    self.assertEqual(who, expected, (records, name))

    # ------------------------------------------------------------------
    # The table of public methods
    # ------------------------------------------------------------------

    def _new_chat_room(self):
        return self.env["helpdesk.escalation.chat.room"].create(
            {
                "name": "Support",
                "company_id": self.env.company.id,
                "channel_id": self.env["discuss.channel"]._create_channel("X", None).id,
            }
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_button(self):
        dialogs = self.env["helpdesk.escalation.confirm"]
        tunings = self.env["helpdesk.escalation.tuning"]
        backtests = self.env["helpdesk.escalation.backtest"]
        set_policies = self.env["helpdesk.escalation.set.policy"]
        starters = self.env["helpdesk.escalation.starter"]

        def take_back(incident):
            incident.sudo()._confirm(incident.env.user, "ticket")
            return incident.action_release()

        def lead(name):
            def press_while_somebody_is_on_it(records):
                self.incident._confirm(self.director, "email")
                return getattr(records, name)()

            return press_while_somebody_is_on_it

        def waive_and_back(ticket):
            ticket.sudo()._escalation_waive(self.manager)
            return ticket.action_escalation_answer_needed()

        def confirm_by(dialogs):
            return dialogs.create({"incident_id": self.incident.id}).action_confirm()

        def set_policy(dialogs):
            values = {"ticket_ids": [Command.set(self.ticket.ids)]}
            return dialogs.create(values).action_set_policy()

        def take_over(tunings):
            answers = [(self.t0, minutes) for minutes in range(1, 40)]
            with patch.object(
                type(tunings), "_get_durations", lambda s, since: answers
            ):
                return tunings.create({"policy_id": self.spare.id}).action_take_over()

        def try_out(backtests):
            values = backtests._prepare(self.spare.with_env(backtests.env))
            return backtests.create({**values, "team_id": self.team.id}).run_part(0)

        addresses = self.env["helpdesk.escalation.chat.address"]

        def choose(name):
            return lambda dialogs: getattr(dialogs.create({}), name)()

        def run(health):
            with self.enter_registry_test_mode():
                return health.action_run()

        def read(health):
            with self.enter_registry_test_mode():
                return health.action_read_messages()

        def press_in_menu(actions):
            return actions.with_context(
                active_model=self.ticket._name, active_ids=self.ticket.ids
            ).run()

        same_causes = self.env["helpdesk.escalation.same.cause"]
        answers = self.env["helpdesk.escalation.answer.all"]

        def link(dialogs):
            values = {"cause_ticket_id": self.ticket.id, "ticket_ids": other.ids}
            return dialogs.create(values).action_link()

        def send(dialogs):
            values = {"ticket_id": self.ticket.id, "body": "<p>It works.</p>"}
            return dialogs.create(values).action_send()

        other = self._new_ticket(0, user_id=self.ticket.user_id.id)
        action = self.env["ir.actions.server"].create(
            {
                "name": "Escalate",
                "model_id": self.env["ir.model"]._get_id(self.ticket._name),
                "state": "helpdesk_escalation",
                # With a group Odoo checks no record: ours does.
                "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        proposal = self.env["helpdesk.escalation.ai.proposal"].create(
            {"ticket_id": self.ticket.id, "kind": "priority", "value": "3"}
        )
        ai_previews = self.env["helpdesk.escalation.ai.preview"]
        settings = self.env["res.config.settings"]
        health = self.env["helpdesk.escalation.health"]
        elsewhere = self.ELSEWHERE
        employees = self.STAFF | elsewhere | {"employee"}
        webhook = self.env["helpdesk.escalation.webhook"].create(
            {"name": "Status board", "url": "https://hooks.example/"}
        )
        webhook_line = self.env["helpdesk.escalation.webhook.delivery"].create(
            {"webhook_id": webhook.id, "event": "webhook.test", "body": "{}"}
        )
        managers = {"manager", "manager elsewhere"}
        leaders = {"user", "manager"}
        buttons = (
            # records, method, how it is called if not just so, who may
            (self.ticket, "action_escalation_confirm", None, self.TICKET),
            (self.ticket, "action_escalation_open", None, self.TICKET),
            (self.ticket, "action_escalation_assign_me", None, {"team", "user"}),
            (self.ticket, "action_escalation_no_answer_needed", None, self.TICKET),
            (
                self.ticket,
                "action_escalation_answer_needed",
                waive_and_back,
                self.TICKET,
            ),
            (self.ticket, "action_escalation_mute", None, self.TICKET),
            (self.ticket, "action_escalation_unmute", None, self.TICKET),
            (set_policies, "action_set_policy", set_policy, self.TICKET),
            (self.client, "action_view_escalations", None, self.STAFF | elsewhere),
            (self.incident, "action_confirm", None, self.TICKET),
            (self.incident, "action_confirm_until", None, self.TICKET),
            (self.incident, "action_snooze", None, self.TICKET),
            (
                self.incident,
                "action_wake",
                wake("action_wake", self.incident, self.manager),
                self.TICKET,
            ),
            (self.ticket, "action_escalation_snooze", None, self.TICKET),
            (
                self.ticket,
                "action_escalation_wake",
                wake("action_escalation_wake", self.incident, self.manager),
                self.TICKET,
            ),
            (
                self.env["helpdesk.escalation.snooze"],
                "action_snooze",
                snooze(self.ticket),
                self.TICKET,
            ),
            (self.incident, "action_no_answer_needed", None, self.TICKET),
            (self.incident, "action_open_ticket", None, self.TICKET),
            (self.incident, "action_escalate_now", None, self.TICKET),
            (self.incident, "action_assign_me", None, {"team", "user"}),
            (self.incident, "action_release", take_back, self.TICKET),
            (self.incident, "action_take_over", lead("action_take_over"), leaders),
            (self.incident, "action_reopen", lead("action_reopen"), leaders),
            (
                self.ticket,
                "action_escalation_take_over",
                lead("action_escalation_take_over"),
                leaders,
            ),
            (
                self.ticket,
                "action_escalation_reopen",
                lead("action_escalation_reopen"),
                leaders,
            ),
            (self.ticket, "action_escalation_set_policy", None, self.TICKET),
            (self.ticket, "action_escalation_dry_run", None, self.TICKET),
            (self.incident, "get_dashboard", None, self.STAFF | elsewhere),
            # As the person of the notification, whoever else may see the ticket.
            (self.incident.notification_ids[0], "action_confirm", None, {"own"}),
            (self.team, "action_view_escalations", None, self.STAFF),
            (self.director, "action_escalation_end_absence", None, {"manager"}),
            (action, "run", press_in_menu, self.TICKET),
            (health, "action_switch_on", None, managers),
            (health, "action_run", run, managers),
            (health, "action_read_messages", read, managers),
            (health, "action_include_backlog", None, managers),
            (self.spare, "action_view_incidents", None, self.STAFF),
            (self.spare, "action_view_teams", None, self.STAFF),
            (self.spare, "action_view_clients", None, self.STAFF),
            (self.spare, "action_view_tickets", None, self.STAFF),
            (self.spare, "action_view_waiting", None, self.STAFF),
            (self.spare, "action_include_backlog", None, {"manager"}),
            (self.spare, "action_set_default", None, {"manager"}),
            (self.spare, "action_choose_teams", None, self.STAFF),
            # Sends to whoever presses it, and to nobody else.
            (self.spare, "action_test_on_me", None, self.STAFF),
            (starters, "action_create", create_starters, managers),
            (self.client, "action_erase_escalations", None, managers),
            (
                self.env["helpdesk.escalation.erase"],
                "action_erase",
                lambda r: r.create({"partner_id": self.client.id}).action_erase(),
                {"manager"},
            ),
            (
                self.spare.browse(),
                "action_create_starter_set",
                None,
                {"manager", "manager elsewhere"},
            ),
            (dialogs, "action_confirm", confirm_by, self.TICKET),
            (self.ticket, "action_escalation_ask_sign_off", None, self.TICKET),
            (self.ticket, "action_escalation_same_cause", None, self.TICKET),
            (self.ticket, "action_escalation_answer_all", None, self.TICKET),
            (self.ticket, "action_escalation_view_same_cause", None, self.TICKET),
            (self.incident, "action_same_cause", None, self.TICKET),
            (same_causes, "action_link", link, self.TICKET),
            (answers, "action_send", send, self.TICKET),
            (self._new_chat_room(), "action_test", None, {"manager"}),
            # Of oneself, and of nobody else.
            (self.agent, "action_escalation_chat_address", None, {"team"}),
            (addresses, "action_save", choose("action_save"), employees),
            (addresses, "action_test", choose("action_test"), employees),
            (addresses, "action_use_discuss", choose("action_use_discuss"), employees),
            (self.spare, "action_tune", None, {"manager"}),
            (self.spare, "action_backtest", None, {"manager"}),
            (tunings, "action_take_over", take_over, {"manager"}),
            (backtests, "run_part", try_out, {"manager"}),
            (webhook, "action_send_test", None, {"manager"}),
            (webhook, "action_new_secret", None, {"manager"}),
            (webhook, "action_view_deliveries", None, {"manager"}),
            (webhook_line, "action_send_again", None, {"manager"}),
            (health, "action_switch_on_webhooks", None, managers),
            (proposal, "action_accept", None, self.TICKET),
            (proposal, "action_refuse", None, self.TICKET),
            # The system's administrators alone.
            (ai_previews.create({}), "action_ask", None, set()),
            (settings, "action_escalation_ai_preview", None, set()),
            (settings, "set_values", None, set()),
        )
        for records, name, call, expected in buttons:
            with self.subTest(model=records._name, button=name):
                who = self._who(records, call or press(name))
                self.assertEqual(who, with_auditor(records, name, expected))
        self._assert_all_are_listed(
            {(records._name, name) for records, name, _call, _who in buttons}
            | HANDOVER_METHODS
            | SUMMARY_METHODS
            | ON_CALL_METHODS,
            {
                (model, name)
                for model, name in self._public_methods()
                if name not in ODOO_METHODS
            },
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_dialog_tells_nobody_the_name_of_a_ticket(self):
        """Odoo shows the name of a linked record to whoever may link to it."""
        for model, name, record in (
            ("helpdesk.escalation.confirm", "incident_id", self.incident),
            ("helpdesk.escalation.snooze", "ticket_id", self.ticket),
        ):
            with self.subTest(model):
                self._check_dialog_names_nobody(self.env[model], name, record)

    def _check_dialog_names_nobody(self, dialogs, name, record):
        values = {name: record.id}
        if "reason" in dialogs._fields:
            values["reason"] = "X"
        named = self._who(dialogs, lambda d: d.create(values).read([name]))
        readers = self.READERS if name == "ticket_id" else self.TICKET
        self.assertEqual(named, readers)
        spec = {name: {"fields": {"display_name": {}}}}

        def open_dialog(dialogs):
            dialogs = dialogs.with_context({f"default_{name}": record.id})
            return "fire" in str(dialogs.onchange({}, [], spec))

        self.assertEqual(self._who(dialogs, open_dialog), self.TICKET)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_dry_run(self):
        """Whoever reads policies may try them, and only those they read."""
        previews = self.env["helpdesk.escalation.preview"]
        values = {"policy_id": self.spare.id, "team_id": self.team.id}
        self.assertEqual(
            self._who(previews, lambda p: p.create(values).result), self.STAFF
        )
        # Of a ticket: whoever may read that one, also by what a page is opened with.
        values = {"policy_id": self.spare.id, "ticket_id": self.ticket.id}
        self.assertEqual(
            self._who(previews, lambda p: p.create(values).result), self.TICKET
        )

        def open_dialog(previews):
            previews = previews.with_context(default_ticket_id=self.ticket.id)
            return previews.default_get(["ticket_id"])

        self.assertEqual(self._who(previews, open_dialog), self.READERS)

    def test_an_ended_incident_is_no_obstacle_to_the_buttons_of_an_open_page(self):
        self._staff_answers(self.ticket, 31)
        self._run(32)
        self.assertEqual(self.incident.state, "resolved")
        ticket = self.ticket.with_user(self.leader)
        action = ticket.action_escalation_open()
        self.assertEqual(action["res_id"], self.incident.id, "the last one is shown")
        self.assertIs(ticket.action_escalation_assign_me(), True)
        self.assertEqual(self.ticket.user_id, self.leader)
        self.assertEqual(self.incident.state, "resolved")

    def test_the_engine_is_out_of_reach(self):
        engine = self.env["helpdesk.escalation.engine"]
        names = {
            name
            for base in type(engine).mro()
            if base.__module__.startswith(ADDONS)
            for name, value in vars(base).items()
            if isfunction(value)
        }
        self.assertIn("_cron_escalate", names)
        for name in names:
            with self.subTest(name), self.assertRaises(AccessError):
                get_public_method(engine, name)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_read_the_ticket_finds_nothing_around_it(self):
        """Neither by a domain that asks about the ticket, nor from a policy."""
        stranger = self.people["team_stranger"]
        incidents = self.incidents.with_user(stranger)
        for domain in (
            [],
            [("ticket_id.name", "ilike", "fire")],
            [("policy_id", "=", self.policy.id)],
            ["!", ("ticket_id", "=", False)],
        ):
            self.assertFalse(incidents.search(domain))
        self.assertFalse(self.notifications.with_user(stranger).search([]))
        self.assertFalse(self.policy.with_user(stranger).incident_count)
        self.assertEqual(self.policy.with_user(self.leader).incident_count, 1)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_groups_and_names_tell_no_more_than_a_search(self):
        """Counts, names in groups and the lists that hang on a record."""
        ways = (
            (self.incidents, lambda r: r.search_count([])),
            (self.incidents, lambda r: r._read_group([], ["ticket_id"])),
            (self.incidents, lambda r: r._read_group([], ["state"], ["id:array_agg"])),
            (self.incidents, lambda r: r.name_search("fire")),
            (self.notifications, lambda r: r.search_count([])),
            (self.notifications, lambda r: r._read_group([], ["ticket_id"])),
            (self.notifications, lambda r: r.formatted_read_group([], ["ticket_id"])),
            (self.notifications, lambda r: r.name_search("fire")),
            (self.notifications, lambda r: r.search([("user_id", "!=", False)])),
            (self.ticket, lambda r: r.read(["escalation_incident_id"])),
            (self.ticket, lambda r: r.read(["escalation_status_text"])),
        )
        for number, (records, call) in enumerate(ways):
            with self.subTest(number, model=records._name):
                self.assertEqual(self._who(records, call), self.READERS)
        found = self._who(
            self.policy,
            lambda r: any(
                "fire" in str(values)
                for values in r.web_read(
                    {"step_ids": {"fields": {"display_name": {}}}, "message_ids": {}}
                )
            ),
        )
        self.assertFalse(found)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_chatter_of_an_incident_is_for_those_who_read_it(self):
        note = self.incident.message_post(body="Only among us")
        messages = self.env["mail.message"]
        itself = [("model", "=", self.incident._name)]
        for records, call in (
            (note, lambda r: r.read(["body"])),
            (messages, lambda r: r.search(itself)),
            (messages, lambda r: r.search_count(itself)),
            (self.incident, lambda r: r.message_ids.read(["body"])),
        ):
            self.assertEqual(self._who(records, call), self.READERS)
        posting = self._who(self.incident, lambda r: r.message_post(body="Me too"))
        self.assertEqual(posting, self.TICKET, "auditors say nothing")
        mailed = self.incident.notification_ids.mail_id.mail_message_id
        self.assertIn("Escalation mail to", mailed.body)
        readers = self._who(mailed, lambda r: r.read(["body"]))
        self.assertEqual(readers, {"user"}, "the person whom it was for")

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_chatter_is_no_way_to_write_an_incident(self):
        """What Odoo's threads let people call, with more than they should say."""
        nobody = set()
        values = {"ticket_id": self.ticket.id, "policy_id": self.spare.id}
        values["anchor_date"] = self.t0

        def post_more(incident):
            try:
                incident.message_post(body="Settled", state="resolved")
            except ValueError:
                return False
            return True

        for call in (
            post_more,
            lambda r: r.message_subscribe(self.client.ids),
            lambda r: r.message_new({"subject": "New"}, values),
            lambda r: r.message_update({"to": "", "cc": ""}, {"state": "resolved"}),
            lambda r: r.web_save({"state": "resolved"}, {}),
            lambda r: r.load([".id", "state"], [[str(r.id), "resolved"]])["ids"],
            lambda r: r.copy(),
        ):
            self.assertEqual(self._who(self.incident, call), nobody)
        self.assertEqual(
            self._who(
                self.incident,
                lambda r: r.message_subscribe(r.env.user.partner_id.ids),
            ),
            self.TICKET,
            "who reads it may follow it",
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_activities_and_followers_of_others_are_not_found(self):
        activity = self.incident.notification_ids.activity_id
        self.assertEqual(len(activity), 1)
        readers = self.READERS
        self.assertEqual(self._who(activity, lambda r: r.read(["note"])), readers)
        self.assertEqual(
            self._who(activity, lambda r: r.search([("id", "in", r.ids)])), readers
        )
        followers = self.ticket.message_follower_ids
        self.assertFalse(
            self._who(followers, lambda r: r.read(["partner_id"])) - readers
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_only_managers_say_whom_a_step_tells(self):
        step = self.spare.step_ids[0]
        own = [Command.update(step.id, {"channel": "email"})]
        for call in (
            lambda r: r.write({"step_ids": own}),
            lambda r: r.step_ids.write(
                {"recipient": "user", "user_ids": [Command.set([r.env.uid])]}
            ),
            lambda r: r.step_ids[0].web_save({"user_ids": [Command.link(2)]}, {}),
            lambda r: r.message_post(body="By the way"),
        ):
            self.assertEqual(self._who(self.spare, call), {"manager"})

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_only_the_system_sets_how_links_work(self):
        settings = self.env["res.config.settings"]
        values = {"escalation_link_login": True}
        for call in (
            lambda r: r.create(values),
            lambda r: r.env["ir.config_parameter"].set_param(
                "helpdesk_escalation.link_hours", 9000
            ),
            lambda r: r.env["ir.config_parameter"].search([]),
            lambda r: r.env.ref("helpdesk_escalation.ir_cron_escalate").read(),
        ):
            self.assertEqual(self._who(settings, call), set())

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_arranges_a_substitute_and_for_whom(self):
        values = {"escalation_substitute_id": self.director.id}
        everybody = set(self.people) - {"client", "public"}

        def oneself(users):
            return users.browse(users.env.uid)

        own = self._who(self.env.user, lambda r: oneself(r).write(values))
        self.assertEqual(own, everybody)
        shown = self._who(
            self.env.user, lambda r: oneself(r).read(["escalation_substitute_id"])
        )
        self.assertEqual(shown, everybody)
        values = {"escalation_substitute_id": self.agent.id}
        others = self._who(self.director, lambda r: r.write(values))
        self.assertEqual(others, {"manager"}, "and no other company's manager")
        for name in "out_of_office_from", "out_of_office_to":
            away = {"out_of_office_from": "2020-01-01", name: "2030-01-01"}
            set_for = self._who(self.director, lambda r, v=away: r.write(v))
            self.assertEqual(set_for, {"manager"})
        for name in "name", "login", "out_of_office_message":
            more = {"out_of_office_from": "2020-01-01", name: "X"}
            self.assertFalse(self._who(self.director, lambda r, v=more: r.write(v)))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_may_not_edit_mail_templates_edits_not_ours(self):
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        editors = self.env.ref("mail.group_mail_template_editor")
        self.env.ref("base.group_user").implied_ids -= editors
        self.assertFalse(self._who(template, lambda r: r.write({"body_html": "X"})))
        self.assertFalse(self._who(template, lambda r: r.unlink()))

    def test_an_archived_ticket_keeps_its_readers(self):
        self.ticket.active = False
        self._run(35)
        self.assertEqual(self.incident.state, "resolved")
        for records in (self.incident, self.incident.notification_ids):
            found = self._who(
                records,
                lambda r: r.search([("id", "in", r.ids)]) and r.read(),
            )
            self.assertEqual(found, self.READERS)

    def test_the_company_at_work_counts(self):
        """A manager of two companies who works in the other one just now."""
        manager = self._new_user(
            "esc_both",
            MANAGER,
            company_ids=[Command.set((self.env.company + self.other_company).ids)],
        )
        for records in (
            self.incident,
            self.incident.notification_ids,
            self.spare,
            self.spare.step_ids,
        ):
            itself = [("id", "in", records.ids)]
            here = records.with_user(manager)
            there = here.with_context(allowed_company_ids=self.other_company.ids)
            self.assertEqual(here.search(itself), records)
            self.assertFalse(there.search(itself))
            with self.assertRaises(AccessError):
                there.read(["display_name"])

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_outsiders_see_none_of_our_fields(self):
        """By no way of asking: each would tell something about the others' values."""
        self.team.show_in_portal = True
        strangers = ("client", "public", "employee")
        outside = ("client", "public")
        word = self._client_writes(self.ticket, 31)
        table = (
            (self.ticket, strangers),
            (self.client, strangers),
            (self.team, strangers),
            (self.ticket.stage_id, strangers),
            (self.people["client"], outside),
            (self.env.company, strangers),
            (word, ("client",)),  # no message is the public's
        )
        self._assert_all_are_listed(
            {records._name for records, _who in table}
            | {"digest.digest", "ir.actions.server", "res.config.settings"},
            self._models_with_our_fields(),
        )
        for record, names in table:
            ours = [
                name
                for name, field in record._fields.items()
                if "escalation" in name
                # The host's own, of which we only say what history Odoo keeps.
                or (
                    field._module in self._our_addons()
                    and name not in ("team_id", "properties")
                )
            ]
            self.assertTrue(ours)
            for name in names:
                seen = record.with_user(self.people[name])
                shown = set()
                if (record, name) == (self.ticket, "employee"):
                    shown = SHOWN_TO_NOTIFIED
                self.assertEqual(set(ours) & set(seen.fields_get()), shown)
                answered = [
                    (name, f"{record._name}.{field}", way)
                    for field in set(ours) - shown
                    for way, call in self._ways_to_ask(seen, field)
                    if not self._is_refused(call)
                ]
                self.assertFalse(answered)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_who_was_not_notified_is_shown_nothing(self):
        """Employees who may read a ticket: who follows it, and its client."""
        self._run(60)
        follower = self.people["employee"]
        client = self._new_user("esc_employed_client", "base.group_user")
        self.ticket.message_subscribe(follower.partner_id.ids)
        self.ticket.partner_id = client.partner_id
        self.env.invalidate_all()
        for user in follower, client:
            ticket = self.ticket.with_user(user)
            (values,) = ticket.read(sorted(SHOWN_TO_NOTIFIED))
            del values["id"]
            self.assertFalse(any(values.values()), values)
            self.assertFalse(ticket.search([("escalation_to_me", "=", True)]))
            for call in (
                lambda t: t.search([("escalation_status", "=", "active")]),
                lambda t: t.search([], order="escalation_status"),
                lambda t: t.formatted_read_group([], ["escalation_status"]),
            ):
                self.assertTrue(self._is_refused(lambda c=call, t=ticket: c(t)))

    def _is_refused(self, call):
        try:
            call()
        except UserError:
            return True
        return False

    def _our_addons(self):
        modules = self.env.registry._init_modules
        return {name for name in modules if name.startswith("helpdesk_escalation")}

    def _models_with_our_fields(self):
        """The models of others that our add-ons give fields to."""
        return {
            name
            for name, model in self.env.registry.items()
            if not model._original_module.startswith("helpdesk_escalation")
            and not model._abstract
            and any(f._module in self._our_addons() for f in model._fields.values())
        }

    def _ways_to_ask(self, record, name):
        """All ways to read a field, or to find out its value, or to change it."""
        yield "read", lambda: record.read([name])
        yield "web_read", lambda: record.web_read({name: {}})
        yield "search_read", lambda: record.search_read([], [name])
        # An author's own word on it is passed over.
        if name not in ("escalation_party", "escalation_voice"):
            yield "write", lambda: record.write({name: False})
        yield "export", lambda: record.export_data([name])
        field = record._fields[name]
        if field.store or field.search:
            yield "search", lambda: record.search([(name, "!=", False)])
            value = False if record._fields[name].type == "datetime" else 1
            yield "count", lambda: record.search_count([(name, "=", value)])
        if field.store and field.type not in ("one2many", "many2many"):
            yield "order", lambda: record.search([], order=name)
            yield "group", lambda: record._read_group([], [name], ["__count"])
            yield "sum", lambda: record._read_group([], [], [f"{name}:count"])
            yield "groups", lambda: record.formatted_read_group([], [name])

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_outsiders_learn_nothing_on_a_detour(self):
        """A path through a record they may read is no way round."""
        self.client.escalation_policy_id = self.spare
        portal = self.people["client"]
        ticket, partner = self.ticket.with_user(portal), self.client.with_user(portal)
        self.assertTrue(ticket.search([("partner_id.name", "=", "esc_portal")]))
        for records, path in (
            (ticket, "partner_id.escalation_policy_id"),
            (ticket, "team_id.escalation_policy_id"),
            (ticket, "user_id.escalation_substitute_id"),
            (ticket, "message_ids.escalation_party"),
            (ticket, "escalation_incident_ids.state"),
            (partner, "user_ids.escalation_substitute_id"),
            (partner, "child_ids.escalation_policy_id"),
            (partner, "parent_id.child_ids.escalation_policy_id"),
        ):
            with self.subTest(path), self.assertRaises(AccessError):
                records.search([(path, "!=", False)])
            first, _dot, rest = path.partition(".")
            with self.subTest(path, any=True), self.assertRaises(AccessError):
                records.search([(first, "any", [(rest, "!=", False)])])

    def test_the_client_sees_no_word_of_it_on_the_ticket(self):
        portal = self.people["client"]
        self.assertTrue(self.ticket.with_user(portal).has_access("read"))
        self.assertTrue(self._notes(self.ticket))
        seen = (
            self.env["mail.message"]
            .with_user(portal)
            .search(
                [("model", "=", "helpdesk.ticket"), ("res_id", "=", self.ticket.id)]
            )
        )
        self.assertFalse(seen & self.ticket.message_ids.filtered("is_internal"))
        self.assertFalse(
            self.env["mail.message"]
            .with_user(portal)
            .search([("model", "=like", "helpdesk.escalation.%")])
        )


class TestDoors(AccessCommon):
    maxDiff = None
    """Doors that are neither a model, a method nor a route of ours.

    Whoever adds one comes here, says who may go through it, and writes the test.
    """

    TEMPLATES = {
        # where it is rendered, and what of it goes sudo and why nobody reads more by it
        # The printed handover: test_doors_report.py asks on every report route.
        "report_handover": {"_render_body"},
        # By HelpdeskEscalationHandover._render_body, for one reader.
        "handover_body": {"_get_facts"},
        # By the controller, for the person of the link: test_confirm_page.py.
        "confirm_page": {"env"},
        # By our own sending, each mail for the person it notifies. What is said of a
        # ticket is empty for whoever may not read it.
        "mail_plain": {"client_name", "headline", "ticket_name", "waited"},
        "mail_digest": {"cause_text", "client_name", "ticket_name", "waited"},
        "mail_buttons": set(),
        "mail_letterhead": set(),
        "mail_style": set(),
        "mail_facts": set(),
        "mail_reply": set(),
        "mail_sample": set(),
        "mail_words": set(),
        "mail_handover_facts": set(),
        # Into fields, from what their readers may see.
        "backtest_result": set(),
        # By our own sending, for the person or the room that gets it.
        "discuss_message": set(),
        "handover_readiness": set(),
        "policy_timeline": set(),
        "policy_warnings": set(),
        "preview_result": set(),
        "rota_fairness": set(),
        "rota_gains": set(),
        "rota_handovers": set(),
        "story": set(),
        "ticket_history": set(),
        "tuning_answers": set(),
        "tuning_steps": set(),
    }
    REPORTS = {
        # swept in test_handover_access.py
        "helpdesk_escalation_handover.report_handover",
    }
    SUDO = {
        # in controllers and what reports are made of
        "main.confirm",  # for a person who may confirm
        "main._waive",  # for a person who may say that no answer is needed
        "main._render",  # says what the state of the page lets the person know
    }
    MAIL_TEMPLATES = {
        "mail_template_client": "helpdesk.ticket",
        "mail_template_client_back": "helpdesk.ticket",
        "mail_template_client_late": "helpdesk.ticket",
        "mail_template_client_notice": "helpdesk.ticket",
        "mail_template_escalation": "helpdesk.escalation.notification",
        "mail_template_handover": "helpdesk.escalation.notification",
    }
    COMPOSERS = {
        # models of ours on which people may write messages
        "helpdesk.escalation.incident",
        "helpdesk.escalation.internal.thread",  # what the two have in common
        "helpdesk.escalation.policy",
    }
    DOMAINS = {
        ("helpdesk.escalation.policy", "condition"): "_check_condition",
        ("helpdesk.escalation.step", "condition"): "_check_condition",
        ("helpdesk.escalation.trigger", "partner_condition"): (
            "_check_partner_condition"
        ),
    }
    SERVER_ACTION_STATES = {"helpdesk_escalation"}  # test_doors_server_action.py
    SERVER_ACTIONS = {
        "res_partner_action_erase",  # managers
        "helpdesk_ticket_action_ask_sign_off",  # a public method, in the table there
        "helpdesk_ticket_action_mute",  # the same
        "helpdesk_ticket_action_unmute",  # the same
        "helpdesk_ticket_action_escalate",  # the same
        "ir_cron_ask_ir_actions_server",  # the jobs
        "ir_cron_deliver_ir_actions_server",
        "ir_cron_escalate_ir_actions_server",
        "ir_cron_import_ir_actions_server",
        "ir_cron_learn_usual_waits_ir_actions_server",
        "ir_cron_news_ir_actions_server",
        "ir_cron_on_call_ir_actions_server",
        "ir_cron_read_messages_ir_actions_server",
        "ir_cron_send_chats_ir_actions_server",
    }
    ACTIVITY_TYPES = {
        "mail_activity_type_escalation",  # guarded: test_doors_activities.py
        "mail_activity_type_handover",  # reminds; nothing waits for it
        "mail_activity_type_news",  # the same
        "mail_activity_type_sign_off",  # asks; closing is refused without it
    }
    ACTIVITY_FIELDS = {("helpdesk.escalation.notification", "activity_id")}
    ACTIVITY_BUTTONS = {
        # mark done: who may confirm is on it then, nobody else does so
        "action_done",
        "action_done_redirect_to_other",
        "action_done_schedule_next",
        "action_feedback",
        "action_feedback_schedule_next",
        "activity_feedback",
        # take away: leaves a trace, and passes on
        "action_cancel",
        "action_reschedule_my_next_nextweek",
        "action_reschedule_my_next_today",
        "action_reschedule_my_next_tomorrow",
        "action_reschedule_nextweek",
        "action_reschedule_today",
        "action_reschedule_tomorrow",
        "activity_reschedule",
        "activity_unlink",
        # change nothing that is there
        "action_close_dialog",
        "action_notify",
        "action_open_document",
        "activity_format",
        "activity_schedule",
        "activity_search",
    }

    def _assert_names_are_listed(self, listed, existing):
        """Hold XML ids against a table that leaves out whose they are."""
        names = [key.partition(".")[2] for key in existing]
        self.assertEqual(len(set(names)), len(names), "two of one name")
        if isinstance(existing, dict):
            existing = dict(zip(names, existing.values(), strict=True))
        self._assert_all_are_listed(
            listed, existing if isinstance(existing, dict) else set(names)
        )

    def test_s11_every_template_that_goes_sudo_is_known(self):
        self._assert_names_are_listed(
            self.TEMPLATES,
            {
                key: doors.find_sudo_in_template(self.env, arch)
                for key, arch in doors.find_templates(self.env).items()
            },
        )

    @mute_logger("odoo.http")
    def test_s11_no_template_is_rendered_on_request(self):
        for user in (self.manager, self._new_user("esc_portal", "base.group_portal")):
            views = self.env["ir.ui.view"].with_user(user)
            for key in doors.find_templates(self.env):
                with self.subTest(key), self.assertRaises(AccessError):
                    views.render_public_asset(key, {})

    def test_s11_every_report_is_known(self):
        reports = doors.find_reports(self.env)
        self._assert_all_are_listed(self.REPORTS, set(reports.mapped("report_name")))
        for report in reports:
            # Odoo checks nothing on the way there.
            self.assertIn(f"report.{report.report_name}", doors.our_models(self.env))

    def test_s11_every_sudo_behind_a_route_is_known(self):
        self._assert_all_are_listed(self.SUDO, doors.find_sudo("controllers", "report"))

    def test_s11_every_mail_template_and_composer_is_known(self):
        templates = doors.is_ours(self.env["mail.template"].search([]))
        self._assert_names_are_listed(
            self.MAIL_TEMPLATES,
            {key: template.model for key, template in templates.items()},
        )
        threads = {
            name
            for name in doors.our_models(self.env)
            if hasattr(self.env.registry[name], "message_post")
        }
        self._assert_all_are_listed(self.COMPOSERS, threads)

    def test_s11_every_domain_that_people_store_is_checked_when_saved(self):
        found = doors.find_stored_domains(self.env)
        self._assert_all_are_listed(set(self.DOMAINS), found)
        for (model, name), check in self.DOMAINS.items():
            self.assertIn(check, doors.find_constraints(self.env, model, name))

    def test_s11_every_server_action_is_known(self):
        self._assert_all_are_listed(
            self.SERVER_ACTION_STATES, doors.find_added_states(self.env)
        )
        actions = self.env["ir.actions.server"].with_context(active_test=False)
        self._assert_names_are_listed(
            self.SERVER_ACTIONS, set(doors.is_ours(actions.search([])))
        )

    def test_s11_every_way_to_handle_an_activity_is_known(self):
        types = self.env["mail.activity.type"].with_context(active_test=False)
        self._assert_names_are_listed(
            self.ACTIVITY_TYPES, set(doors.is_ours(types.search([])))
        )
        self._assert_all_are_listed(
            self.ACTIVITY_FIELDS,
            {
                (name, field.name)
                for name in doors.our_models(self.env)
                for field in self.env[name]._fields.values()
                if field.comodel_name == "mail.activity" and field.store
            },
        )
        self._assert_all_are_listed(
            self.ACTIVITY_BUTTONS, doors.find_activity_buttons(self.env)
        )


class TestLentAccess(AccessCommon):
    """R8: the director is in no helpdesk group and is told all the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.told = [Command.set((cls.director + cls.leader).ids)]
        cls.policy = cls.team.escalation_policy_id = cls._new_policy(
            "Notified", {"delay": 10, "recipient": "user", "user_ids": cls.told}
        )
        cls.ticket = cls._new_ticket(0)
        cls.another = cls._new_ticket(0)
        cls.another.escalation_muted = True

    def _reads(self, user, ticket=None):
        ticket = (ticket or self.ticket).with_user(user)
        return bool(ticket.search([("id", "=", ticket.id)])) and ticket.has_access(
            "read"
        )

    def _follower(self, user):
        return self.ticket.message_follower_ids.filtered(
            lambda follower: follower.partner_id == user.partner_id
        )

    def test_one_ticket_is_lent_and_taken_back_at_the_end(self):
        for channel in ("activity", "email"):
            with self.subTest(channel), closing(self.env.cr.savepoint()) as savepoint:
                self.policy.step_ids.channel = channel
                self.assertFalse(self._reads(self.director))
                self._run(10)
                self.assertTrue(self._reads(self.director))
                self.assertFalse(self._reads(self.director, self.another))
                self.assertFalse(
                    self.ticket.with_user(self.director).has_access("write")
                )
                self.ticket.with_user(self.director).action_escalation_confirm()
                self.assertTrue(self._reads(self.director), "who is on it reads on")
                self._staff_answers(self.ticket, 20)
                self._run(21)
                self.assertFalse(self._reads(self.director))
                self.assertFalse(self._follower(self.director))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_it_is_no_flood_of_mail(self):
        self._run(10)
        self.assertTrue(self._follower(self.director))
        self.assertFalse(self._follower(self.director).subtype_ids)
        message = self._client_writes(self.ticket, 15)
        self.assertFalse(
            message.notified_partner_ids & (self.director + self.leader).partner_id
        )

    def test_who_could_read_anyway_is_no_follower_by_our_activity(self):
        self._run(10)
        self.assertIn((self.leader, "activity"), self._told(self.ticket))
        self.assertFalse(self._follower(self.leader))

    def test_a_real_follower_stays_one(self):
        self.ticket.message_subscribe(self.director.partner_id.ids)
        subtypes = self._follower(self.director).subtype_ids
        self.assertTrue(subtypes)
        self._run(10)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertEqual(self._follower(self.director).subtype_ids, subtypes)
        self.assertTrue(self._reads(self.director))

    def test_who_follows_in_the_meantime_stays_a_follower(self):
        self._run(10)
        self.ticket.message_subscribe(
            self.director.partner_id.ids,
            subtype_ids=self.env.ref("mail.mt_comment").ids,
        )
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertTrue(self._reads(self.director))

    def test_who_answers_goes_on_following(self):
        """As anybody who answers in Odoo, and hears of what the client replies."""
        for count_from in ("client_last", "unresolved"):
            with (
                self.subTest(count_from),
                closing(self.env.cr.savepoint()) as savepoint,
            ):
                self.policy.count_from = count_from
                self._run(10)
                self._staff_answers(self.ticket, 20, self.director)
                self._run(21)
                subtype = self.env.ref("mail.mt_comment")
                self.assertIn(subtype, self._follower(self.director).subtype_ids)
                message = self._client_writes(self.ticket, 30)
                self.assertIn(self.director.partner_id, message.notified_partner_ids)
                self.ticket.escalation_muted = True
                self._run(35)
                self.assertEqual(self._incident(self.ticket).state, "resolved")
                self.assertTrue(self._reads(self.director))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_who_is_added_goes_on_following(self):
        self._run(10)
        self.ticket.with_user(self.leader).message_subscribe(
            self.director.partner_id.ids
        )
        self.assertTrue(self._follower(self.director).subtype_ids)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertTrue(self._reads(self.director))

    def test_who_only_reads_and_notes_does_not(self):
        self._run(10)
        self.ticket.with_user(self.director).message_post(body="For us only")
        self.assertFalse(self._follower(self.director).subtype_ids)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertFalse(self._reads(self.director))

    def test_an_activity_done_leaves_nobody_behind(self):
        self._run(10)
        activity = self.ticket.activity_ids.filtered(
            lambda activity: activity.user_id == self.director
        )
        activity.with_user(self.director).action_feedback()
        self.assertEqual(self._incident(self.ticket).confirmed_by_id, self.director)
        self._staff_answers(self.ticket, 20)
        self._run(21)
        self.assertFalse(self._follower(self.director))
        self.assertFalse(self._reads(self.director))

    def test_every_end_takes_it_back(self):
        closed = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        for values in (
            {"escalation_muted": True},
            {"stage_id": closed.id},
            {"duplicate_id": self.another.id},
            {"active": False},
        ):
            with self.subTest(values), closing(self.env.cr.savepoint()) as savepoint:
                self._run(10)
                self.assertTrue(self._reads(self.director))
                self.ticket.write(values)
                self._run(15)
                self.assertEqual(self._incident(self.ticket).state, "resolved")
                self.assertFalse(self._follower(self.director))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_never_another_companys_ticket(self):
        stranger = self._new_user(
            "esc_stranger",
            USER,
            company_id=self.other_company.id,
            company_ids=[Command.set(self.other_company.ids)],
        )
        self.policy.company_id = False
        self.policy.step_ids.user_ids = stranger + self.leader
        self._run(10)
        line = self._incident(self.ticket).notification_ids.filtered(
            lambda notification: notification.user_id == stranger
        )
        self.assertEqual(line.state, "skipped")
        self.assertIn("No access to", line.reason)
        self.assertFalse(self._follower(stranger))
        self.assertFalse(self._reads(stranger))


class TestPersonalLink(AccessCommon):
    """Who has the link can act as the person: it is in their mail and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._new_ticket(0)

    def setUp(self):
        super().setUp()
        self._run(30)
        self.incident = self._incident(self.ticket)
        self.notification = self.incident.notification_ids.filtered("mail_id")
        self.assertIn(LINK, self.notification.mail_id.body_html)

    def test_no_user_reads_it(self):
        admin = self.env.ref("base.user_admin")
        exporters = self.env.ref("base.group_allow_export")
        self.env.ref("base.group_user").implied_ids += exporters
        for user in (self.leader, self.manager, admin):
            seen = self.notification.with_user(user)
            for values in seen.read():
                self.assertNotIn(LINK, str(values))
            names = list(seen.fields_get())
            self.assertNotIn(LINK, str(seen.export_data(names)))

    def test_no_user_has_the_mail_rendered_for_them(self):
        """More of it, and of who may not even see the record: test_mail_rendering."""
        template = self.env.ref("helpdesk_escalation.mail_template_escalation")
        for user in (self.leader, self.manager, self.env.ref("base.user_admin")):
            mail_id = template.with_user(user).send_mail(
                self.notification.id,
                email_values={"recipient_ids": user.partner_id.ids},
            )
            mail = self.env["mail.mail"].browse(mail_id)
            self.assertNotIn(LINK, f"{mail.body_html} {mail.body}")

    def test_it_is_in_no_message(self):
        messages = self.env["mail.message"].search([("body", "ilike", LINK)])
        self.assertFalse(messages)
        self.assertFalse(self.env["mail.activity"].search([("note", "ilike", LINK)]))

    @mute_logger("odoo.models")
    def test_the_mail_itself_is_for_the_system_alone(self):
        mail = self.notification.mail_id
        for user in (self.leader, self.manager):
            with self.assertRaises(AccessError):
                mail.with_user(user).read(["body_html"])
            with self.assertRaises(AccessError):
                self.notification.with_user(user).read(["mail_id"])

    def test_it_leaves_with_the_mail(self):
        """Once the mail is sent, the database holds the link no more."""
        mail = self.notification.mail_id
        mail.state = "sent"
        self._run(35)
        self.assertEqual(self.notification.state, "sent")
        self.assertFalse(mail.exists())


class TestRoutes(AccessCommon, PatientHttpCase):
    """Every route of the add-ons, for everybody and with every kind of link."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            "colleague": cls.agent,
            "manager": cls.manager,
            "team_stranger": cls._new_user("esc_team_stranger", TEAM),
            "employee": cls._new_user("esc_clerk", "base.group_user"),
            "client": cls._new_user(
                "esc_portal", "base.group_portal", partner_id=cls.client.id
            ),
        }
        cls.ticket = cls._new_ticket(0)

    def test_every_route_is_known(self):
        web = self.env["ir.http"]
        routes = {
            (path, method, endpoint.routing["auth"])
            for path, endpoint in web._generate_routing_rules(
                sorted(self.env.registry._init_modules), web._get_converters()
            )
            if endpoint.func.__module__.startswith(ADDONS)
            for method in endpoint.routing["methods"] or ["any"]
            if method not in ("HEAD", "OPTIONS")
        }
        # Odoo's route, which checks nothing, and each report of ours behind it.
        routes |= {
            (f"/report/<converter>/{report.report_name}/<docids>", "any", "user")
            for report in doors.find_reports(self.env)
        }
        path = f"/{LINK}/<string:token>"
        self.assertEqual(
            routes,
            {
                (path, "GET", "public"),
                (path, "POST", "public"),
                # Tested in test_feed.py
                (
                    "/helpdesk_escalation/on_call/<string:token>.ics",
                    "GET",
                    "public",
                ),
                # Tested in test_doors_report.py
                (
                    "/report/<converter>/helpdesk_escalation_handover.report_handover/<docids>",
                    "any",
                    "user",
                ),
                # The host's own, tested in test_sign_off.py
                ("/ticket/close", "any", "user"),
            },
            "each route is swept below",
        )

    def test_who_gets_the_button_with_which_link(self):
        self._run(30)
        incident = self._incident(self.ticket)
        theirs = incident.notification_ids.filtered("mail_id")
        self.assertEqual(theirs.user_id, self.leader)
        links = {
            "valid": self._sign(theirs, 600),
            "stale": self._sign(theirs, 1),
            "forged": self._sign(theirs, 600)[:-6] + "AAAAAA",
            "of another purpose": self._sign(theirs, 600, scope="password"),
        }
        expected = {
            "nobody logged in": {"valid"},
            "colleague": {"valid"},
            "manager": {"valid"},
        }
        for name in ("nobody logged in", *self.people):
            if name in self.people:
                self.authenticate(*[self.people[name].login] * 2)
            for kind, link in links.items():
                with self.subTest(name, link=kind):
                    for method in ("HEAD", "OPTIONS", "GET"):
                        page = self._ask(link, method)
                    got = "<form" in page.text
                    self.assertEqual(got, kind in expected.get(name, ()))
                    if name not in expected or kind != "valid":
                        self.assertNotIn(self.ticket.name, page.text)
                    # Without the CSRF token of the page nothing is ever done.
                    with mute_logger("odoo.http"):
                        self.assertEqual(self._ask(link, "POST").status_code, 400)
                    self.assertEqual(incident.state, "active")

    def _sign(self, notification, minute, scope="helpdesk_escalation.confirm"):
        expires = int(self.t0.timestamp()) + minute * 60
        values = [notification.id, expires, notification._get_birth()]
        return f"/{LINK}/{hash_sign(self.env, scope, values)}"

    def _ask(self, link, method):
        self.env.flush_all()
        with self._at(40):
            data = {"csrf_token": "forged"} if method == "POST" else None
            response = self.url_open(link, data, method=method)
        self.env.invalidate_all()
        return response

    @mute_logger("odoo.http")
    def test_no_private_method_answers_over_the_web(self):
        self.authenticate(self.manager.login, self.manager.login)
        for model, method in (
            ("helpdesk.escalation.engine", "_cron_escalate"),
            ("helpdesk.escalation.usual.wait", "_cron_learn"),
            ("helpdesk.escalation.webhook", "_cron_deliver"),
            ("helpdesk.escalation.handover", "_cron_see_to_news"),
            ("helpdesk.escalation.incident", "_confirm"),
            ("helpdesk.escalation.notification", "_from_token"),
        ):
            params = {"model": model, "method": method, "args": [[]], "kwargs": {}}
            answer = self.url_open(
                f"/web/dataset/call_kw/{model}/{method}", json={"params": params}
            ).json()
            self.assertIn("Private methods", answer["error"]["data"]["message"])
