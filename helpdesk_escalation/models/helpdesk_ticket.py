import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.notices import make_notice
from .groups import READER_GROUP, STAFF_GROUP, VIEWER_GROUPS

_logger = logging.getLogger(__name__)

# What the clock reads of a ticket: a change of it may end an incident.
CLOCK_FIELDS = (
    "active",
    "duplicate_id",
    "escalation_cause_ticket_id",
    "escalation_muted",
    "escalation_policy_id",
    "partner_id",
    "stage_id",
    "team_id",
)
# A client waits, watched by a policy or not, and nothing is escalated.
WAITING = ("waiting", "unwatched")


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        tracking=True,
        index="btree_not_null",
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
        groups=VIEWER_GROUPS,
        help="Escalates this ticket. It takes precedence over the client's and the "
        "team's policy, and applies even if the client was already waiting.",
    )
    escalation_muted = fields.Boolean(
        string="Do Not Escalate",
        tracking=True,
        copy=False,
        groups=VIEWER_GROUPS,
        help="No policy notifies anybody about this ticket. It can still be escalated "
        "by hand.",
    )
    escalation_incident_ids = fields.One2many(
        comodel_name="helpdesk.escalation.incident",
        inverse_name="ticket_id",
        string="Escalations",
        groups=VIEWER_GROUPS,
    )
    escalation_incident_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        string="Open Escalation",
        compute="_compute_escalation_incident_id",
        groups=VIEWER_GROUPS,
        help="The one that is shown, where the ticket is escalated for several reasons "
        "at once.",
    )
    effective_escalation_policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        string="Applied Policy",
        compute="_compute_escalation_clock",
        search="_search_effective_escalation_policy_id",
        groups=VIEWER_GROUPS,
        help="The first policy found on the ticket, its client, its team and its "
        "company.",
    )
    escalation_policy_origin = fields.Char(
        string="Policy From",
        compute="_compute_escalation_clock",
        groups=VIEWER_GROUPS,
        help="Where the policy that applies is set.",
    )
    escalation_waiting_since = fields.Datetime(
        string="Client Waiting Since",
        compute="_compute_escalation_status",
        search="_search_escalation_waiting_since",
        groups=VIEWER_GROUPS,
        help="The client's first message that nobody has answered, or when the ticket "
        "came back after it.",
    )
    escalation_may_confirm = fields.Boolean(
        compute="_compute_escalation_status_text", groups=READER_GROUP
    )
    escalation_may_assign = fields.Boolean(
        compute="_compute_escalation_status_text", groups=VIEWER_GROUPS
    )
    escalation_status = fields.Selection(
        selection=[
            ("unwatched", "Waiting, Not Watched"),
            ("waiting", "Waiting"),
            ("active", "Escalated"),
            ("confirmed", "On It"),
            ("snoozed", "Snoozed"),
        ],
        compute="_compute_escalation_status",
        search="_search_escalation_status",
        groups=READER_GROUP,
        help="Waiting: for an answer, and a policy watches it. Not Watched: no policy "
        "counts, so nobody is notified however long it takes. On It: escalated, and "
        "somebody has said so. Snoozed: escalated, and nobody is notified for a while.",
    )
    escalation_status_text = fields.Char(
        string="Escalation Status in Words",
        compute="_compute_escalation_status_text",
        groups=READER_GROUP,
    )

    @api.constrains("escalation_policy_id", "company_id")
    def _check_escalation_policy_company(self):
        # Sudo: what is refused depends on the policy, not on who may see it.
        for ticket in self.sudo():
            policy = ticket.escalation_policy_id
            if policy and not policy._is_for(ticket.company_id):
                raise ValidationError(
                    self.env._(
                        "This escalation policy belongs to %s. Choose one of the "
                        "ticket's own company, of a company above it, or of all "
                        "companies.",
                        policy._get_owner_words(),
                    )
                )

    @api.depends("escalation_incident_ids.state")
    def _compute_escalation_incident_id(self):
        incidents = self.env["helpdesk.escalation.incident"].search(
            [
                ("ticket_id", "in", self.ids),
                ("state", "!=", "resolved"),
                ("is_leading", "=", True),
            ]
        )
        by_ticket = {incident.ticket_id: incident for incident in incidents}
        for ticket in self:
            ticket.escalation_incident_id = by_ticket.get(ticket._origin)

    @api.depends(*CLOCK_FIELDS)
    @api.depends_context("lang")
    def _compute_escalation_clock(self):
        clocks = self._get_escalation_clocks()
        for ticket in self:
            clock = clocks.browse(ticket._origin.id)
            ticket.effective_escalation_policy_id = clock.policy_id.sudo(False)
            ticket.escalation_policy_origin = clock._get_source_words(
                clock.policy_source,
                clock.policy_partner_id,
                clock.policy_team_id,
                clock.policy_company_id,
            )

    @api.depends("escalation_status", "escalation_waiting_since")
    @api.depends_context("uid", "lang", "tz")
    def _compute_escalation_status_text(self):
        if not self._escalation_is_for_staff():
            self._escalation_show_notified(
                "escalation_may_assign",
                "escalation_may_confirm",
                "escalation_status_text",
            )
            return
        waiting = self.filtered(lambda ticket: ticket.escalation_status in WAITING)
        # Sudo: what comes next names people out of the reader's sight.
        coming_next = waiting.sudo()._find_escalation_next()
        for ticket in self:
            incident = ticket.escalation_incident_id
            ticket.escalation_may_confirm = incident.may_confirm
            ticket.escalation_may_assign = incident.may_assign
            if ticket.escalation_status == "active":
                text = ticket._get_escalated_words(incident)
                if incident.cause_text:
                    text = f"{text} ({incident.cause_text})"
                if incident.on_it_text:
                    text = f"{text} · {incident.on_it_text}"
            elif ticket.escalation_status in ("confirmed", "snoozed"):
                text = ticket._get_confirmed_words(incident)
            elif ticket.escalation_status in WAITING:
                coming = coming_next.get(ticket, (None, False))
                text = ticket._get_waiting_words(*coming)
            else:
                text = False
            ticket.escalation_status_text = text

    def _get_escalation_clocks(self):
        """Return who waits and since when, for tickets that the user may read.

        As superuser: nobody has access to the clock, which reads all messages; what it
        says of a ticket is for whoever reads the ticket.
        """
        return self.env["helpdesk.escalation.clock"].sudo().browse(self._origin.ids)

    def _get_escalated_words(self, incident):
        since = incident._format_moment(incident.step_date or incident.create_date)
        if incident.nobody_reached:
            return self.env._(
                "Escalated since %s, and nobody could be notified.", since
            )
        place = incident._get_step_place()
        step = incident.step_id
        if not step:
            return self.env._("Escalated since %s", since)
        if not place:
            # Of the policy that counted before.
            return self.env._(
                "Escalated since %(time)s: %(whom)s, %(channel)s",
                time=since,
                whom=step._get_recipient_label(),
                channel=step._get_channel_label(),
            )
        return self.env._(
            "Escalated, step %(number)s of %(total)s since %(time)s: "
            "%(whom)s, %(channel)s",
            number=place[0],
            total=place[1],
            time=since,
            whom=step._get_recipient_label(),
            channel=step._get_channel_label(),
        )

    def _get_confirmed_words(self, incident):
        return incident._get_state_sentence()

    def _get_waiting_words(self, step, moment):
        """Say since when the client waits, and the step that comes next, if any."""
        incident_model = self.env["helpdesk.escalation.incident"]
        waiting = self.env._(
            "Client waiting since %s",
            incident_model._format_moment(self.escalation_waiting_since),
        )
        if self.escalation_muted:
            return self.env._("%s. Escalation is turned off for this ticket", waiting)
        if not step:
            return waiting
        return self.env._(
            "%(waiting)s, next step at %(time)s: %(whom)s, %(channel)s",
            waiting=waiting,
            time=incident_model._format_moment(moment),
            whom=step._get_recipient_label(),
            channel=step._get_channel_label(),
        )

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(CLOCK_FIELDS):
            self._escalation_resolve()
        return result

    def unlink(self):
        # The database would remove them too, but not what hangs on them. Sudo: nobody
        # else may delete an incident.
        self.sudo().escalation_incident_ids.unlink()
        return super().unlink()

    def action_escalation_confirm(self):
        """Say "I'm on it" for the ticket's open incidents (R10).

        :return: as ``action_confirm`` of the incident; True as well where the ticket
            has never been escalated
        :rtype: bool | dict
        :raise AccessError: when the user may not see the ticket or confirm it
        """
        self.ensure_one()
        self.check_access("read")
        user = self.env.user
        # Sudo: who may confirm is asked of each incident.
        all_incidents = (
            self.env["helpdesk.escalation.incident"]
            .sudo()
            .search([("ticket_id", "=", self.id)], order="state, id desc")
        )
        active = all_incidents.filtered(
            lambda incident: incident.state == "active" and incident._may_confirm(user)
        )
        # Once it has ended, or somebody is on it, the last one says so kindly.
        return (active or all_incidents[:1])._confirm_checked(user, "ticket")

    def action_escalation_assign_me(self):
        """Take the ticket and say "I'm on it" in one go (R10).

        :raise AccessError: when the user may not take the ticket
        """
        self.ensure_one()
        self.check_access("read")
        incident = self.escalation_incident_id
        if not incident:
            # It has ended since the page was opened: only the ticket is left to take.
            self.assign_to_me()
            return True
        return incident.action_assign_me()

    def action_escalation_open(self):
        """Open the incident of the ticket, the last one when none is open."""
        self.ensure_one()
        self.check_access("read")
        incident = self.escalation_incident_id
        incident = incident or self.escalation_incident_ids.sorted("id")[-1:]
        return incident.get_formview_action()

    def _track_finalize(self):
        """End at once the incidents of tickets that entered a stage that pauses (R11).

        The stage has entered the ticket's history only now.
        """
        changes = self.env.cr.precommit.data.get(f"mail.tracking.{self._name}", {})
        moved = [id_ for id_, before in changes.items() if "stage_id" in (before or ())]
        result = super()._track_finalize()
        if moved and self.env["helpdesk.escalation.policy"]._get_pausing_ids():
            self.browse(moved)._escalation_resolve()
        return result

    def _escalation_write_keeping(self, policy, values):
        """Move a ticket; a wait that is escalated stays so where no policy counts.

        No client is forgotten because a ticket was moved. The policy is set before, as
        a move to where none counts ends the escalation at once, and taken off again
        where another one counts. That it stays is said in the chatter.

        :param policy: the one that escalates, or empty
        """
        own = self.escalation_policy_id
        keeps = policy and policy != own and not self.escalation_muted
        if keeps:
            self.escalation_policy_id = policy
        self.write(values)
        if not keeps:
            return
        self.env.flush_all()
        if self._escalation_find_policy_in(self.team_id, own):
            self.escalation_policy_id = own
        else:
            company = self.company_id.partner_id
            here = self.with_context(lang=company.lang or self.env.lang)
            here._message_log(body=here._get_kept_policy_words(policy, self.team_id))

    def _escalation_find_policy_in(self, team, own):
        """Return the policy that would count for the ticket in a team, if any (R1).

        :param own: a policy that would be set on the ticket itself
        """
        clock = self.env["helpdesk.escalation.clock"]
        return clock._find_policy(
            self.partner_id, team, self.company_id, ticket=self, own=own
        ).policy

    def _get_kept_policy_words(self, policy, team):
        """Say that a policy stays with the ticket where another team has none."""
        return self.env._(
            "No escalation policy applies in %(team)s. As a client is waiting, the "
            "ticket keeps “%(policy)s” as its own policy.",
            team=team.name or self.env._("no team"),
            policy=policy.name,
        )

    @api.model
    def _escalation_take_leave(self, words):
        """Say something, and lead away from a ticket that one sees no more."""
        # Who is in no helpdesk has no list of tickets but this one.
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
            if self.env.user.has_group(STAFF_GROUP)
            else "helpdesk_escalation.helpdesk_ticket_action_notified"
        )
        return make_notice(words, "success", {**action, "target": "main"})

    def _get_escalation_client_name(self):
        """Name the client and its company, for people to read."""
        self.ensure_one()
        partner = self.partner_id
        company = partner.commercial_partner_id
        name = partner.name or self.partner_name or self.partner_email
        if company.name and company != partner and company.name != name:
            name = f"{name} ({company.name})"
        return name or self.env._("Unknown client")

    def _escalation_remind(self, users, activity_type, summary, note):
        """Give people an activity on the ticket; nobody becomes a follower by it.

        :param users: who can read the ticket
        :param str activity_type: an XML id
        :param summary: a function from a user to a text, in the user's language
        """
        self.ensure_one()
        # Sudo: who asks need not be allowed to plan activities for others.
        ticket = self.sudo()
        followers = ticket.message_follower_ids
        for user in users:
            here = ticket.with_context(lang=user.lang, tz=user.tz)
            here.activity_schedule(
                activity_type,
                date_deadline=fields.Date.context_today(here),
                user_id=user.id,
                summary=summary(here.env),
                note=note,
            )
        ticket.invalidate_recordset(["message_follower_ids"])
        (ticket.message_follower_ids - followers).filtered(
            lambda follower: follower.partner_id in users.partner_id
        ).unlink()

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        if self.env.context.get("escalation_no_follow"):
            # Odoo makes who gets an activity a follower who is sent everything (R8):
            # creating one calls this, whatever it is told.
            return True
        result = super().message_subscribe(partner_ids, subtype_ids)
        if partner_ids and result:
            # Odoo leaves alone whoever follows already, and so who only may read.
            # Sudo: nobody else writes in the log of notifications.
            notifications = self.env["helpdesk.escalation.notification"].sudo()
            notifications._keep_access(self, partner_ids)
        return result

    def _escalation_resolve(self, careful=False, speaker=None):
        """End the incidents that a change has settled, without ever raising (R2, R11).

        :param bool careful: nobody can repeat this, as with a mail that came in: not
            even an error of the database may be left behind
        :param speaker: the partner whose public message it was
        """
        # Sudo: incidents are the system's, whoever made the change.
        engine = self.env["helpdesk.escalation.engine"].sudo()
        try:
            if careful:
                with self.env.cr.savepoint():
                    engine._resolve_now(self.ids, speaker)
            else:
                engine._resolve_now(self.ids, speaker)
        except Exception:
            # R13: no answer, no mail and no click is lost by a fault of ours.
            _logger.info(
                "Incidents of tickets %s are left to the next run", self.ids, exc_info=1
            )
