from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from .groups import MANAGER_GROUP, STAFF_GROUP

# With fewer, a leader and a manager are no other people than the responsible.
SMALL = 3
# Minutes after which somebody who is on it should have answered.
STARTER_EXPIRY = 120


class HelpdeskEscalationPolicy(models.Model):
    """The starter set: what a small team needs, made by one click."""

    _inherit = "helpdesk.escalation.policy"

    starter_key = fields.Char(
        readonly=True,
        copy=False,
        help="Which of the starter policies it was created as.",
    )

    _starter_once = models.UniqueIndex(
        "(company_id, starter_key) WHERE starter_key IS NOT NULL",
        "These starter policies exist already.",
    )

    @api.model
    def action_create_starter_set(self, calendar_id=False):
        """Create the policies of a small team, those that are not there yet.

        Each is ready to be set on a team, and all of it can be edited.

        :param int calendar_id: the working hours; without, around the clock
        :return: the action that shows them
        :raise AccessError: for everybody but helpdesk managers
        """
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only helpdesk managers can create escalation policies.")
            )
        starters = self._prepare_starters()
        there = self.with_context(active_test=False).search(
            [
                ("starter_key", "in", list(starters)),
                ("company_id", "=", self.env.company.id),
            ]
        )
        made = self._create_starters(
            [
                {
                    **values,
                    "starter_key": key,
                    "company_id": self.env.company.id,
                    "calendar_id": calendar_id,
                }
                for key, values in starters.items()
                if key not in there.mapped("starter_key")
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation.helpdesk_escalation_policy_action"
        )
        action["domain"] = [("id", "in", (there + made).ids)]
        action["context"] = {"active_test": False}
        return action

    @api.model
    def _create_starters(self, vals_list):
        return self.create(vals_list)

    @api.model
    def _prepare_starters(self):
        """Return the policies to make: their values, by the key they are known by."""
        return {"time": self._prepare_starter(self.env._("Standard"))}

    @api.model
    def _prepare_starter(self, name):
        """Prepare a policy: 15, 30 and 60 minutes; two steps for one or two people."""
        return {
            "name": name,
            "confirm_expiry": STARTER_EXPIRY,
            "standard": self.env._(
                "Say “I'm on it” before you start. Tell the client when they will hear "
                "from us, and keep to it. Note on the ticket what was done."
            ),
            "step_ids": [
                Command.create({"delay": 15, "recipient": "responsible"}),
                *self._prepare_senior_steps(),
            ],
        }

    @api.model
    def _prepare_senior_steps(self):
        """Prepare what comes after the responsible.

        Where there are no three people, a leader and the managers would be the same
        ones again, or nobody: then everybody there is, by email.
        """
        # Sudo: who is in a group is for administrators to see.
        people = self.env.ref(STAFF_GROUP).sudo().all_user_ids
        people = people.filtered(
            lambda user: (
                user.active and not user.share and self.env.company in user.company_ids
            )
        )
        if len(people) < SMALL:
            everybody = {
                "delay": 30,
                "recipient": "user",
                "user_ids": [Command.set((people or self.env.user).ids)],
                "channel": "email",
            }
            return [Command.create(everybody)]
        return [
            Command.create(
                {"delay": 30, "recipient": "team_leader", "channel": "email"}
            ),
            Command.create(
                {
                    "delay": 60,
                    "recipient": "group",
                    "group_id": self.env.ref(MANAGER_GROUP).id,
                    "channel": "email",
                }
            ),
        ]


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    @api.model
    def _get_dashboard_start(self):
        """Offer the starter set to managers who have no policy yet."""
        start = super()._get_dashboard_start()
        policies = self.env["helpdesk.escalation.policy"]
        if self.env.user.has_group(MANAGER_GROUP) and not policies.search_count(
            [], limit=1
        ):
            start["buttons"].insert(
                0,
                {
                    "label": self.env._("Create Starter Policies"),
                    "action": self.env["ir.actions.actions"]._for_xml_id(
                        "helpdesk_escalation.helpdesk_escalation_starter_action"
                    ),
                },
            )
        return start
