"""The health line: channels that keep failing, and people whom theirs cannot reach."""

from odoo import Command

from ..support.health import HealthCommon


class TestFailingChannels(HealthCommon):
    def _fail(self, count, ended=True):
        """Let mails of as many tickets fail."""
        tickets = [self._new_ticket(0) for _ in range(count)]
        self._run(30)
        incidents = self.incidents.search(
            [("ticket_id", "in", [ticket.id for ticket in tickets])]
        )
        mails = incidents.notification_ids.filtered(lambda n: n.channel == "email")
        self.assertEqual(len(mails), count)
        mails.write({"state": "failed", "reason": "550 no such user"})
        if ended:
            incidents._resolve("closed")
        return mails

    def test_a_channel_that_keeps_failing(self):
        """Also where all that failed is settled by now: the next one fails too."""
        failed = self._fail(3)
        problem = self._one("failing_channels")
        self.assertEqual(problem["level"], "danger")
        self.assertIn("Email (3 of 3 in the last 24 hours)", problem["text"])
        self.assertEqual(self._shown(problem), failed)

    def test_two_in_a_day_may_be_an_accident(self):
        self._fail(2)
        self.assertEqual(self._problems(), {})

    def test_not_where_more_arrives_than_fails(self):
        self._fail(3)
        arrived = self._fail(4)
        arrived.state = "sent"
        self.assertEqual(self._problems(), {})
        arrived[0].unlink()
        self.assertIn("3 of 6", self._one("failing_channels")["text"])

    def test_what_failed_the_day_before_is_over(self):
        failed = self._fail(3)
        self._date(failed, -24 * 60 - 5)
        self.assertEqual(self._problems(), {})

    def test_what_is_open_is_said_once(self):
        self._fail(3, ended=False)
        self._one("failed_mails")

    def test_another_companys_are_not_counted(self):
        failed = self._fail(3)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET company_id = %s WHERE id IN %s",
            (elsewhere.id, failed.ticket_id._ids),
        )
        self.env.invalidate_all()
        self.assertEqual(self._problems(), {})


class TestUnreachablePeople(HealthCommon):
    def test_a_leader_without_an_address_is_named_with_the_way_to_mend_it(self):
        self.assertEqual(self._problems(), {})
        self.leader.email = False
        problem = self._one("unreachable_people")
        self.assertIn("esc_leader (No email address)", problem["text"])
        action = problem["button"]["action"]
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["res_id"], self.leader.partner_id.id)
        self.leader.email = "leader@helpdesk.example"
        self.assertEqual(self._problems(), {})

    def test_who_is_reached_by_another_step_is_no_problem(self):
        self.leader.email = False
        self.policy.step_ids = [
            Command.create(
                {"delay": 90, "recipient": "team_leader", "channel": "activity"}
            )
        ]
        self.assertEqual(self._problems(), {})

    def test_one_of_several_whom_a_step_names(self):
        self.policy.step_ids[-1].user_ids += self.manager
        self.manager.email = False
        self.assertIn("esc_manager", self._one("unreachable_people")["text"])
        # Where nobody is left it is a step that reaches nobody, said once.
        self.director.email = False
        self._one("dead_steps")

    def test_people_of_a_group_and_of_the_teams_above(self):
        group = self.env["res.groups"].create(
            {
                "name": "Night shift",
                "user_ids": [Command.set((self.agent + self.director).ids)],
            }
        )
        self.team.parent_id = self.env["helpdesk.ticket.team"].create(
            {"name": "Above", "user_id": self.manager.id}
        )
        (self.director + self.manager).email = False
        last = self.policy.step_ids[-1]
        last.write({"recipient": "group", "group_id": group.id})
        self.policy.step_ids = [
            Command.create(
                {"delay": 90, "recipient": "parent_team_leader", "channel": "email"}
            )
        ]
        text = self._problems()["unreachable_people"]["text"]
        self.assertIn("esc_director", text)
        self.assertIn("esc_manager", text)
        self.assertNotIn("esc_agent", text)

    def test_who_was_archived_is_another_problem(self):
        self.policy.step_ids[-1].user_ids += self.manager
        self.director.active = False
        self.assertNotIn("unreachable_people", self._problems())

    def test_it_costs_the_same_for_many_people(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            health = self.env["helpdesk.escalation.health"].with_user(self.manager)
            health._find_unreachable_people(self.policy.with_user(self.manager))
            return self.env.cr.sql_log_count - before

        count()
        costs = []
        for size in (10, 40):
            for number in range(size):
                self.team.user_ids += self._new_user(
                    f"esc_{size}_{number}", "base.group_user", email=False
                )
            self.policy.step_ids[0].channel = "email"
            costs.append(count())
        # Not one query a person; prefetching may take one more.
        self.assertLess(costs[1] - costs[0], 5)
