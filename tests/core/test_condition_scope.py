"""What a condition may look at, and what it may be: nothing that tells a secret."""

import time

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from odoo.addons.base.models.res_partner import ResPartner

from ..support.scope import ScopeCommon

QUIET = "odoo.addons.helpdesk_escalation.models.helpdesk_escalation_condition"
HOLDS_FOR_ALL = "[('id', '!=', 0)]"


class TestWhatAConditionMayLookAt(ScopeCommon):
    def test_plain_things_of_the_ticket_and_around_it(self):
        for condition in (
            "[('name', 'ilike', 'fire')]",
            "[('stage_id.name', '=', 'New')]",
            "[('closed', '=', False)]",
            "[('channel_id.name', '=like', 'E%')]",
            "[('create_date.month_number', '=', 3)]",
            "[('create_date', '>=', 'today -7d')]",
            "[('partner_id.country_id.code', '=', 'BE')]",
            "[('partner_id.country_code', '=', 'BE')]",
            "[('partner_id.industry_id', '!=', False)]",
            "[('partner_id.category_id.name', 'in', ['VIP', 'Gold'])]",
            "[('partner_id', 'child_of', 'ACME')]",
            "[('partner_id.phone', '!=', False)]",
            "[('partner_id.commercial_partner_id.child_ids.city', '=', 'Bonn')]",
            "[('duplicate_id', '=', False)]",
            "[('partner_id.helpdesk_ticket_ids', '!=', False)]",
            "[('partner_id', 'any', [('city', '=', 'Bonn'), ('id', '>', 3)])]",
            "[('team_id', 'not any', [('user_ids', 'any', [('name', '=', 'X')])])]",
            "[('user_id.login', '=like', 'esc%'), ('create_uid', '=', 1)]",
            "[('company_id.name', '=', 'Here')]",
            "['|', ('tag_ids', '=', 'Outage'), '!', (1, '=', 1)]",
            "[('sequence', 'in', [1, -2, 3.5, None, True])]",
        ):
            with self.subTest(condition):
                self._save(condition)
                self.assertFalse(self.policy.condition_error)

    def test_secrets_and_what_is_for_some_groups_only_are_refused(self):
        for condition, field in (
            ("[('access_token', '=like', 'a%')]", "access_token"),
            ("[('partner_id.signup_type', '=', 'x')]", "partner_id.signup_type"),
            ("[('user_id.password', '=like', 'a%')]", "user_id.password"),
            ("[('activity_ids', '!=', False)]", "activity_ids"),
            ("[('partner_id.image_128', '!=', False)]", "partner_id.image_128"),
        ):
            self._assert_refused(condition, f"“.*” \\({field}\\).* Choose ")
            self._assert_refused(condition, f"“.*” \\({field}\\)", self.env.user)

    def test_other_models_are_refused_however_one_gets_there(self):
        for condition, field in (
            ("[('message_ids.body', 'ilike', 'a')]", "message_ids"),
            ("[('message_ids', '!=', False)]", "message_ids"),
            # Other tickets and contacts may be another company's.
            ("[('duplicate_id', 'ilike', 'a')]", "duplicate_id"),
            ("[('duplicate_ids.name', '=like', 'a%')]", "duplicate_ids"),
            (
                "[('partner_id.helpdesk_ticket_ids.name', '=like', 'a%')]",
                "partner_id.helpdesk_ticket_ids",
            ),
            (
                "[('team_id', 'any', [('ticket_ids', 'any', [('id', '=', 1)])])]",
                "team_id.ticket_ids",
            ),
            (
                "[('partner_id.category_id.partner_ids.phone', '=like', '0%')]",
                "partner_id.category_id.partner_ids",
            ),
            ("[('attachment_ids.store_fname', '=like', 'a%')]", "attachment_ids"),
            ("[('user_id.partner_id.phone', '=like', '0%')]", "user_id.partner_id"),
            ("[('user_id.phone', '=like', '0%')]", "user_id.phone"),
            ("[('create_uid.signature', 'ilike', 'a')]", "create_uid.signature"),
            ("[('user_id.employee_ids', '!=', 0)]", "user_id.employee_ids"),
            (
                "[('partner_id.user_ids.group_ids', '=', 2)]",
                "partner_id.user_ids.group_ids",
            ),
            ("[('partner_id.bank_ids.acc_number', '=', 1)]", "partner_id.bank_ids"),
            ("[('company_id.email', '=like', 'a%')]", "company_id.email"),
            ("[('company_id.partner_id.phone', '=', 1)]", "company_id.partner_id"),
            ("[('team_id.alias_defaults', 'ilike', 'a')]", "team_id.alias_id"),
            (
                "[('stage_id.mail_template_id.body_html', 'ilike', 'a')]",
                "stage_id.mail_template_id",
            ),
            (
                "[('partner_id', 'any', [('user_ids', 'any', [('share', '=', 1)])])]",
                "partner_id.user_ids.share",
            ),
            (
                "[('id', 'any', [('partner_id', 'not any', [('bank_ids', '=', 1)])])]",
                "id.partner_id.bank_ids",
            ),
            ("['!', '|', ('id', '=', 1), ('rating_ids', '=', 1)]", "rating_ids"),
        ):
            self._assert_refused(condition, f"“.*” \\({field}\\).* Choose ")

    def test_what_is_searched_by_code_is_refused(self):
        for condition, field in (
            ("[('message_partner_ids', '=', 1)]", "message_partner_ids"),
            ("[('message_is_follower', '=', True)]", "message_is_follower"),
            ("[('is_rotting', '=', True)]", "is_rotting"),
        ):
            self._assert_refused(condition, f"“.*” \\({field}\\).* Choose ")

    def test_the_escalation_itself_is_refused_by_whatever_path(self):
        for condition in (
            "[('escalation_status', '=', 'active')]",
            "[('id', 'any', [('escalation_waiting_since', '!=', False)])]",
            "[('team_id.escalation_policy_id.name', '=', 'Standard')]",
            "[('partner_id.escalation_policy_id.name', '=', 'Standard')]",
            "[('user_id.escalation_substitute_id', '!=', False)]",
        ):
            self._assert_refused(condition, "is about the escalation itself")
        for condition in (
            "[('duplicate_id.escalation_status', '=', 'active')]",
            "[('team_id.ticket_ids.effective_escalation_policy_id', '!=', False)]",
            "[('partner_id.helpdesk_ticket_ids', 'any', "
            "[('escalation_waiting_since', '!=', False)])]",
        ):
            self._assert_refused(condition, "is not for conditions. Choose ")

    def test_the_author_must_read_it_also_where_it_is_saved_as_superuser(self):
        """Who may not read contacts' categories learns nothing of them either."""
        category = self.env.ref("base.model_res_partner_category")
        self.env["ir.model.access"].search([("model_id", "=", category.id)]).unlink()
        condition = "[('partner_id.category_id.name', '=', 'VIP')]"
        words = "You may not read .* \\(partner_id.category_id.name\\)"
        self._assert_refused(condition, words)
        policy = self.policy.with_user(self.manager).sudo()
        with self.assertRaisesRegex(ValidationError, words):
            policy.condition = condition
        # The system, as in an add-on's data, has no rights to ask for.
        self.policy.with_user(1).condition = condition

    def test_a_field_that_a_module_keeps_from_the_author_is_refused(self):
        original = ResPartner._has_field_access

        def keeps(partners, field, operation):
            if field.name == "city" and not partners.env.su:
                return False
            return original(partners, field, operation)

        self.patch(self.registry["res.partner"], "_has_field_access", keeps)
        self._assert_refused("[('partner_id.city', '=', 'Bonn')]", "You may not read")

    @mute_logger(QUIET)
    def test_a_field_that_gets_a_group_matches_nothing_any_more(self):
        self.policy.condition = "[('partner_id.city', '=', False)]"
        ticket = self._new_ticket(0)
        self.assertEqual(ticket.effective_escalation_policy_id, self.policy)
        self.patch(
            self.env["res.partner"]._fields["city"], "groups", "base.group_system"
        )
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self.assertIn("some groups of users only", self.policy.condition_error)
        self.assertFalse(ticket.effective_escalation_policy_id)


