from collections import namedtuple
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

EARLIEST_START = datetime(2000, 1, 1)

Cutoffs = namedtuple("Cutoffs", ["steps", "expiry", "repeat"])
Cutoffs.__doc__ = """The delays of a policy turned round into moments: of its steps,
each with its moment, in order; of the confirmation's expiry, None without one; of
the repetition."""


class HelpdeskEscalationPolicy(models.Model):
    _name = "helpdesk.escalation.policy"
    _description = "Escalation Policy"
    _inherit = ["helpdesk.escalation.input", "helpdesk.escalation.internal.thread"]
    _order = "name, id"
    _check_company_auto = True

    # Identity
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(
        default=True,
        tracking=True,
        help="An archived policy escalates nothing: the next policy found for a ticket "
        "applies.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        tracking=True,
        help="Only tickets of this company and of its branches are escalated. Empty: "
        "those of all companies.",
    )

    # What and when
    standard = fields.Text(
        string="Guidelines",
        translate=True,
        help="What is expected of whoever takes an escalation: how the client is "
        "kept informed, what is written down. Shown on the incident and in the email.",
    )
    step_ids = fields.One2many(
        comodel_name="helpdesk.escalation.step",
        inverse_name="policy_id",
        string="Steps",
        copy=True,
        help="Who is notified after how long. Steps fire in order of their delay.",
    )
    count_from = fields.Selection(
        selection=[
            ("client_last", "The client's last message"),
            ("client_first", "The first message still unanswered"),
            ("unresolved", "The ticket's creation, until it is closed"),
        ],
        required=True,
        default="client_last",
        tracking=True,
        help="The moment from which the delays of the steps count.",
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        check_company=True,
        tracking=True,
        help="Delays count these hours only, and nothing is sent outside them. "
        "Empty: around the clock.",
    )
    calendar_warning = fields.Char(compute="_compute_calendar_warning")
    start_date = fields.Datetime(
        default=lambda self: self._default_start_date(),
        copy=False,
        tracking=True,
        help="Clients who were already waiting at this moment are ignored, and so are "
        "those who were waiting when the policy was set on the team, client or "
        "company. Set on a ticket, the policy applies in any case.",
    )

    # Whom
    skip_on_leave = fields.Boolean(
        string="Skip people on leave",
        default=True,
        tracking=True,
        help="Whoever is out of office is skipped, and their substitute is notified "
        "instead.",
    )
    fallback_user_id = fields.Many2one(
        comodel_name="res.users",
        check_company=True,
        domain="[('share', '=', False)]",
        tracking=True,
        help="Notified when the last step reaches nobody. Empty: the team leader, then "
        "the helpdesk managers.",
    )

    # When "I'm on it" was not enough
    confirm_expiry = fields.Integer(
        string="Confirmation Expires Delay (minutes)",
        tracking=True,
        help='Minutes of working time in which whoever said "I\'m on it" has to '
        "answer. After that, the escalation starts again. 0: a confirmation never "
        "expires.",
    )
    reopen_on_client = fields.Boolean(
        string="Reopen When the Client Writes Again",
        tracking=True,
        help="A confirmed escalation starts again when the client writes again.",
    )
    repeat_count = fields.Integer(
        string="Repeat the Steps",
        tracking=True,
        help="How many times the steps start again when nobody takes the ticket: 0 to "
        "5.",
    )
    repeat_delay = fields.Integer(
        string="Repeat Delay (minutes)",
        default=60,
        tracking=True,
        help="Minutes of working time after the last step before the steps start "
        "again.",
    )

    # Figures
    step_summary = fields.Char(
        string="Steps in Short",
        compute="_compute_step_summary",
        help="All steps in one line, each with its delay.",
    )
    incident_count = fields.Integer(
        string="Incidents",
        compute="_compute_incident_count",
        help="Incidents of this policy, including the resolved ones.",
    )

    _confirm_expiry_range = models.Constraint(
        "CHECK (confirm_expiry BETWEEN 0 AND 525600)",
        "A confirmation expires after 0 minutes (never) to one year.",
    )
    _repeat_count_range = models.Constraint(
        "CHECK (repeat_count BETWEEN 0 AND 5)",
        "The steps can be repeated 0 to 5 times.",
    )
    _repeat_delay_range = models.Constraint(
        "CHECK (repeat_delay BETWEEN 1 AND 525600)",
        "The steps are repeated after one minute to one year.",
    )

    @api.model
    def _default_start_date(self):
        """Start with the policy's own creation, on the clock of the messages (R12)."""
        return self.env.cr.now().replace(microsecond=0)

    @api.constrains("active", "step_ids")
    def _check_steps(self):
        for policy in self:
            if policy.active and not policy.step_ids:
                raise ValidationError(
                    self.env._(
                        "A policy needs at least one step before it can be active. "
                        "Add a step to %(policy)s, or archive it.",
                        policy=policy.name,
                    )
                )

    @api.constrains("start_date")
    def _check_start_date(self):
        latest = fields.Datetime.now() + timedelta(days=365)
        for policy in self:
            date = policy.start_date
            if date and not EARLIEST_START <= date <= latest:
                raise ValidationError(
                    self.env._(
                        "A policy starts between the year %s and one year from now. "
                        "Choose another start date, or leave it empty to include "
                        "every client who is waiting.",
                        EARLIEST_START.year,
                    )
                )

    @api.constrains("fallback_user_id")
    def _check_fallback_user(self):
        for policy in self:
            user = policy.fallback_user_id
            if user and (user.share or not user.active):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be the fallback: choose an active internal "
                        "user.",
                        user=user.name,
                    )
                )

    @api.constrains("company_id")
    def _check_company_of_users(self):
        # Sudo: also what the user may not see could be of another company.
        self.sudo().step_ids._check_user_ids()

    @api.constrains("company_id")
    def _check_company_of_uses(self):
        """Refuse what would silence teams, tickets and clients: they pass it over."""
        # Sudo: it may be used where the user may not look.
        for policy in self.sudo().with_context(active_test=False):
            if not policy.company_id:
                continue
            used = [("escalation_policy_id", "=", policy.id)]
            companies = policy.env["res.company"].search(
                [("id", "child_of", policy.company_id.id)]
            )
            elsewhere = [
                *used,
                ("company_id", "!=", False),
                ("company_id", "not in", companies.ids),
            ]
            if (
                policy.env["helpdesk.ticket.team"].search_count(elsewhere, limit=1)
                or policy.env["helpdesk.ticket"].search_count(elsewhere, limit=1)
                or policy.env["res.company"].search_count(
                    [*used, ("id", "not in", companies.ids)], limit=1
                )
                or policy._is_used_by_clients(companies)
            ):
                raise ValidationError(
                    self.env._(
                        "%(policy)s is set on teams, tickets or clients of another "
                        "company than %(company)s. Remove it from there first, or "
                        "leave the company empty.",
                        policy=policy.name,
                        company=policy.company_id.name,
                    )
                )

    @api.depends("step_ids.display_name")
    @api.depends_context("lang")
    def _compute_step_summary(self):
        for policy in self:
            policy.step_summary = " → ".join(
                f"{step._format_delay()}: {step._get_recipient_label()}"
                for step in policy.step_ids.sorted()
            )

    @api.depends(
        "calendar_id.attendance_ids.day_period",
        "calendar_id.attendance_ids.display_type",
        "calendar_id.attendance_ids.hour_from",
        "calendar_id.attendance_ids.hour_to",
        "calendar_id.flexible_hours",
    )
    def _compute_calendar_warning(self):
        for policy in self:
            calendar = policy.calendar_id
            policy.calendar_warning = False
            if calendar and not calendar._escalation_has_hours():
                policy.calendar_warning = self.env._(
                    "%s has no fixed hours: delays count around the clock.",
                    calendar.name,
                )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_incident_count(self):
        counts = dict(
            self.env["helpdesk.escalation.incident"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.incident_count = counts.get(policy, 0)

    def write(self, vals):
        # Steps may be replaced by others in one go: what counts is what is left. Odoo
        # deletes the old ones before it creates the new, by a call of its own that
        # takes nothing but the context along.
        return super(
            HelpdeskEscalationPolicy, self.with_context(escalation_policy_write=True)
        ).write(vals)

    def copy_data(self, default=None):
        return [
            dict(vals, name=self.env._("%s (copy)", policy.name))
            if "name" not in (default or {})
            else vals
            for policy, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Sudo: it may be used where the user may not look.
        for policy in self.sudo().with_context(active_test=False):
            used = [("escalation_policy_id", "=", policy.id)]
            in_use = (
                policy.env["helpdesk.escalation.incident"].search_count(
                    [
                        "|",
                        ("policy_id", "=", policy.id),
                        ("notification_ids.step_id.policy_id", "=", policy.id),
                    ],
                    limit=1,
                )
                or policy.env["helpdesk.ticket"].search_count(used, limit=1)
                or policy.env["helpdesk.ticket.team"].search_count(used, limit=1)
                or policy.env["res.company"].search_count(used, limit=1)
                or policy._is_used_by_clients()
            )
            if in_use:
                raise UserError(
                    self.env._(
                        "The policy %(policy)s is in use, or has been used. Archive it "
                        "instead of deleting it.",
                        policy=policy.name,
                    )
                )

    def _get_owner_words(self):
        """Name the company of a policy to who may read of it, and never the policy."""
        owner = self.sudo().company_id.sudo(False)
        return owner.name if owner.has_access("read") else self.env._("another company")

    def _is_for(self, company):
        """Whether it may count for a company's tickets: its own or a branch's (R1)."""
        self.ensure_one()
        # Sudo: whose it is does not depend on who may see the policy.
        owner = self.sudo().company_id
        return not owner or owner in company.sudo().parent_ids

    def _is_used_by_clients(self, except_companies=()):
        """Whether a client has the policy, in another company than the given ones."""
        used = [("escalation_policy_id", "=", self.id)]
        return any(
            self.env["res.partner"].with_company(company).search_count(used, limit=1)
            for company in self.env["res.company"].search([])
            if company not in except_companies
        )

    def action_view_incidents(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation.helpdesk_escalation_incident_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        action["context"] = {}
        return action

    def _get_working_times(self):
        """Return what counts the delays of each policy (R5), by the policy's id.

        Policies with the same hours share it, so that there is one calendar
        computation per calendar and company, however many policies there are.

        :rtype: dict[int, WorkingTime]
        """
        working_times = {}
        for (calendar, company), policies in self.grouped(
            lambda policy: (policy.calendar_id, policy.company_id)
        ).items():
            working_time = calendar._escalation_working_time(company)
            working_times.update((policy.id, working_time) for policy in policies)
        return working_times

    def _get_cutoffs(self, now, working_times):
        """Turn the delays of the steps round into moments (R5).

        A step is due on every ticket whose anchor is at or before the step's moment.

        :param datetime now: the moment of the run, naive UTC
        :param dict working_times: as of ``_get_working_times``
        :return: the moments per policy id (naive UTC); policies outside their working
            hours are left out, as nothing may be sent
        :rtype: dict[int, Cutoffs]
        """
        cutoffs = {}
        for working_time, policies in self.grouped(
            lambda policy: working_times[policy.id]
        ).items():
            delays = set(policies.step_ids.mapped("delay"))
            delays.update(policies.mapped("confirm_expiry"))
            delays.update(policies.mapped("repeat_delay"))
            # The longest first: what it has to know is enough for all.
            moments = {
                delay: working_time.cutoff(now, delay)
                for delay in sorted(delays, reverse=True)
            }
            if None in moments.values():
                continue
            for policy in policies:
                cutoffs[policy.id] = Cutoffs(
                    steps=[
                        (step, moments[step.delay]) for step in policy.step_ids.sorted()
                    ],
                    expiry=moments[policy.confirm_expiry]
                    if policy.confirm_expiry
                    else None,
                    repeat=moments[policy.repeat_delay],
                )
        return cutoffs
