from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import config

from .groups import MANAGER_GROUP
from .helpdesk_escalation_incident_dashboard import (
    NOTIFICATION,
    POLICY,
    UNSENT_MAILS,
)

JOB = "helpdesk_escalation.ir_cron_escalate"
# The job comes every 5 minutes: this late, something is wrong.
LATE_MINUTES = 15
# Longer lists are for the list.
MOST_NAMED = 3


class HelpdeskEscalationHealth(models.AbstractModel):
    """What would keep the promise from being kept, each with the way to mend it."""

    _name = "helpdesk.escalation.health"
    _description = "Escalation Health"

    @api.model
    def _get_problems(self):
        """Return what is wrong now, the worst first, at a cost that does not grow.

        A copy to test with says only that it is one.

        :rtype: list[dict]
        """
        if self._is_neutralized():
            return [self._prepare_neutralized()]
        return [problem for problem in self._find_problems() if problem]

    @api.model
    def _find_problems(self):
        """Make all checks.

        To add one: write a method ``_check_<what>()`` that returns one problem (see
        ``_prepare_problem``) or None, and name it here.

        :rtype: list[dict | None]
        """
        policies = self.env[POLICY].search([("active", "=", True)])
        return [
            self._check_reading(),
            self._check_job(),
            self._check_failing_incidents(),
            self._check_failed_mails(),
            self._check_mail_server(policies),
            self._check_dead_steps(policies),
            self._check_archived(policies),
        ]

    @api.model
    def _get_problems_to_read(self):
        """Return what is wrong, without the buttons: for who only looks (S17)."""
        return [
            {**problem, "button": False, "offer": False}
            for problem in self._get_problems()
        ]

    @api.model
    def _get_notices(self):
        """Return what everybody in the helpdesk should know, like ``_get_problems``."""
        if self._is_neutralized():
            return []
        return [notice for notice in [self._check_reading()] if notice]

    @api.model
    def _is_neutralized(self):
        """Whether Odoo has made this a copy to test with, which sends nothing."""
        # Sudo: managers need not read parameters.
        parameters = self.env["ir.config_parameter"].sudo()
        return bool(parameters.get_param("database.is_neutralized"))

    @api.model
    def _prepare_neutralized(self):
        return self._prepare_problem(
            "neutralized",
            self.env._(
                "This is a neutralized copy of a database: its scheduled actions are "
                "switched off on purpose, and nobody is notified."
            ),
            level="info",
        )

    @api.model
    def _prepare_problem(self, name, text, label=None, level="warning", **button):
        """Prepare a line: what is wrong, and the button that mends or shows it.

        :param str level: "danger" when clients may be forgotten, else "warning", or
            "info" when it mends itself
        :param button: ``action``, or ``method`` of this model
        """
        return {
            "name": name,
            "text": text,
            "level": level,
            "button": label and {"label": label, **button},
        }

    # ------------------------------------------------------------------
    # The run
    # ------------------------------------------------------------------

    @api.model
    def _check_reading(self):
        """Tell how far old messages are read, and managers why it does not go on."""
        reading = self.env["helpdesk.escalation.message.reading"]
        percent = reading._get_progress()
        if percent is None:
            return None
        obstacle = ""
        job = reading._get_job()
        if not job.active:
            obstacle = self.env._("The job that reads them is switched off.")
        elif job.failure_count or reading._get_idle_minutes() > LATE_MINUTES:
            obstacle = self.env._(
                "It makes no progress. If that does not change, ask your administrator "
                "to check the server's log."
            )
        text = self.env._(
            "Reading old messages: %s %%. Escalations start when it is done.", percent
        )
        if not obstacle:
            return self._prepare_problem("reading", text, level="info")
        button = {}
        if self.env.user.has_group(MANAGER_GROUP):
            button = {"label": self.env._("Read Now"), "method": "action_read_messages"}
        return self._prepare_problem(
            "reading", f"{text} {obstacle}", level="danger", **button
        )

    @api.model
    def action_read_messages(self):
        """Read old messages here and now, for some seconds; the job goes on with it.

        :raise AccessError: for anybody but helpdesk managers
        :raise UserError: when it is being done already
        """
        self._check_manager()
        job = self.env["helpdesk.escalation.message.reading"]._get_job()
        job.active = True
        job.method_direct_trigger()
        return True

    @api.model
    def _check_job(self):
        job = self._get_job()
        if not job.active:
            return self._prepare_problem(
                "job_off",
                self.env._("Nobody is notified: the escalation job is switched off."),
                self.env._("Switch On"),
                "danger",
                method="action_switch_on",
            )
        last_run = job.lastcall or job.create_date
        minutes = (fields.Datetime.now() - last_run).total_seconds() // 60
        if minutes <= LATE_MINUTES:
            return None
        return self._prepare_problem(
            "job_late",
            self.env._(
                "The escalation job last ran %s minutes ago; it should run every 5 "
                "minutes. If it does not recover, ask your administrator to check "
                "Odoo's scheduled actions.",
                int(minutes),
            ),
            self.env._("Run Now"),
            "danger",
            method="action_run",
        )

    @api.model
    def _get_job(self):
        job = self.env["ir.model.data"]._xmlid_to_res_id(JOB)
        # Sudo: managers need not read scheduled actions.
        return self.env["ir.cron"].sudo().browse(job).exists()

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only helpdesk managers can do this. Please ask one.")
            )

    @api.model
    def action_switch_on(self):
        """Switch the escalation job on again; it runs at once.

        :raise AccessError: for anybody but helpdesk managers
        """
        self._check_manager()
        job = self._get_job()
        job.active = True
        job._trigger()
        return True

    @api.model
    def action_run(self):
        """Run the escalation job here and now.

        :raise AccessError: for anybody but helpdesk managers
        :raise UserError: when it is running already
        """
        self._check_manager()
        self._get_job().method_direct_trigger()
        return True

    @api.model
    def _check_failing_incidents(self):
        incidents = self.env["helpdesk.escalation.incident"]
        failing = [("error", "!=", False), ("state", "!=", "resolved")]
        count = incidents.search_count(failing)
        if not count:
            return None
        label = self.env._("Failing escalations")
        return self._prepare_problem(
            "failing",
            self.env._(
                "Escalations that fail and are tried again: %s. See each one for "
                "details.",
                count,
            ),
            self.env._("Show"),
            "danger",
            action=incidents._prepare_list_action(label, incidents._name, failing),
        )

    # ------------------------------------------------------------------
    # Mail
    # ------------------------------------------------------------------

    @api.model
    def _check_failed_mails(self):
        count = self.env[NOTIFICATION].search_count(UNSENT_MAILS)
        if not count:
            return None
        return self._prepare_problem(
            "failed_mails",
            self.env._(
                "Escalation emails that could not be sent: %s. People were notified in "
                "Odoo instead. Check their addresses and the outgoing mail server.",
                count,
            ),
            self.env._("Show"),
            "danger",
            action=self._prepare_list(
                self.env._("Failed Emails"), NOTIFICATION, UNSENT_MAILS
            ),
        )

    @api.model
    def _check_mail_server(self, policies):
        """Warn where mails are wanted and no sign of a mail server is to be seen.

        Many a server sends through the mail service on its own machine, which is
        Odoo's default: there, the first mail that got out proves that it works.
        """
        if (
            "email" not in policies.step_ids.mapped("channel")
            or config["smtp_server"] != "localhost"
            or config["smtp_user"]
            # Sudo, here and below: managers need not read mail servers or mails.
            or self.env["ir.mail_server"].sudo().search_count([], limit=1)
            or self.env[NOTIFICATION]
            .sudo()
            .search_count([("channel", "=", "email"), ("state", "=", "sent")], limit=1)
        ):
            return None
        if self.env["ir.mail_server"].has_access("create"):
            action = self._prepare_list(
                self.env._("Outgoing Mail Servers"), "ir.mail_server", []
            )
            text = self.env._(
                "Policies notify people by email, but no outgoing mail server is set "
                "up."
            )
            return self._prepare_problem(
                "mail_server", text, self.env._("Set Up"), action=action
            )
        mailing = policies.step_ids.filtered(lambda step: step.channel == "email")
        return self._prepare_problem(
            "mail_server",
            self.env._(
                "Policies notify people by email, but no outgoing mail server is set "
                "up. Ask your administrator to set one up, or use notifications."
            ),
            self.env._("Show"),
            action=self._prepare_policies(mailing.policy_id),
        )

    # ------------------------------------------------------------------
    # Policies
    # ------------------------------------------------------------------

    @api.model
    def _check_dead_steps(self, policies):
        dead = self._find_dead_steps(policies)
        if not dead:
            return None
        return self._prepare_problem(
            "dead_steps",
            self.env._(
                "Steps that reach nobody: %s. Choose somebody who can be notified.",
                self._join(
                    f"{step.policy_id.name}: {step.display_name}" for step in dead
                ),
            ),
            self.env._("Show"),
            action=self._prepare_policies(dead.policy_id),
        )

    @api.model
    def _find_dead_steps(self, policies):
        """Find steps that could tell nobody, whatever the ticket."""
        # Sudo, here and below: steps name people whom a manager may not read.
        steps = policies.sudo().step_ids
        # Read the members of all groups at once.
        groups = steps.group_id.with_context(active_test=False)
        groups.all_implied_by_ids.fetch(["user_ids"])
        return steps.filtered(
            lambda step: step.recipient in ("user", "group")
            and all(self._is_unreachable(user, step) for user in self._get_named(step))
        )

    @api.model
    def _get_named(self, step):
        return step._get_group_users() if step.recipient == "group" else step.user_ids

    @api.model
    def _is_unreachable(self, user, step):
        return bool(self._get_obstacle(user, step.policy_id, step.channel))

    @api.model
    def _get_obstacle(self, user, policy, channel):
        """Say why a person cannot be notified of any ticket of a policy (R7).

        :param user: as superuser
        :return: the reason, False where there is none
        """
        company = policy.company_id or user.company_id
        # Sudo: a ticket that is never written, and that is nobody's.
        ticket = self.env["helpdesk.ticket"].sudo().new({"company_id": company.id})
        return user._escalation_unreachable_reason(ticket, channel)

    @api.model
    def _check_archived(self, policies):
        """Find what policies name, and what was archived since.

        A step that is left with nobody at all is said so by itself.
        """
        steps = policies.sudo().step_ids - self._find_dead_steps(policies)
        found = {}
        for policy in policies.sudo():
            named = (policy.step_ids & steps).filtered(
                lambda step: step.recipient == "user"
            )
            names = [
                *(policy.fallback_user_id + named.user_ids)
                .filtered(lambda user: not user.active)
                .mapped("name"),
                *policy.calendar_id.filtered(lambda c: not c.active).mapped("name"),
            ]
            if names:
                found[policy.id] = f"{policy.name}: {', '.join(names)}"
        if not found:
            return None
        return self._prepare_problem(
            "archived",
            self.env._(
                "Policies use what has been archived since: %s.",
                self._join(found.values()),
            ),
            self.env._("Show"),
            action=self._prepare_policies(policies.browse(found)),
        )

    # ------------------------------------------------------------------
    # Tools
    # ------------------------------------------------------------------

    @api.model
    def _join(self, texts):
        """Put a few texts into one, however many there are."""
        texts = list(texts)
        shown = "; ".join(texts[:MOST_NAMED])
        if len(texts) <= MOST_NAMED:
            return shown
        return self.env._(
            "%(some)s and %(count)s more", some=shown, count=len(texts) - MOST_NAMED
        )

    @api.model
    def _prepare_list(self, label, model, found):
        domain = found if isinstance(found, list) else [("id", "in", found.ids)]
        return self.env["helpdesk.escalation.incident"]._prepare_list_action(
            label, model, domain
        )

    @api.model
    def _prepare_policies(self, policies):
        """Show policies: the one itself, or a list."""
        action = self._prepare_list(self.env._("Policies"), POLICY, policies)
        if len(policies) == 1:
            action.update(res_id=policies.id, views=[[False, "form"]])
        return action
