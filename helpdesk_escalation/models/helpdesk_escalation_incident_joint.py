from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class HelpdeskEscalationIncident(models.Model):
    """One ticket, one case on screen, whatever incidents are behind it.

    A ticket may be escalated for several reasons at once, each an incident of its kind,
    with ends and steps of its own. Those that were open together are joined, and people
    see one of them, which leads: it tells the story of all, says what comes next on any
    of them, and whoever says "I'm on it" is on all.
    """

    _inherit = "helpdesk.escalation.incident"

    joint_id = fields.Many2one(
        comodel_name="helpdesk.escalation.incident",
        string="Opened Beside",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="The first of the ticket's escalations that were open together. Screens "
        "show these as one.",
    )
    is_leading = fields.Boolean(
        string="Shown",
        compute="_compute_is_leading",
        search="_search_is_leading",
        help="Of escalations of one ticket that were open together, the one that is "
        "shown for all of them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        joints = self._find_joints([vals["ticket_id"] for vals in vals_list])
        return super().create(
            [{"joint_id": joints.get(vals["ticket_id"]), **vals} for vals in vals_list]
        )

    @api.model
    def _find_joints(self, ticket_ids):
        """Return per ticket id what an incident that opens now is joined to, if any."""
        open_ones = self.search_fetch(
            [("ticket_id", "in", ticket_ids), ("state", "!=", "resolved")],
            ["joint_id", "ticket_id"],
            order="id desc",
        )
        return {one.ticket_id.id: (one.joint_id or one).id for one in open_ones}

    @api.depends("state", "resolved_date", "ticket_id.escalation_incident_ids.state")
    def _compute_is_leading(self):
        for incident in self:
            incident.is_leading = incident._get_lead() == incident

    def _search_is_leading(self, operator, value):
        if operator != "in":
            return NotImplemented
        leading = Domain.custom(to_sql=lambda _model, alias, _q: self._sql_leads(alias))
        found = Domain.FALSE
        if True in value:
            found |= leading
        if False in value:
            found |= ~leading
        return found

    @api.model
    def _get_kind_order(self):
        """Return the kinds, those first that have more to tell; a wing adds its own.

        :rtype: list[str]
        """
        return ["automatic"]

    def _get_lead_key(self):
        """Return what decides who leads: the lowest does. See ``_sql_lead_key``."""
        kinds = self._get_kind_order()
        return (
            self.state,
            -self.resolved_date.timestamp() if self.resolved_date else 0,
            kinds.index(self.kind) if self.kind in kinds else len(kinds),
            self.id,
        )

    @api.model
    def _sql_lead_key(self, alias):
        """State who leads: what nobody has taken yet, then what was open the longest.

        Of what is left, the kind that has more to tell.
        """
        kinds = self._get_kind_order()
        return SQL(
            "(%(state)s, COALESCE(-EXTRACT(EPOCH FROM %(resolved)s), 0), "
            "COALESCE(array_position(%(kinds)s::varchar[], %(kind)s), %(last)s), "
            "%(id)s)",
            state=SQL.identifier(alias, "state"),
            resolved=SQL.identifier(alias, "resolved_date"),
            kinds=kinds,
            kind=SQL.identifier(alias, "kind"),
            last=len(kinds) + 1,
            id=SQL.identifier(alias, "id"),
        )

    @api.model
    def _sql_leads(self, alias):
        self.flush_model(["joint_id", "kind", "resolved_date", "state", "ticket_id"])
        return SQL(
            """
            NOT EXISTS (
                SELECT FROM helpdesk_escalation_incident other
                 WHERE other.ticket_id = %(ticket)s
                   AND (COALESCE(other.joint_id, other.id) = COALESCE(%(joint)s, %(id)s)
                        OR other.state != 'resolved' AND %(state)s != 'resolved')
                   AND %(other_key)s < %(key)s)
            """,
            ticket=SQL.identifier(alias, "ticket_id"),
            joint=SQL.identifier(alias, "joint_id"),
            id=SQL.identifier(alias, "id"),
            state=SQL.identifier(alias, "state"),
            other_key=self._sql_lead_key("other"),
            key=self._sql_lead_key(alias),
        )

    # ------------------------------------------------------------------
    # Together
    # ------------------------------------------------------------------

    def _get_joint(self):
        self.ensure_one()
        # Sudo: who sees one of them sees its ticket, and so sees all (R14).
        of_ticket = self.sudo().ticket_id.escalation_incident_ids.with_env(self.env)
        first = self.joint_id or self
        joint = self | of_ticket.filtered(
            lambda one: (one.joint_id or one) == first
            or (one.state != "resolved" and self.state != "resolved")
        )
        # Those of a whole page are read together.
        return joint.sorted("id").with_prefetch(of_ticket._prefetch_ids)

    def _get_lead(self):
        """Return the one that is shown for all."""
        return min(self._get_joint(), key=lambda one: one._get_lead_key())

    def _get_taken_with(self, user):
        others = self.browse().union(*(one._get_joint() for one in self)) - self
        return self | others.filtered(
            lambda one: one.state == "active" and one._may_confirm(user)
        )

    def _sort_for_firing(self):
        """Put in order who has the say where several incidents notify one person."""
        kinds = self._get_kind_order()
        return self.sorted(
            lambda one: kinds.index(one.kind) if one.kind in kinds else len(kinds)
        )

    def _find_first_next(self):
        """Say what comes next on each of these, or on what is joined to it.

        :return: per incident to which something comes: the incident on which it does,
            the step and the moment (see ``_find_next``)
        :rtype: dict
        """
        joints = {one: one._get_joint() for one in self if one.state != "resolved"}
        coming = self.browse().union(*joints.values())._find_next()
        found = {}
        for incident, joint in joints.items():
            first = min(
                (one for one in joint if one in coming),
                key=lambda one: coming[one][1],
                default=None,
            )
            if first:
                found[incident] = (first, *coming[first])
        return found

    def _escalate_now(self, user):
        """Fire what comes next on any of them."""
        active = self._get_joint().filtered(lambda one: one.state == "active")
        coming = active._find_next()
        first = min(coming, key=lambda one: coming[one][1], default=self)
        return super(HelpdeskEscalationIncident, first)._escalate_now(user)