class TestWhatAConditionMayBe(ScopeCommon):
    def test_literals_only_at_once(self):
        for condition in (
            "list(range(10**6))",
            "'a'*10**8",
            "9**9**9",
            "[('id', 'in', list(range(10**6)))]",
            "[('name', '=', 'a' * 10**8)]",
            "[('id', '=', 9**9**9)]",
            "[('create_date', '>', datetime.datetime.now())]",
            "[('user_id', '=', uid)]",
            "[x for x in [('id', '=', 1)]]",
            "[('id', '=', 2 - 1)]",
            "[('name', '=', f'{1}')]",
            "[('name', '=', b'a')]",
            "{'id': 1}",
            "5",
            "-" * 3000 + "1",
            "[('priority', '=',",
            "[('name', '=', 'a\\x00')]",
            " ",
        ):
            started = time.monotonic()
            self._assert_refused(condition, "Only plain values can be used")
            self.assertLess(time.monotonic() - started, 1)

    def test_nothing_endless(self):
        deep = "[('id', '=', 1)]"
        for _level in range(6):
            deep = f"[('id', 'any', {deep})]"
        for condition, words in (
            ("[" * 2000 + "]" * 2000, "too long"),
            (f"[('name', '=', '{'a' * 300}')]", "too long"),
            ("[('name', 'in', [" + "'a'," * 2000 + "])]", "too long"),
            ("x" * 10**7, "too long"),
            ("[('id', '=', 9999999999999999999)]", "too large"),
            ("[('sequence', '>', 1e999)]", "too large"),
            ("[" + "('id', '=', 1)," * 51 + "]", "more than 50 conditions"),
            (
                "[('partner_id" + ".parent_id" * 6 + "', '=', 1)]",
                "more than 6 fields",
            ),
            (deep, "more than 6 fields"),
        ):
            started = time.monotonic()
            self._assert_refused(condition, words)
            self.assertLess(time.monotonic() - started, 1)

    @mute_logger(QUIET)
    def test_nothing_malformed(self):
        for condition in (
            "[('id', '=')]",
            "[['id']]",
            "[7]",
            "['&']",
            "[('id', 'any!', [('id', '=', 1)])]",
            "[('id', 'ANY!', [('id', '=', 1)])]",
            "[('id', ['='], 1)]",
            "[('name', 'any', [('id', '=', 1)])]",
            "[('partner_id', 'any', 'x')]",
            "[(2, '=', 1)]",
            "[('id', 'in', [[1]])]",
            "[('', '=', 1)]",
            "[('partner_id.', '=', 1)]",
            "[('name.x', '=', 1)]",
            "[('create_date.x', '=', 1)]",
            "[('create_date', '>', 'today +99999999999y')]",
        ):
            self._assert_refused(condition, "Choose ")

    @mute_logger(QUIET)
    def test_a_moment_that_leaves_the_calendar_stops_no_run(self):
        """It could be saved once, and one day it cannot be reckoned any more."""
        other = self._new_policy("Sound", {"delay": 10, "recipient": "team_leader"})
        sound = self._new_ticket(0, escalation_policy_id=other.id)
        self._break(self.policy, "condition", "[('create_date', '<', '+99999y')]")
        conditions = self.registry["helpdesk.escalation.policy"]
        self.patch(conditions, "_find_fault", lambda _self, _model, _text: False)
        self._run(10)
        self.assertEqual(self._told(sound), [(self.leader, "activity")])
