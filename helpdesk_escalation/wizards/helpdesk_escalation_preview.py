from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..tools.mail_text import within_sentence

MAX_DAYS = 366
# What is chosen and whose names are shown.
SCENE = ("policy_id", "team_id", "partner_id")


class HelpdeskEscalationPreview(models.TransientModel):
    """The dry run: what would happen if a client wrote. Nobody is told anything."""

    _name = "helpdesk.escalation.preview"
    _description = "Escalation Dry Run"
    _inherit = ["helpdesk.escalation.input"]

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        required=True,
        context={"active_test": False},
        help="The policy to try.",
    )
    date = fields.Datetime(
        string="Client Writes",
        required=True,
        default=fields.Datetime.now,
        help="When the client would write.",
    )
    team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        compute="_compute_scene",
        store=True,
        readonly=False,
        help="The team that the ticket would be for.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Client",
        compute="_compute_scene",
        store=True,
        readonly=False,
        help="Who would write. Empty: somebody unknown.",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('helpdesk_team_ids', 'in', team_id)]",
        help="To whom the ticket would be assigned. Empty: to nobody, as new tickets "
        "are.",
    )
    note = fields.Char(
        compute="_compute_result", help="Why the policy might not count."
    )
    result = fields.Html(
        compute="_compute_result",
        sanitize=False,
        help="Who would be notified when, and who would not and why.",
    )

    @api.depends("policy_id")
    def _compute_scene(self):
        """Start with a team or client that has the policy."""
        for preview in self:
            used = [("escalation_policy_id", "=", preview.policy_id.id)]
            team = self.env["helpdesk.ticket.team"].search(used, limit=1)
            partner = self.env["res.partner"]
            if not team:
                partner = partner.search(used, limit=1)
            if not (team or partner):
                # As the default it counts for others' teams.
                team = preview.policy_id._find_teams()[:1]
            preview.team_id = team or self.env["helpdesk.ticket.team"].search(
                [], limit=1
            )
            preview.partner_id = partner

    @api.depends("team_id")
    def _compute_user_id(self):
        for preview in self:
            if preview.user_id not in preview.team_id.user_ids:
                preview.user_id = False

    @api.depends("policy_id", "date", "team_id", "partner_id", "user_id")
    @api.depends_context("uid", "lang", "tz", "allowed_company_ids")
    def _compute_result(self):
        for preview in self:
            preview.note = preview.result = False
            if not preview.policy_id or not preview.date:
                continue
            preview._check_scene()
            if preview._is_too_far():
                preview.note = preview._get_too_far_words()
                continue
            # Sudo: the user may see the scene, not all that the run looks at in it.
            counts, preview.note = preview.sudo()._get_verdict()
            if counts:
                preview.result = preview.sudo()._render_moments()

    @api.constrains(*SCENE)
    def _check_access_to_scene(self):
        # Whoever reads the dialog reads the names of what is chosen in it.
        for preview in self.sudo(False):
            preview._check_scene()

    @api.constrains("date")
    def _check_date(self):
        for preview in self:
            if preview._is_too_far():
                raise ValidationError(preview._get_too_far_words())

    def _is_too_far(self):
        return abs(self.date - fields.Datetime.now()) > timedelta(days=MAX_DAYS)

    def _get_too_far_words(self):
        return self.env._("Choose a moment within a year from now.")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        for name in SCENE:
            chosen = self.env[self._fields[name].comodel_name]
            chosen.browse(values.get(name) or ()).check_access("read")
        return values

    def _check_scene(self):
        for name in SCENE:
            self[name]._origin.check_access("read")

    def _get_ticket(self):
        """Return the ticket that would come of it; it is never written."""
        return self.env["helpdesk.ticket"].new(
            {
                "name": self.env._("Dry Run"),
                "team_id": self.team_id.id,
                "partner_id": self.partner_id.id,
                "user_id": self.user_id.id,
                "company_id": (self.team_id.company_id or self.env.company).id,
            }
        )

    def _get_verdict(self):
        """Say whether the policy would do anything, and what to know about it.

        :return: whether it is worth playing through, and a sentence or False
        :rtype: tuple[bool, str | bool]
        """
        policy = self.policy_id
        if not policy.active:
            return False, self.env._("The policy is archived: it notifies nobody.")
        clock = self.env["helpdesk.escalation.clock"]
        ticket = self._get_ticket()
        found = clock._find_policy(
            self.partner_id, self.team_id, ticket.company_id, ticket
        )
        set_date = found.date if found.policy == policy else False
        if not policy._counts_wait(self.date, set_date=set_date):
            return False, self.env._(
                "The policy ignores clients who have been waiting since before %s, "
                "unless it is set on the ticket itself.",
                self._format_moment(policy._get_counting_start(set_date)),
            )
        if found.policy == policy:
            return True, False
        if not found.policy:
            return True, self.env._(
                "No policy is set for this team and client. This is what %s would do "
                "if it were.",
                policy.name,
            )
        return True, self.env._(
            "Here the policy %(other)s counts (%(origin)s). This is what %(policy)s "
            "would do if it were set on the ticket.",
            other=found.policy.name,
            origin=clock._get_match_words(found),
            policy=policy.name,
        )

    def _render_moments(self):
        return self._render_preview(
            self.policy_id, self._get_ticket(), self.date, self.partner_id.name
        )

    def _render_preview(self, policy, ticket, since, client, **more):
        """Put the engine's decisions into a picture.

        :param datetime since: when the client wrote, naive UTC
        :param str client: the name of who wrote
        :param more: for the engine
        """
        incident = more.get("incident")
        moments = self.env["helpdesk.escalation.engine"]._preview(
            policy, ticket, since, **more
        )
        working_time = policy.calendar_id._escalation_working_time(policy.company_id)
        rounds = {1: since}
        if incident:
            rounds = {incident.round: incident.round_date or since}
        for moment in moments:
            rounds.setdefault(moment.round, moment.date)
        told = any(
            value["state"] == "pending"
            for moment in moments
            for *_firing, values in moment.firings
            for value in values
        )
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation.preview_result",
            {
                "stops": [self._prepare_start(policy, since, client)]
                + [
                    self._prepare_stop(
                        moment,
                        firing,
                        working_time.due(rounds[moment.round], firing[0].delay),
                    )
                    for moment in moments
                    for firing in moment.firings
                ],
                "fires": bool(moments),
                "passed": [
                    step.display_name
                    for step in policy.step_ids
                    if not step._would_hold(ticket)
                ],
                "told": told,
            },
        )

    def _prepare_start(self, policy, since, client):
        calendar = policy.calendar_id
        return {
            "time": self._format_moment(since),
            "title": self.env._("%s writes", client or self.env._("A client")),
            "text": calendar
            and self.env._("counted in the working hours: %s", calendar.name),
            "icon": "fa-comment",
            "tone": "info",
        }

    def _prepare_stop(self, moment, firing, due):
        step, is_fallback, values = firing
        users = self.env["res.users"].with_context(active_test=False)
        channels = dict(
            self.env["helpdesk.escalation.notification"]
            ._fields["channel"]
            ._description_selection(self.env)
        )
        told = {
            "icon": "fa-check",
            "tone": "success",
            "state": self.env._("Notified"),
        }
        not_told = {
            "icon": "fa-ban",
            "tone": "danger",
            "state": self.env._("Not notified"),
        }
        early = not is_fallback and due and due > moment.date
        return {
            "time": self._format_moment(moment.date),
            "title": self.env._("Fallback") if is_fallback else step.display_name,
            "text": self.env._("At once, because the previous step reached nobody.")
            if early
            else moment.round > 1 and self.env._("round %s", moment.round),
            "icon": "fa-life-ring" if is_fallback else "fa-bell",
            "tone": "warning" if is_fallback else "danger",
            "lines": [
                {
                    **(told if value["state"] == "pending" else not_told),
                    "name": users.browse(value["user_id"]).name,
                    "for": users.browse(value.get("substituted_user_id")).name,
                    "channel": value["state"] == "pending"
                    and within_sentence(channels[value["channel"]], self.env.lang),
                    "reason": value.get("reason"),
                }
                for value in values
            ],
        }

    def _format_moment(self, moment):
        """Write a moment with its day of the week, unless it is today."""
        text = self.env["helpdesk.escalation.incident"]._format_moment(moment)
        here = fields.Datetime.context_timestamp(self, moment)
        if here.date() == fields.Date.context_today(self):
            return text
        return f"{format_date(self.env, here.date(), date_format='EEE')} {text}"
