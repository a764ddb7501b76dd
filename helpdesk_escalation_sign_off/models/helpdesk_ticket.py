from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import RedirectWarning, UserError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP, PREFETCH_GROUP

SIGN_OFF_TYPE = "helpdesk_escalation_sign_off.mail_activity_type_sign_off"
# A change of these may take a ticket out of a sign-off; so may one of what the
# policies' conditions read.
ESCAPES = {
    "company_id",
    "escalation_muted",
    "escalation_policy_id",
    "partner_id",
    "team_id",
}


class HelpdeskTicket(models.Model):
    """Closing that needs a manager's sign-off.

    What a ticket needs is read from its policy, client and team. The update that would
    take it out of that leaves the need on the ticket, so that it goes on needing it.
    """

    _inherit = "helpdesk.ticket"

    escalation_sign_off_needed_date = fields.Datetime(
        string="Needs Sign-off Since",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="When the ticket was moved out of what asks for a sign-off: it goes on "
        "needing one.",
    )
    escalation_sign_off_barred_id = fields.Many2one(
        comodel_name="res.users",
        string="May Not Sign Off",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="Who moved the ticket into a team that they lead themselves: they do not "
        "sign off as its leader.",
    )
    escalation_signed_off_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Signed Off By",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="Who last closed the ticket, which needed a sign-off.",
    )
    escalation_signed_off_date = fields.Datetime(
        string="Signed Off On",
        readonly=True,
        copy=False,
        groups=fields.NO_ACCESS,
        prefetch=PREFETCH_GROUP,
        help="When the ticket was last closed with the sign-off that it needed.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        closed = tickets._filter_settled()
        if closed:
            closed._filter_sign_off()._check_sign_off_at_once()
        return tickets

    def copy(self, default=None):
        copies = super().copy(default)
        # Sudo: nobody writes it by hand.
        for ticket, new in zip(self.sudo(), copies, strict=True):
            if ticket.escalation_sign_off_needed_date:
                new._keep_sign_off()
        return copies

    def write(self, vals):
        escapes = self._escapes_sign_off(vals)
        if not (escapes or self._may_settle(vals)):
            return super().write(vals)
        open_before = self - self._filter_settled()
        needing = self._filter_sign_off()
        stopped = needing.filtered(lambda ticket: not ticket._may_sign_off())
        if escapes:
            needing._keep_sign_off()
        result = super().write(vals)
        if "team_id" in vals:
            stopped._bar_own_sign_off()
            (self - stopped)._unbar_sign_off()
        settled = open_before._filter_settled()
        if settled:
            archives = "active" in vals
            # Sudo: whoever was asked, nobody needs to sign any more.
            settled.sudo().activity_unlink([SIGN_OFF_TYPE])
            (settled & stopped)._refuse_without_sign_off(archives)
            begin = (settled - needing)._filter_sign_off()
            begin._check_sign_off(archives)
            (settled & needing | begin)._note_sign_off()
        return result

    # ------------------------------------------------------------------
    # What a change does
    # ------------------------------------------------------------------

    def _escapes_sign_off(self, vals):
        """Whether another policy, client or team may count after an update."""
        if not ESCAPES.isdisjoint(vals):
            return True
        policies = self.env["helpdesk.escalation.policy"]
        return bool(policies._get_sign_off_ids()) and not (
            policies._get_condition_fields().isdisjoint(vals)
        )

    def _may_settle(self, vals):
        """Whether an update may close or archive tickets.

        A team brings another stage along, and a responsible a team.
        """
        if not vals.get("active", True) or "team_id" in vals:
            return True
        if vals.get("stage_id"):
            # Sudo: whoever closes it need not read stages.
            return (
                self.env["helpdesk.ticket.stage"].sudo().browse(vals["stage_id"]).closed
            )
        return "user_id" in vals and not all(ticket.team_id for ticket in self.sudo())

    def _filter_settled(self):
        """Return the tickets that are closed or archived."""
        # Sudo: it does not depend on what the user may read.
        return self.filtered(
            lambda ticket: (ticket.sudo().stage_id.closed or not ticket.sudo().active)
        )

    # ------------------------------------------------------------------
    # Who needs it
    # ------------------------------------------------------------------

    def _filter_sign_off(self):
        """Return the tickets that need a sign-off, closed ones too.

        As superuser, whoever asks: a client's setting is for few to read.
        """
        by_policy = self._find_sign_off_by_policy()
        # Sudo: see above.
        return self.filtered(
            lambda ticket: ticket.id in by_policy
            or ticket.sudo().escalation_sign_off_needed_date
            or ticket.sudo()._client_wants_sign_off()
            or ticket.sudo().team_id._escalation_wants_sign_off()
        )

    def _find_sign_off_by_policy(self):
        """Return the ids of the tickets whose policy wants a sign-off.

        A muted ticket has none that counts: the one is asked that would.
        """
        # Sudo: nobody reads the clock, and not everybody every policy.
        policies = self.env["helpdesk.escalation.policy"].sudo()
        wanted = policies.browse(policies._get_sign_off_ids())
        if not wanted:
            return set()
        tickets = self.sudo()
        muted = tickets.filtered("escalation_muted")
        clock = tickets.env["helpdesk.escalation.clock"]
        clocks = (tickets - muted)._read_escalation_clocks()
        found = {one.id for one in clocks if one.policy_id in wanted}
        for ticket in muted:
            match = clock._find_policy(
                ticket.partner_id,
                ticket.team_id,
                ticket.company_id,
                ticket=ticket,
                own=ticket.escalation_policy_id,
            )
            if match.policy in wanted:
                found.add(ticket.id)
        return found

    def _client_wants_sign_off(self):
        return self.partner_id._escalation_wants_sign_off(self.company_id)

    def _keep_sign_off(self):
        """Have tickets go on needing a sign-off, whatever becomes of them."""
        # Sudo, here and below: nobody reads it.
        self.sudo().filtered(
            lambda ticket: not ticket.escalation_sign_off_needed_date
        )._write_sign_off({"escalation_sign_off_needed_date": fields.Datetime.now()})

    def _write_sign_off(self, vals):
        """Write what is kept of sign-offs: no change of its own (no ``write``)."""
        # Sudo: nobody writes it by hand.
        return super(HelpdeskTicket, self.sudo()).write(vals)

    # ------------------------------------------------------------------
    # Who gives it
    # ------------------------------------------------------------------

    def _may_sign_off(self):
        """Whether the user may close what needs a sign-off, or need not ask for it.

        It is the person that counts, whatever door they come through: the portal's
        button closes as superuser. Clients and the system itself are not stopped.
        """
        self.ensure_one()
        user = self.env.user
        return (
            user.id == SUPERUSER_ID
            or not user._is_internal()
            or user.has_group(MANAGER_GROUP)
            or self._is_sign_off_leader(user)
        )

    def _is_sign_off_leader(self, user):
        # Sudo: whoever may read the team.
        ticket = self.sudo()
        return (
            ticket.team_id.user_id == user
            and ticket.escalation_sign_off_barred_id != user
        )

    def _bar_own_sign_off(self):
        """Let nobody sign off by moving a ticket into the team that they lead."""
        user = self.env.user
        for ticket in self.sudo():
            own = ticket.team_id.user_id == user
            ticket._write_sign_off({"escalation_sign_off_barred_id": own and user.id})

    def _unbar_sign_off(self):
        """Once somebody else moves it, a leader is a leader again."""
        barred = self.sudo().filtered("escalation_sign_off_barred_id")
        barred._write_sign_off({"escalation_sign_off_barred_id": False})

    def _check_sign_off(self, archives=False):
        """Stop who may not close these tickets, all of which need a sign-off.

        :raise RedirectWarning: with a button that asks for the sign-off
        """
        self.filtered(
            lambda ticket: not ticket._may_sign_off()
        )._refuse_without_sign_off(archives)

    def _check_sign_off_at_once(self):
        """The same for tickets that are created closed: nobody can ask for it yet.

        :raise UserError: where the user may not
        """
        if any(not ticket._may_sign_off() for ticket in self):
            raise UserError(
                self.env._(
                    "Closing needs a manager's sign-off here. Create the ticket in an "
                    "open stage."
                )
            )

    def _refuse_without_sign_off(self, archives):
        if not self:
            return
        # Sudo: they are named to whoever just had them in hand.
        names = ", ".join(self.sudo()[:5].mapped("display_name"))
        names = names if len(self) <= 5 else f"{names}, …"
        if archives:
            words = self.env._(
                "Archiving needs a manager's sign-off here, as closing does: %s. Ask "
                "for it, and it will be closed for you.",
                names,
            )
        else:
            words = self.env._(
                "Closing needs a manager's sign-off here: %s. Ask for it, and it "
                "will be closed for you.",
                names,
            )
        raise RedirectWarning(
            words,
            self.env.ref(
                "helpdesk_escalation_sign_off.helpdesk_ticket_action_ask_sign_off"
            ).id,
            self.env._("Ask for sign-off"),
            {"active_model": self._name, "active_ids": self.ids},
        )

    def _note_sign_off(self):
        """Keep who signed off tickets that needed it and have just been settled."""
        user = self.env.user
        if not self or user.id == SUPERUSER_ID or not user._is_internal():
            return
        self._write_sign_off(
            {
                "escalation_signed_off_by_id": user.id,
                "escalation_signed_off_date": fields.Datetime.now(),
            }
        )
        words = self.env._("Signed off by %s.", user.name)
        self.sudo()._message_log_batch(
            dict.fromkeys(self.ids, words), author_id=user.partner_id.id
        )
