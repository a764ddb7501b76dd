from odoo import api, models

from .groups import AUDITOR_GROUP, MANAGER_GROUP

POLICY = "helpdesk.escalation.policy"
NOTIFICATION = "helpdesk.escalation.notification"
RESOLVED_TODAY = [("state", "=", "resolved"), ("resolved_date", ">=", "today")]
UNSENT_MAILS = [
    ("state", "=", "failed"),
    ("channel", "=", "email"),
    ("incident_id.state", "!=", "resolved"),
]


class HelpdeskEscalationIncident(models.Model):
    """What stands above the cards: figures, what is wrong, and where to begin."""

    _inherit = "helpdesk.escalation.incident"

    @api.model
    @api.readonly
    def get_dashboard(self, with_health=True):
        """Return what stands above the cards, as the current user may see it.

        :param bool with_health: look for what is wrong, too: that is looked for in all
            open tickets. Without it ``problems`` and ``watch`` are left out
        :return: ``tiles``: what to count, each with the action that lists just that
            (see ``_prepare_tile``); ``problems``: what everybody should know, and for
            managers and auditors, what is wrong (see ``helpdesk.escalation.health``);
            ``start``: what to say and offer where there is nothing to show;
            ``watch``: for them, and for monitoring in their name, the health in three
            values (see ``_get_watch`` of ``helpdesk.escalation.health``), else None
        :rtype: dict
        :raise AccessError: when the user may not read incidents
        """
        self.browse().check_access("read")
        tiles = self._get_dashboard_tiles()
        dashboard = {
            "tiles": [tile for tile in tiles if tile["value"] or tile["always"]],
            "start": self._get_dashboard_start(),
        }
        if with_health:
            dashboard.update(self._get_dashboard_health())
        return dashboard

    @api.model
    def _get_dashboard_health(self):
        """Return ``problems`` and ``watch`` of the dashboard."""
        health = self.env["helpdesk.escalation.health"]
        if self.env.user.has_group(MANAGER_GROUP):
            problems = health._get_problems()
        elif self.env.user.has_group(AUDITOR_GROUP):
            problems = health._get_problems_to_read()
        else:
            return {"problems": health._get_notices(), "watch": None}
        return {"problems": problems, "watch": health._get_watch(problems)}

    @api.model
    def _get_dashboard_tiles(self):
        """Return the tiles in their order. To add one, extend this method."""
        return [
            self._prepare_tile(
                "active",
                self.env._("Active"),
                self._name,
                [("state", "=", "active")],
                "danger",
            ),
            self._prepare_tile(
                "confirmed",
                self.env._("Confirmed"),
                self._name,
                [("state", "=", "confirmed")],
                "warning",
            ),
            self._prepare_tile(
                "resolved_today",
                self.env._("Resolved today"),
                self._name,
                RESOLVED_TODAY,
                "success",
            ),
            self._prepare_tile(
                "policies",
                self.env._("Active policies"),
                POLICY,
                [("active", "=", True)],
                "",
            ),
            self._prepare_tile(
                "nobody_reached",
                self.env._("Nobody reached"),
                self._name,
                [("nobody_reached", "=", True), ("state", "=", "active")],
                "danger",
                always=False,
            ),
            self._prepare_tile(
                "written_after_closing",
                self.env._("Written after closing"),
                "helpdesk.ticket",
                [("escalation_written_after_closing", "=", True)],
                "warning",
                always=False,
            ),
            self._prepare_tile(
                "failed_mails",
                self.env._("Failed emails"),
                NOTIFICATION,
                UNSENT_MAILS,
                "danger",
                always=False,
            ),
        ]

    @api.model
    def _prepare_tile(self, name, label, model, domain, tone, always=True):
        """Prepare a tile: its figure counts what its list shows, in one query.

        Of incidents that are shown as one, it counts one.

        :param str tone: a colour of Bootstrap for a figure that is not zero, or ""
        :param bool always: whether it is there when the figure is zero
        """
        if model == self._name:
            domain = [*domain, ("is_leading", "=", True)]
        return {
            "name": name,
            "label": label,
            "value": self.env[model].search_count(domain),
            "tone": tone,
            "always": always,
            "action": self._prepare_list_action(label, model, domain),
        }

    @api.model
    def _prepare_list_action(self, label, model, domain):
        # Our own have cards for a phone.
        has_cards = model in (self._name, POLICY, NOTIFICATION)
        kinds = ["list", "kanban", "form"] if has_cards else ["list", "form"]
        return {
            "type": "ir.actions.act_window",
            "name": label,
            "res_model": model,
            "views": [[False, kind] for kind in kinds],
            "mobile_view_mode": "kanban" if has_cards else "list",
            "domain": domain,
        }

    @api.model
    def _get_dashboard_start(self):
        """Say what to do first where there is nothing to show, and offer it.

        :return: ``title``, ``text`` and ``buttons``, each with ``label`` and
            ``action``
        """
        start = self._get_dashboard_advice()
        percent = self.env["helpdesk.escalation.message.reading"]._get_progress()
        if percent is not None:
            # Who waits too long is not known yet.
            start["title"] = self.env._("Escalations start soon")
            start["text"] = self.env._(
                "Old messages are being read first: %s %% so far. Nobody is notified "
                "before that is done.",
                percent,
            )
        return start

    @api.model
    def _get_dashboard_advice(self):
        is_manager = self.env.user.has_group(MANAGER_GROUP)
        has_policy = bool(self.env[POLICY].search_count([], limit=1))
        if has_policy and self._is_any_policy_used():
            return {
                "title": self.env._("Nobody is waiting too long"),
                "text": self.env._(
                    "When a client has waited longer than an escalation policy "
                    "allows, the ticket shows up here."
                ),
                "buttons": [],
            }
        if not is_manager:
            return {
                "title": self.env._("Nobody is waiting too long"),
                "text": self.env._(
                    "Nothing is escalated yet. Your helpdesk manager decides which "
                    "tickets are, and when."
                ),
                "buttons": [],
            }
        new_policy = {
            "label": self.env._("Create a Policy"),
            "action": {
                "type": "ir.actions.act_window",
                "name": self.env._("Escalation Policies"),
                "res_model": POLICY,
                "views": [[False, "form"]],
            },
        }
        choose_team = {
            "label": self.env._("Assign to Teams"),
            "action": self.env[POLICY]._prepare_teams_action([]),
        }
        if has_policy:
            return {
                "title": self.env._("Your policy is waiting for its team"),
                "text": self.env._(
                    "Select one or more teams and choose their policy. Their tickets "
                    "are monitored from then on. A default policy monitors all tickets "
                    "that have no other one."
                ),
                "buttons": [choose_team],
            }
        return {
            "title": self.env._("Let no client be forgotten"),
            "text": self.env._(
                "A policy says who is notified when a client waits too long: after ten "
                "minutes the responsible, after half an hour the team leader. Create "
                "one, and choose its teams."
            ),
            "buttons": [new_policy],
        }

    @api.model
    def _is_any_policy_used(self):
        """Whether a policy of the user's companies is set on anything."""
        policies = self.env[POLICY]._search([])
        used = [("escalation_policy_id", "in", policies)]
        # Sudo: tells only whether there is one.
        return any(
            self.env[model].sudo().search_count(used, limit=1)
            for model in (
                "helpdesk.ticket.team",
                "helpdesk.ticket",
                "res.company",
                "res.partner",
            )
        )
