"""base_user_role: roles give people their groups, for a time."""

from datetime import timedelta

from odoo import Command, fields

from ..support.common import TEAM, USER, EscalationCommon


class TestRoles(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role = cls.env["res.users.role"].create(
            {
                "name": "Helpdesk",
                "implied_ids": [Command.link(cls.env.ref(USER).id)],
                "line_ids": [Command.create({"user_id": cls.leader.id})],
            }
        )
        cls.ticket = cls._new_ticket()

    def _expire(self):
        """The role has ended yesterday, and the add-on's job finds out."""
        self.role.line_ids.date_to = fields.Date.today() - timedelta(days=1)
        self.env["res.users.role"].cron_update_users()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_who_is_on_it_and_loses_the_role_is_so_no_more(self):
        """And whoever was to be notified is passed over (R7, R10)."""
        self._run(30)
        self.assertEqual(self._told(self.ticket)[-1], (self.leader, "email"))
        with self._at(31):
            self._incident(self.ticket)._confirm(self.leader, "email")
        self._run(35)
        self._expire()
        self.assertTrue(self.leader.share)
        self._run(40)
        incident = self._incident(self.ticket)
        self.assertEqual((incident.state, incident.round), ("active", 2))
        self._run(70)
        last = incident.notification_ids.filtered(
            lambda line: line.user_id == self.leader and line.round == 2
        )
        self.assertEqual(last.mapped("state"), ["skipped"])

    def test_who_keeps_another_role_stays_on_it(self):
        self.env["res.users.role"].create(
            {
                "name": "Employee",
                "implied_ids": [Command.link(self.env.ref("base.group_user").id)],
                "line_ids": [Command.create({"user_id": self.leader.id})],
            }
        )
        self._run(30)
        with self._at(31):
            self._incident(self.ticket)._confirm(self.leader, "email")
        self._expire()
        self.assertFalse(self.leader.has_group(TEAM))
        self._run(40)
        self.assertEqual(self._incident(self.ticket).state, "confirmed")

    def test_people_with_roles_choose_their_substitutes(self):
        self.leader.with_user(self.leader).escalation_substitute_id = self.agent
        self.assertEqual(self.leader.escalation_substitute_id, self.agent)
        self.assertTrue(self.leader.has_group(USER))
