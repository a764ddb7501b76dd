"""R14 for who is on duty: who sees and does what, and nobody else."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tools import mute_logger

from ..support.access import WhoMayCommon
from ..support.on_call import DAY, ON_CALL_METHODS, ON_CALL_MODELS


class TestWhoMayOnCall(WhoMayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own, team = cls.people["own"], cls.people["team"]
        with freeze_time(cls.t0 - 3 * DAY):
            cls.rota = cls.env["helpdesk.escalation.rota"].create(
                {
                    "name": "First line",
                    "tz": "UTC",
                    "layer_ids": [
                        Command.create(
                            {
                                "unit": "days",
                                "handover": 0,
                                "anchor_date": datetime.now().date(),
                                "turn_ids": [
                                    Command.create({"sequence": 1, "user_id": own.id}),
                                    Command.create({"sequence": 2, "user_id": team.id}),
                                ],
                            }
                        )
                    ],
                }
            )
        cls.rota._cron_log()
        now = cls.rota._get_minute()
        shifts = cls.env["helpdesk.escalation.rota.shift"].search(
            [("start", ">", now), ("stop", "<", now + 9 * DAY)]
        )
        cls.shift = shifts.filtered(lambda one: one.user_id == own)[0]
        cls.change = cls.env["helpdesk.escalation.rota.change"].create(
            {
                "rota_id": cls.rota.id,
                "start": cls.shift.start,
                "stop": cls.shift.stop,
                "replaced_id": own.id,
                "state": "asked",
                "kind": "give",
                "asked_ids": [Command.set(team.ids)],
                "author_id": own.id,
            }
        )
        cls.env.invalidate_all()

    def _dialog(self, kind="take"):
        return {
            "kind": kind,
            "rota_id": self.rota.id,
            "start": self.shift.start,
            "stop": self.shift.stop,
            "replaced_id": self.shift.user_id.id,
        }

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_model(self):
        nobody, managers = set(), {"manager"}
        exporters = self.env.ref("base.group_allow_export")
        self.env.ref("base.group_user").implied_ids += exporters
        dialog = self.env["helpdesk.escalation.rota.arrange"].create(self._dialog())
        log = self.env["helpdesk.escalation.rota.log"].search(
            [("rota_id", "=", self.rota.id)], limit=1
        )
        turn = self.env["helpdesk.escalation.team.turn"].create(
            {"team_id": self.team.id, "user_id": self.director.id}
        )
        subscribe = self.env["helpdesk.escalation.rota.subscribe"].create({})
        feeds = self.env["helpdesk.escalation.rota.feed"]
        feed = feeds.create({"user_id": self.people["own"].id, "token_hash": "X"})
        fresh = self.rota.copy()
        layer = fresh.layer_ids
        span = self.env["helpdesk.escalation.rota.span"].create(
            {"layer_id": layer.id, "start": self.t0, "stop": self.t0 + DAY}
        )
        staff = self.STAFF
        everybody = staff | {"user elsewhere", "manager elsewhere"}
        table = (
            # records, a change, who reads, who changes, creates, deletes
            (fresh, {"name": "X"}, staff, managers, managers),
            (layer, {"duration": 2}, staff, managers, managers),
            (layer.turn_ids[0], {"user_id": False}, staff, managers, managers),
            (self.change, {"reason": "X"}, staff, nobody, nobody),
            (log, {"user_id": self.director.id}, staff, nobody, nobody),
            (self.shift, None, staff, nobody, nobody),
            (dialog, {"reason": "X"}, nobody, nobody, staff),
            (subscribe, {"rota_id": fresh.id}, nobody, nobody, everybody),
            (span, {"summary": "X"}, staff, nobody, nobody),
            (feed, {"user_id": self.agent.id}, {"own", "manager"}, nobody, nobody),
            (turn, {"number": 5}, nobody, nobody, nobody),
        )
        self._assert_all_are_listed(
            {records._name for records, *_row in table}, ON_CALL_MODELS
        )
        for records, values, readers, writers, creators in table:
            operations = list(self._ways_to_read(records))
            seen_by = self._readers(records, readers)
            operations = [(name, call, seen_by) for name, call in operations]
            if values:
                new = records == dialog and self._dialog() or records.copy_data()[0]
                if records == layer:
                    new["rota_id"] = fresh.id
                operations += [
                    ("write", lambda r, v=values: r.write(v), writers),
                    ("create", lambda r, v=new: r.create(v), creators),
                    (
                        "unlink",
                        lambda r: r.unlink(),
                        readers if records == feed else writers,
                    ),
                ]
            for name, call, expected in operations:
                if records == turn and name == "create":
                    # One a team and person, whoever it is.
                    continue
                with self.subTest(model=records._name, operation=name):
                    who = self._who(records, call)
                    self.assertEqual(who, expected, (records, name))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_button(self):
        dialogs = self.env["helpdesk.escalation.rota.arrange"]

        def apply(dialogs):
            return dialogs.create(self._dialog()).action_apply()

        def move(shift):
            return shift.action_move(str(shift.start), str(shift.stop))

        def subscribe(dialogs):
            return dialogs.create({"rota_id": self.rota.id}).action_create_feed()

        subscriptions = self.env["helpdesk.escalation.rota.subscribe"]
        buttons = (
            (self.rota, "action_view_shifts", None, self.VIEWERS),
            (self.rota.layer_ids, "action_import", None, {"manager"}),
            # Opens a dialog, whose button checks.
            (self.shift, "action_take", None, self.VIEWERS),
            (self.shift, "action_give", None, self.VIEWERS),
            (self.shift, "action_swap", None, self.VIEWERS),
            (self.shift, "action_change", None, self.VIEWERS),
            (self.shift, "action_move", move, self.VIEWERS),
            # Of the others nobody is in the rota.
            (dialogs, "action_apply", apply, {"team", "manager"}),
            (subscriptions, "action_create_feed", subscribe, self.STAFF),
            (self.change, "action_accept", None, {"team"}),
            (self.change, "action_cancel", None, {"own", "manager"}),
        )
        for records, name, call, expected in buttons:
            call = call or (lambda r, name=name: getattr(r, name)())
            with self.subTest(model=records._name, button=name):
                self.assertEqual(self._who(records, call), expected)
        self.assertEqual(
            {(records._name, name) for records, name, _call, _who in buttons},
            ON_CALL_METHODS,
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_a_managers_dialog_is_for_managers(self):
        dialogs = self.env["helpdesk.escalation.rota.arrange"]

        def put_myself(dialogs):
            values = {**self._dialog("manager"), "user_id": dialogs.env.uid}
            return dialogs.create(values).action_apply()

        self.assertEqual(self._who(dialogs, put_myself), {"manager"})

    def test_a_person_of_another_time_zone_sees_both_times(self):
        shift = self.shift.with_context(tz="Asia/Tokyo")
        self.assertIn("12:00", shift.rota_time)
        self.assertFalse(self.shift.with_context(tz="UTC").rota_time)
        self.assertEqual(self.shift.stop - self.shift.start, timedelta(days=1))
