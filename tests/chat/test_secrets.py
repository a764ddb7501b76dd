"""Addresses are secrets: who knows one may post there."""

import logging
from pathlib import Path

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form

import odoo.addons.helpdesk_escalation_chat as addon

from ..support.chat import TOKEN, ChatCommon


class Everything(logging.Handler):
    """Keeps all that is logged, with its traceback."""

    def __init__(self):
        super().__init__(0)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class TestSecrets(ChatCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.room = cls._new_room()
        cls.leader._escalation_set_chat_address(cls._mattermost())
        cls.admin = cls._new_user(
            "esc_admin",
            "base.group_system,helpdesk_mgmt.group_helpdesk_manager",
        )

    def test_nobody_reads_them(self):
        secrets = (
            (self.room, "secret"),
            (self.leader, "escalation_chat_secret"),
        )
        for records, name in secrets:
            for user in (self.manager, self.leader, self.admin):
                here = records.with_user(user)
                with self.subTest(field=name, user=user.login):
                    with self.assertRaises(AccessError):
                        here.read([name])
                    with self.assertRaises(AccessError):
                        here.search([(name, "like", TOKEN)])
                    with self.assertRaises(UserError):
                        here.export_data([name])
                    with self.assertRaises(AccessError):
                        here.write({name: "x"})
                    self.assertNotIn(name, here.fields_get())
                    self.assertNotIn(TOKEN, str(here.read(self._ours(here))))

    def _ours(self, records):
        """What people may read of it; of users there is more that they may not."""
        ours = ("escalation_chat", "service", "address", "error", "name")
        return [name for name in records.fields_get() if name.startswith(ours)]

    def test_what_was_entered_is_shown_to_nobody(self):
        room = self.room.with_user(self.manager)
        with Form(room) as form:
            self.assertFalse(form.address)
            form.name = "Renamed"
        self.assertEqual(room.sudo().secret, self._mattermost(), "and is kept")
        self.assertEqual(room.service, "Mattermost")

    def test_a_copy_has_none(self):
        self.assertFalse(self.room.copy().secret)
        self.assertFalse(self.leader.copy({"login": "other"}).escalation_chat_secret)

    def test_no_error_holds_one(self):
        for address in (f"mmost://{TOKEN}", f"json://example.com/{TOKEN}"):
            with self.assertRaises(ValidationError) as caught:
                self._new_room(address=address)
            self.assertNotIn(TOKEN, str(caught.exception))
        self.server.status = 500
        with self.assertRaises(UserError) as caught:
            self.room.action_test()
        self.assertNotIn(TOKEN, str(caught.exception))

    def test_no_log_holds_one(self):
        """Whatever the level of the log is."""
        handler = Everything()
        root = logging.getLogger()
        levels = {
            name: logging.getLogger(name).level for name in ("apprise", "urllib3")
        }
        root.addHandler(handler)
        for name in levels:
            logging.getLogger(name).setLevel(1)
        try:
            self._new_ticket(0)
            for status in (200, 500):
                self.server.status = status
                self._run_and_send(30)
                with self.assertRaises(UserError) if status > 200 else self.subTest():
                    self.room.action_test()
            self.leader._escalation_set_chat_address(f"mmost://127.0.0.1:9/{TOKEN}")
            self._send(31)
        finally:
            root.removeHandler(handler)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
        self.assertNotIn(TOKEN, "\n".join(handler.lines))
        # What others do is logged as ever.
        record = logging.makeLogRecord({"name": "apprise", "msg": "something else"})
        self.assertTrue(logging.getLogger("apprise").filter(record))

    def test_a_copy_of_the_database_made_for_testing_has_none(self):
        statements = Path(addon.__file__).parent / "data" / "neutralize.sql"
        self.env.flush_all()
        self.env.cr.execute(statements.read_text())
        self.env.invalidate_all()
        self.assertFalse(self.room.secret)
        self.assertFalse(self.leader.escalation_chat_secret)

    # ------------------------------------------------------------------
    # One's own
    # ------------------------------------------------------------------

    def _open_dialog(self, user):
        dialogs = self.env["helpdesk.escalation.chat.address"].with_user(user)
        return Form(dialogs)

    def test_one_enters_ones_own_address_and_tests_it(self):
        person = self.director
        self.assertEqual(
            person.with_user(person).action_escalation_chat_address()["res_model"],
            "helpdesk.escalation.chat.address",
        )
        form = self._open_dialog(person)
        self.assertEqual(form.service, "Discuss")
        form.address = f" {self._mattermost()} "
        dialog = form.save()
        dialog.action_save()
        self.assertEqual(person.escalation_chat_secret, self._mattermost())
        self.assertEqual(person.with_user(person).escalation_chat_service, "Mattermost")
        notice = dialog.action_test()
        self.assertEqual(notice["params"]["message"], "Sent to Mattermost.")
        self.assertIn("Test of Helpdesk Escalation", self.server.texts[0])
        self.assertNotIn(TOKEN, str(dialog.read()))

    def test_a_wrong_one_changes_nothing(self):
        form = self._open_dialog(self.leader)
        form.address = "nonsense"
        with (
            self.assertRaisesRegex(ValidationError, "no address of a chat service"),
            self.env.cr.savepoint(),
        ):
            form.save()
        self.assertEqual(self.leader.escalation_chat_secret, self._mattermost())

    def test_one_goes_back_to_discuss(self):
        dialog = self._open_dialog(self.leader).save()
        dialog.action_use_discuss()
        self.assertFalse(self.leader.escalation_chat_secret)
        self.assertFalse(self.leader.escalation_chat_service)
        dialog.action_test()
        self.assertEqual(len(self._chat_with(self.leader)), 1)

    def test_a_test_says_what_is_wrong(self):
        self.server.status = 403
        dialog = self._open_dialog(self.leader).save()
        with self.assertRaisesRegex(UserError, r"did not accept the message \(403\)"):
            dialog.action_test()

    def test_nobody_sets_anybody_elses(self):
        for user in (self.manager, self.admin):
            with self.assertRaises(AccessError):
                self.leader.with_user(user).action_escalation_chat_address()
            dialog = self._open_dialog(user).save()
            with self.assertRaises(AccessError):
                dialog.with_user(self.agent).action_use_discuss()
        self.assertEqual(self.leader.escalation_chat_secret, self._mattermost())
