"""A rota is edited: whoever is on duty stays, and what was is never changed."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import users

from ..support.on_call import DAY, HOUR, OnCallCommon


class TestRota(OnCallCommon):
    def setUp(self):
        super().setUp()
        # It is noon of the day on which Anna is on duty for the third time.
        self.today = self.start + 6 * DAY
        self.noon = self.today + 12 * HOUR
        self.clock = freeze_time(self.noon)
        self.clock.start()
        self.addCleanup(self.clock.stop)

    def test_people_are_on_duty_in_turn(self):
        self.assertEqual(
            self._week(self.rota, self.today, 4), ["Anna", "Ben", "Cleo", "Anna"]
        )
        self.assertEqual(self.rota.current_user_id, self.anna)
        self.assertEqual(self.rota.current_until, self.today + DAY)
        self.assertEqual(self.rota.next_user_id, self.ben)

    def test_who_is_added_waits_for_the_present_one(self):
        with freeze_time(self.noon + DAY):
            self._set_people(self.layer, self.anna, self.agent, self.ben, self.cleo)
            self.assertEqual(
                self._week(self.rota, self.today + DAY, 4),
                ["Ben", "Cleo", "Anna", "esc_agent"],
            )

    def test_who_is_removed_while_another_is_on_duty(self):
        with freeze_time(self.noon + DAY):
            self._set_people(self.layer, self.ben, self.cleo)
            self.assertEqual(
                self._week(self.rota, self.today + DAY, 3), ["Ben", "Cleo", "Ben"]
            )

    def test_who_is_removed_on_duty_makes_way_at_once(self):
        with freeze_time(self.noon + DAY):
            self._set_people(self.layer, self.anna, self.cleo)
            self.assertEqual(self._on_duty(self.rota, self.noon + DAY), self.cleo)
            self.assertEqual(self._on_duty(self.rota, self.noon + DAY - HOUR), self.ben)
            self.assertEqual(self._on_duty(self.rota, self.noon + 2 * DAY), self.anna)

    def test_another_length_counts_from_the_end_of_the_shift(self):
        self.layer.duration = 2
        self.assertEqual(
            self._week(self.rota, self.today, 6),
            ["Anna", "Ben", "Ben", "Cleo", "Cleo", "Anna"],
        )

    def test_a_later_handover_leaves_no_hour_to_a_third(self):
        self.layer.handover = 8.5
        day = self.today + DAY
        for moment, person in (
            (day - HOUR, self.anna),
            (day + HOUR, self.ben),
            (day + 8 * HOUR, self.ben),
            (day + DAY + 8 * HOUR, self.ben),
            (day + DAY + 9 * HOUR, self.cleo),
        ):
            self.assertEqual(self._on_duty(self.rota, moment), person)

    def test_another_zone_moves_the_next_handover_not_the_order(self):
        self.rota.tz = "Asia/Tokyo"
        day = self.today + DAY
        self.assertEqual(self._on_duty(self.rota, day - HOUR), self.anna)
        self.assertEqual(self._on_duty(self.rota, day + HOUR), self.ben)
        self.assertEqual(self._on_duty(self.rota, day + 16 * HOUR), self.cleo)

    def test_a_change_from_next_month_leaves_today_as_it_is(self):
        later = self.today + 30 * DAY
        self.layer.write(
            {
                "edit_from": later,
                "turn_ids": [
                    Command.clear(),
                    Command.create({"user_id": self.agent.id}),
                ],
            }
        )
        self.assertEqual(self._week(self.rota, self.today, 3), ["Anna", "Ben", "Cleo"])
        self.assertEqual(self._on_duty(self.rota, later + HOUR), self.agent)

    def test_of_two_edits_in_a_minute_the_last_counts(self):
        self._set_people(self.layer, self.ben, self.cleo)
        self._set_people(self.layer, self.cleo, self.anna, self.ben)
        self.assertEqual(self._week(self.rota, self.today, 3), ["Anna", "Ben", "Cleo"])

    def test_no_edit_changes_the_past(self):
        past = [self.start + n * 7 * HOUR for n in range(20)]
        before = [self._on_duty(self.rota, moment) for moment in past]
        self.assertEqual(len(set(before)), 3)
        hours = self._new_hours(range(7), 8, 17)
        with freeze_time(self.noon + HOUR / 2):
            self._arrange(self.ben, "take", self.noon, self.today + DAY, self.anna)
        edits = (
            lambda: self._set_people(self.layer, self.cleo, self.ben),
            lambda: self.layer.write({"duration": 3}),
            lambda: self.rota.write({"tz": "America/Lima"}),
            lambda: self.layer.write({"calendar_id": hours.id}),
            lambda: hours.write({"tz": "Asia/Tokyo"}),
            lambda: hours.attendance_ids[0].write({"hour_to": 10}),
            lambda: hours.attendance_ids[0].unlink(),
            lambda: self.layer.write({"sat": False, "sun": False}),
            lambda: self.cleo.action_archive(),
            lambda: self.rota.layer_ids[:1].turn_ids[:1].unlink(),
            lambda: self.rota.write(
                {
                    "layer_ids": [
                        Command.create(
                            {
                                "sequence": 1,
                                "anchor_date": "2020-01-01",
                                "turn_ids": [Command.create({"user_id": self.ben.id})],
                            }
                        )
                    ]
                }
            ),
            lambda: self.rota.layer_ids[:1].unlink(),
            lambda: (self.rota.action_archive(), self.rota.action_unarchive()),
        )
        now = self.noon + HOUR
        for number, edit in enumerate(edits):
            with freeze_time(now), self.subTest(number):
                edit()
                self.env.flush_all()
            now += HOUR
            past.append(now - timedelta(minutes=1))
            with freeze_time(now), self.subTest(number):
                before.append(self._on_duty(self.rota, past[-1]))
                after = [self._on_duty(self.rota, moment) for moment in past]
                self.assertEqual(after, before)

    def test_a_layer_that_has_begun_ends_and_is_kept(self):
        self.layer.unlink()
        self.assertFalse(self.rota.layer_ids)
        self.assertTrue(self.layer.exists())
        self.assertEqual(self._on_duty(self.rota, self.noon - HOUR), self.anna)
        self.assertFalse(self._on_duty(self.rota, self.noon))

    def test_a_rota_in_which_people_were_on_duty_is_archived_not_deleted(self):
        self.rota._cron_log()
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.rota.unlink()
        new = self._new_rota("New", self.anna)
        new.unlink()

    def test_a_copy_has_the_same_people_and_no_past(self):
        copy = self.rota.copy()
        self.assertEqual(copy.name, "First line (copy)")
        self.assertEqual(copy.layer_ids.turn_ids.user_id, self.layer.turn_ids.user_id)
        self.assertFalse(copy._has_past())
        self.assertEqual(self._on_duty(copy, self.noon), self.anna)

    def test_what_cannot_be_is_refused(self):
        for values, words in (
            ({"duration": 0}, "at least 1"),
            ({"duration": -1}, "at least 1"),
            ({"duration": 10**6}, "a year at most"),
            ({"duration": 10**12}, "at least 1"),
            ({"handover": 24}, "between 0:00"),
            ({"handover": -1}, "between 0:00"),
            ({day: False for day in "mon tue wed thu fri sat sun".split()}, "one day"),
        ):
            with self.subTest(values), self.assertRaisesRegex(Exception, words):
                with self.env.cr.savepoint():
                    self.layer.write(values)
                    self.env.flush_all()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        outsider = self._new_user(
            "esc_out",
            "base.group_user",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        portal = self._new_user("esc_port", "base.group_portal")
        for user in (outsider, portal):
            with self.assertRaises(ValidationError):
                self._set_people(self.layer, user)

    @users("esc_manager")
    def test_a_manager_cannot_write_the_past_by_hand(self):
        layer = self.layer.with_env(self.env)
        for values in ({"valid_from": "2020-01-01"}, {"offset": 1}, {"tz": "UTC"}):
            with self.assertRaisesRegex(UserError, "goes on from the present"):
                layer.write(values)

    def test_the_log_keeps_a_row_for_each_shift(self):
        self.rota._cron_log()
        with freeze_time(self.noon + HOUR):
            self.rota._cron_log()
        log = self.env["helpdesk.escalation.rota.log"].search(
            [("rota_id", "=", self.rota.id)], order="start"
        )
        self.assertEqual(
            [row.user_id.name for row in log], ["Anna", "Ben", "Cleo"] * 2 + ["Anna"]
        )
        self.assertEqual(log[-1].stop, self.noon + HOUR)
        self.assertEqual(log[0].stop, self.start + DAY)

    def test_who_left_is_on_duty_no_more_and_the_rota_says_so(self):
        self.anna.action_archive()
        self.assertFalse(self._on_duty(self.rota, self.noon))
        self.assertEqual(self._on_duty(self.rota, self.noon - HOUR), self.anna)
        self.assertEqual(self.rota.vacant_words, "Anna")
        self.assertIn("Nobody is on duty", self.rota.gap_words)

    def test_the_form_shows_handovers_and_who_gains_before_saving(self):
        from odoo.tests import Form

        with Form(self.rota) as form:
            self.assertIn("Ben", form.handovers)
            self.assertFalse(form.gains)
            with form.layer_ids.edit(0) as layer:
                with layer.turn_ids.edit(2) as turn:
                    turn.user_id = self.agent
            self.assertIn("esc_agent", form.handovers)
            self.assertIn("+720 h", form.gains)
            self.assertIn("-720 h", form.gains)
            self.assertIn("Cleo", form.gains)
