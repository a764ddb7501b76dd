from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP
from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

from ..tools import duty
from ..tools.moments import write_moment


class HelpdeskEscalationRotaChange(models.Model):
    """Somebody takes duty from a moment to another. Later ones count on top.

    People make them by the dialogs of a shift; only the system writes them.
    """

    _name = "helpdesk.escalation.rota.change"
    _description = "On-Call Change"
    _order = "start desc, id desc"

    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="rota_id.company_id")
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Takes Over",
        readonly=True,
        index="btree_not_null",
        context={"active_test": False},
        help="Who is on duty instead. Empty: nobody, or not known yet.",
    )
    replaced_id = fields.Many2one(
        comodel_name="res.users",
        string="Instead Of",
        readonly=True,
        index="btree_not_null",
        context={"active_test": False},
        help="Counts only where this person is on duty. Empty: always.",
    )
    kind = fields.Selection(
        selection=[
            ("take", "Taken"),
            ("give", "Given away"),
            ("swap", "Swapped"),
            ("manager", "Changed by a manager"),
        ],
        required=True,
        readonly=True,
        default="manager",
    )
    state = fields.Selection(
        selection=[
            ("asked", "Asked"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("lapsed", "Not Answered"),
        ],
        required=True,
        readonly=True,
        default="done",
        index=True,
    )
    asked_ids = fields.Many2many(
        comodel_name="res.users",
        string="People Asked",
        readonly=True,
        help="Who was asked; whoever accepts first takes over.",
    )
    pair_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.change",
        string="In Exchange For",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    author_id = fields.Many2one(
        comodel_name="res.users",
        string="Changed By",
        readonly=True,
        default=lambda self: self.env.user,
        context={"active_test": False},
    )
    reason = fields.Char(readonly=True)
    effect = fields.Char(
        compute="_compute_effect",
        compute_sudo=True,
        help="Whether the change puts anybody on duty as things are.",
    )
    may_accept = fields.Boolean(compute="_compute_may")
    may_cancel = fields.Boolean(compute="_compute_may")

    _order_of_time = models.Constraint(
        "CHECK (start < stop OR state = 'cancelled')",
        "A change begins before it ends.",
    )

    @api.depends("start", "stop", "user_id", "replaced_id", "kind")
    def _compute_display_name(self):
        for change in self:
            # Sudo: colleagues are named, whoever may read them.
            known = change.sudo()
            change.display_name = self.env._(
                "%(taker)s instead of %(replaced)s",
                taker=known.user_id.name or self.env._("Nobody"),
                replaced=known.replaced_id.name or self.env._("whoever is on duty"),
            )

    @api.depends("state", "start", "stop", "rota_id.revision")
    def _compute_effect(self):
        now = fields.Datetime.now()
        coming = self.filtered(lambda one: one.state == "done" and one.stop > now)
        rules = coming.rota_id._read_duty(now)
        (self - coming).effect = False
        for change in coming:
            rule = rules.get(change.rota_id.id)
            known = rule and next(
                (one for one in rule.changes if one.id == change.id), None
            )
            fits = known and duty.has_effect(
                rule, known._replace(begin=max(known.begin, now))
            )
            change.effect = (
                False
                if fits
                else self.env._(
                    "No longer fits: the person it was for is not on duty then."
                )
            )

    @api.depends("state", "start", "stop", "asked_ids", "pair_id")
    @api.depends_context("uid")
    def _compute_may(self):
        now = fields.Datetime.now()
        user = self.env.user
        is_manager = user.has_group(MANAGER_GROUP)
        for change in self:
            # Sudo: whom it concerns does not depend on who may read them.
            known = change.sudo()
            people = known.user_id + known.replaced_id + known.author_id
            change.may_accept = (
                known.state == "asked" and user in known.asked_ids and known.start > now
            )
            change.may_cancel = (
                known.state in ("asked", "done")
                and known.stop > now
                and (is_manager or user in people)
            )

    @api.constrains("user_id", "rota_id")
    def _check_user_id(self):
        for change in self.sudo():
            change.user_id._check_on_call(change.rota_id.company_id)

    # ------------------------------------------------------------------
    # Answering
    # ------------------------------------------------------------------

    def action_accept(self):
        """Take over what one was asked for; with a swap, both.

        :raise AccessError: when the user was not asked
        :raise UserError: when somebody was quicker, or it does not fit any more
        """
        self.ensure_one()
        self.check_access("read")
        # Sudo: changes are the system's; the right to answer is checked.
        change = self.sudo()
        if self.env.user not in change.asked_ids:
            raise AccessError(self.env._("Only who was asked can accept this."))
        (change + change.pair_id).rota_id._begin_edit()
        lock_rows(change + change.pair_id, wait=True)
        if change.state == "done":
            raise UserError(
                self.env._("%s was quicker. Thank you!", change.user_id.name)
            )
        both = change + change.pair_id
        now = fields.Datetime.now()
        if change.state != "asked" or any(one.start <= now for one in both):
            raise UserError(self.env._("It is too late: nobody is asked any more."))
        change.user_id = self.env.user
        for one in both:
            one._check_still_on_duty()
        both.state = "done"
        both._inform(
            lambda env, one: env._(
                "%(taker)s takes over from %(replaced)s.",
                taker=one.user_id.name,
                replaced=one.replaced_id.name,
            )
        )
        return True

    def action_cancel(self):
        """Cancel what is to come; what has begun ends now. A swap goes as a whole.

        :raise AccessError: for others than who is concerned, and managers
        :raise UserError: when it is over already
        """
        self.check_access("read")
        if not all(change.may_cancel for change in self):
            raise AccessError(
                self.env._(
                    "Only who is concerned by a change that is not over, and helpdesk "
                    "managers, can cancel it."
                )
            )
        # Sudo: changes are the system's; the right to it is checked.
        changes = self.sudo()
        changes += changes.pair_id - changes
        changes.rota_id._begin_edit()
        minute = self.env["helpdesk.escalation.rota"]._get_minute()
        for change in lock_rows(changes, wait=True):
            if change.state not in ("asked", "done") or change.stop <= minute:
                continue
            if change.state == "done" and change.start < minute:
                change.stop = minute
            else:
                change.state = "cancelled"
            change._inform(
                lambda env, one: env._(
                    "%(author)s has cancelled this: %(change)s.",
                    author=env.user.name,
                    change=one.display_name,
                )
            )
        return True

    def _check_still_on_duty(self):
        """Check that whom it replaces is on duty in some of its time.

        :raise UserError: when that is not so any more
        """
        self.ensure_one()
        if not self.replaced_id:
            return
        now = fields.Datetime.now()
        rule = self.rota_id._read_duty(now).get(self.rota_id.id)
        begin = max(self.start, now)
        if rule:
            others = tuple(one for one in rule.changes if one.id not in self.ids)
            rule = rule._replace(changes=others)
        if rule and any(
            piece.user == self.replaced_id.id
            for piece in duty.get_pieces(rule, begin, self.stop)
        ):
            return
        person = rule and duty.get_piece(rule, begin).user
        other = self.env["res.users"].sudo().browse(person or ())
        if other:
            raise UserError(
                self.env._(
                    "%(other)s is on duty then by now, not %(person)s: somebody was "
                    "quicker, or the rota has changed.",
                    other=other.name,
                    person=self.replaced_id.name,
                )
            )
        raise UserError(
            self.env._(
                "%s is not on duty then any more: the rota has changed.",
                self.replaced_id.name,
            )
        )

    @api.model
    def _lapse(self):
        """Let requests lapse that nobody has answered in time: nothing changes."""
        late = self.search(
            [("state", "=", "asked"), ("start", "<=", fields.Datetime.now())]
        )
        late = lock_rows(late + late.pair_id)
        late.state = "lapsed"
        late.filtered("asked_ids")._inform(
            lambda env, one: env._(
                "Nobody has accepted in time. %s stays on duty.", one.replaced_id.name
            )
        )

    # ------------------------------------------------------------------
    # Informing
    # ------------------------------------------------------------------

    def _inform(self, get_words):
        """Inform whom a change concerns, but not who makes it.

        :param get_words: a function from an environment in their language, and the
            change, to a text
        """
        for change in self:
            people = change.user_id + change.replaced_id
            if change.state == "asked":
                people = change.asked_ids
            for person in people - self.env.user:
                if person.active:
                    change._inform_person(person, get_words)

    def _inform_person(self, person, get_words):
        here = self.with_context(lang=person.lang, tz=self.rota_id.tz)
        env = here.env
        words = env._(
            "%(what)s %(rota)s, %(start)s to %(stop)s (%(zone)s).",
            what=get_words(env, here),
            rota=here.rota_id.name,
            start=here._format_moment(here.start),
            stop=here._format_moment(here.stop),
            zone=here.rota_id.tz,
        )
        if here.reason:
            words = env._(
                "%(words)s Reason: %(reason)s", words=words, reason=here.reason
            )
        env["mail.thread"].message_notify(
            model=self._name,
            res_id=self.id,
            subject=env._("On call: %s", here.rota_id.name),
            body=words,
            partner_ids=person.partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )

    def _format_moment(self, moment):
        return write_moment(self.env, moment)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if any(
            one.state == "done" and one.start <= fields.Datetime.now() for one in self
        ):
            raise ValidationError(
                self.env._("What has begun is kept. Cancel it, which ends it now.")
            )
