from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

from ..tools import duty
from ..tools.moments import write_moment


class HelpdeskEscalationRotaArrange(models.TransientModel):
    """Take a shift, give it away, swap it, or change it as a manager."""

    _name = "helpdesk.escalation.rota.arrange"
    _description = "Change a Shift"
    _inherit = ["helpdesk.escalation.input"]

    kind = fields.Selection(
        selection=[
            ("take", "Take"),
            ("give", "Give away"),
            ("swap", "Swap"),
            ("manager", "Change"),
        ],
        required=True,
        default="take",
        readonly=True,
    )
    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    replaced_id = fields.Many2one(
        comodel_name="res.users",
        string="On Duty",
        readonly=True,
        help="Who is on duty otherwise. The change counts only where they are.",
    )
    start = fields.Datetime(
        required=True, help="From when on. It may be part of the shift."
    )
    stop = fields.Datetime(required=True, help="Until when. It may be part of it.")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Takes Over",
        domain="[('share', '=', False)]",
        help="Who is on duty instead. Empty: nobody.",
    )
    asked_ids = fields.Many2many(
        comodel_name="res.users",
        string="People to Ask",
        domain="[('id', 'in', candidate_ids)]",
        help="Who is asked; whoever accepts first takes over. Empty: everybody of the "
        "rota. Unless somebody accepts in time, nothing changes.",
    )
    candidate_ids = fields.Many2many(
        comodel_name="res.users", compute="_compute_candidate_ids"
    )
    other_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Swap With",
        domain="[('id', 'in', candidate_ids)]",
        help="Who takes the shift, and whose shift you take.",
    )
    other_start = fields.Datetime(
        string="Their Shift From", help="From when on you are on duty for them."
    )
    other_stop = fields.Datetime(
        string="Their Shift Until", help="Until when you are on duty for them."
    )
    reason = fields.Char(help="Why, for those whom it concerns.")
    effect = fields.Text(
        compute="_compute_effect", help="Who is on duty then, once it counts."
    )

    @api.depends("rota_id")
    @api.depends_context("uid")
    def _compute_candidate_ids(self):
        for dialog in self:
            dialog.candidate_ids = dialog.rota_id._get_people() - self.env.user

    @api.onchange("other_user_id")
    def _onchange_other_user_id(self):
        """Propose their next shift."""
        if not self.other_user_id:
            return
        now = fields.Datetime.now()
        rule = self.rota_id._read_duty(now).get(self.rota_id.id)
        for span in rule and duty.get_shifts(rule, now, now + duty.HORIZON) or ():
            if span.user == self.other_user_id.id and span.begin > now:
                self.other_start, self.other_stop = span.begin, span.end
                return

    @api.depends("rota_id", "kind", "start", "stop", "user_id", "replaced_id")
    @api.depends_context("lang", "tz")
    def _compute_effect(self):
        for dialog in self:
            dialog.effect = dialog._get_effect()

    def _get_effect(self):
        if not (self.start and self.stop and self.start < self.stop):
            return False
        now = fields.Datetime.now()
        rule = self.rota_id._read_duty(now).get(self.rota_id.id)
        if not rule or self.kind not in ("take", "manager"):
            return False
        taker = self.env.user if self.kind == "take" else self.user_id
        changed = rule._replace(
            changes=(
                *rule.changes,
                duty.Change(
                    0,
                    self.start,
                    self.stop,
                    taker.id or None,
                    self.replaced_id.id or None,
                ),
            )
        )
        # Sudo: colleagues are named, whoever may read them.
        users = self.env["res.users"].sudo()
        lines = []
        begin = max(self.start, now)
        for span in duty.get_shifts(changed, begin, self.stop)[:10]:
            name = users.browse(span.user).name if span.user else self.env._("Nobody")
            start = write_moment(self.env, max(span.begin, begin))
            lines.append(f"{start} {name}")
        return "\n".join(lines)

    def action_apply(self):
        """Do what the dialog says.

        :raise AccessError: for who may not
        :raise UserError: when it is over, too long, or somebody was quicker
        """
        self.ensure_one()
        self.rota_id.check_access("read")
        minute = self.rota_id._get_minute()
        start = max(self.start.replace(second=0), minute)
        stop = self.stop.replace(second=0)
        if start >= stop:
            raise UserError(
                self.env._("Choose an end that is still to come, after the beginning.")
            )
        if stop - start > duty.HORIZON * 4:
            raise UserError(self.env._("A change lasts 400 days at most."))
        self.rota_id._begin_edit()
        change = getattr(self, f"_apply_{self.kind}")(start, stop)
        words = {
            "take": self.env._("You are on duty. Whom you replace was informed."),
            "give": self.env._(
                "They were asked. Until somebody accepts you are on duty."
            ),
            "swap": self.env._("They were asked. Until they accept nothing changes."),
            "manager": self.env._("It is changed, and those concerned were informed."),
        }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": words[change[:1].kind],
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _prepare_change(self, start, stop, **values):
        return {
            "rota_id": self.rota_id.id,
            "start": start,
            "stop": stop,
            "kind": self.kind,
            "author_id": self.env.user.id,
            "reason": self.reason,
            **values,
        }

    def _create_changes(self, *values):
        # Sudo: changes are the system's; the right to them was checked.
        changes = self.env["helpdesk.escalation.rota.change"].sudo().create(values)
        for change in changes:
            change._check_still_on_duty()
        return changes

    def _apply_take(self, start, stop):
        self.rota_id._check_may_take_shifts(self.env.user)
        if self.replaced_id == self.env.user:
            raise UserError(self.env._("You are on duty then already."))
        change = self._create_changes(
            self._prepare_change(
                start,
                stop,
                user_id=self.env.user.id,
                replaced_id=self.replaced_id.id,
            )
        )
        change._inform(
            lambda env, one: env._(
                "%(taker)s takes over from %(replaced)s.",
                taker=one.user_id.name,
                replaced=one.replaced_id.name or env._("nobody"),
            )
        )
        return change

    def _apply_manager(self, start, stop):
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(
                self.env._("Only helpdesk managers change the shifts of others.")
            )
        change = self._create_changes(
            self._prepare_change(
                start,
                stop,
                user_id=self.user_id.id,
                replaced_id=self.replaced_id.id,
            )
        )
        change._inform(
            lambda env, one: env._(
                "%(taker)s is on duty instead of %(replaced)s.",
                taker=one.user_id.name or env._("Nobody"),
                replaced=one.replaced_id.name or env._("nobody"),
            )
        )
        return change

    def _apply_give(self, start, stop):
        asked = self.asked_ids or self.candidate_ids
        self._check_own_shift()
        self._check_asked(asked)
        change = self._create_changes(
            self._prepare_change(
                start,
                stop,
                state="asked",
                replaced_id=self.env.user.id,
                asked_ids=[(6, 0, asked.ids)],
            )
        )
        change._inform(
            lambda env, one: env._(
                "%s asks whether you take over. Accept it under On Call, Changes "
                "and Requests:",
                one.replaced_id.name,
            )
        )
        return change

    def _apply_swap(self, start, stop):
        self._check_own_shift()
        other = self.other_user_id
        self._check_asked(other)
        if not (
            self.other_start
            and self.other_stop
            and max(self.other_start, start) < self.other_stop
            and self.other_start > fields.Datetime.now()
        ):
            raise UserError(
                self.env._("Choose from when until when you are on duty for them.")
            )
        given = self._prepare_change(
            start,
            stop,
            state="asked",
            replaced_id=self.env.user.id,
            asked_ids=[(6, 0, other.ids)],
        )
        taken = self._prepare_change(
            self.other_start,
            self.other_stop,
            state="asked",
            user_id=self.env.user.id,
            replaced_id=other.id,
        )
        changes = self._create_changes(given, taken)
        changes[0].pair_id, changes[1].pair_id = changes[1], changes[0]
        changes[0]._inform(
            lambda env, one: env._(
                "%s asks to swap a shift with you. Accept it under On Call, Changes "
                "and Requests:",
                one.replaced_id.name,
            )
        )
        return changes

    def _check_own_shift(self):
        if self.replaced_id != self.env.user:
            raise AccessError(self.env._("You can give away or swap your own shifts."))

    def _check_asked(self, people):
        """Check whom somebody asks: people of the rota, who may take its shifts."""
        if not people:
            raise UserError(self.env._("Nobody else is in this rota whom to ask."))
        for person in people:
            self.rota_id._check_may_take_shifts(person)
