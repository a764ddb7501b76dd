from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP
from odoo.addons.helpdesk_escalation.tools.locks import lock_rows

from ..tools.zones import get_zone


class HelpdeskEscalationRota(models.Model):
    """One line of duty: at most one person is on it at a time."""

    _name = "helpdesk.escalation.rota"
    _description = "On-Call Rota"
    _inherit = ["helpdesk.escalation.input"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(
        default=True, help="Nobody is on duty in an archived rota any more."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Whose rota it is. Policies of this company notify whoever is on duty.",
    )
    tz = fields.Selection(
        selection=_tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Handover times are those of the clocks in this time zone, in summer and "
        "winter.",
    )
    team_ids = fields.Many2many(
        comodel_name="helpdesk.ticket.team",
        relation="helpdesk_escalation_rota_team_rel",
        column1="rota_id",
        column2="team_id",
        string="Teams",
        help="Whose cards show who is on duty, and whose members may take shifts.",
    )
    promise_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Promised Hours",
        check_company=True,
        help="When somebody has to be on duty: only there a gap is shown in red. "
        "Empty: always.",
    )
    keep_activities = fields.Boolean(
        string="Keep Previous Activities",
        help="When duty changes hands while tickets are escalated, whoever was on duty "
        "keeps the activities, beside the new person.",
    )
    layer_ids = fields.One2many(
        comodel_name="helpdesk.escalation.rota.layer",
        inverse_name="rota_id",
        string="Layers",
        domain=[("valid_to", "=", False)],
        help="Who is on duty in turn. Where the first layer has nobody, the next one "
        "counts.",
    )
    change_ids = fields.One2many(
        comodel_name="helpdesk.escalation.rota.change",
        inverse_name="rota_id",
        string="Changes",
    )
    logged_until = fields.Datetime(
        readonly=True,
        required=True,
        copy=False,
        default=lambda self: self._get_minute(),
        help="Who was on duty before this moment is read from the log.",
    )
    revision = fields.Integer(
        readonly=True, copy=False, help="How often the rota was edited."
    )
    edited_date = fields.Datetime(
        string="Last Edited",
        readonly=True,
        copy=False,
        default=lambda self: self._get_minute(),
    )

    @api.constrains("company_id")
    def _check_people_company(self):
        self.layer_ids.turn_ids._check_user_id()

    @api.constrains("tz")
    def _check_tz(self):
        for rota in self:
            if not get_zone(rota.tz):
                raise ValidationError(
                    self.env._(
                        "The time zone %s is not known on this server. Choose another "
                        "one.",
                        rota.tz,
                    )
                )

    @api.model
    def _get_minute(self):
        """Return this minute: duty changes at full minutes."""
        return fields.Datetime.now().replace(second=0, microsecond=0)

    def write(self, vals):
        self.check_access("write")
        if {"tz", "active", "company_id"} & vals.keys():
            self._begin_edit()
        moved = {}
        if "tz" in vals:
            moved = {
                layer: layer._keep_version() for layer in self.layer_ids.sorted("id")
            }
        result = super().write(vals)
        for layer, base in moved.items():
            layer._go_on(base)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for rota in self:
            if rota._has_past():
                raise UserError(
                    self.env._(
                        "People have been on duty in %s. Archive it instead, so that "
                        "the past is kept.",
                        rota.name,
                    )
                )

    def _has_past(self):
        self.ensure_one()
        # Sudo: the log is kept for the system.
        log = self.env["helpdesk.escalation.rota.log"].sudo()
        return bool(log.search_count([("rota_id", "=", self.id)], limit=1))

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for rota, vals in zip(self, vals_list, strict=True):
            vals["name"] = self.env._("%s (copy)", rota.name)
            vals["layer_ids"] = [
                (0, 0, values) for values in rota.layer_ids.copy_data()
            ]
        return vals_list

    def _begin_edit(self):
        """Keep what was until now, before anything changes that decides on it.

        Others who edit the rota at the same time wait, and see what was done: they
        are tried again.
        """
        # Sudo: who takes a shift may not edit rotas.
        rotas = lock_rows(self.sudo(), wait=True)
        rotas._log_until(self._get_minute())
        for rota in rotas:
            rota.write(
                {"revision": rota.revision + 1, "edited_date": fields.Datetime.now()}
            )

    def _inform_managers_of_vacant(self, people):
        """Inform the rota's managers that the places of people are vacant now.

        Each in their language; whoever archived them may not know of the rota, so that
        nobody is left out.
        """
        self.ensure_one()
        # Sudo: whoever edits users may read neither groups nor names.
        rota, people = self.sudo(), people.sudo()
        managers = (
            self.env.ref(MANAGER_GROUP)
            .sudo()
            .all_user_ids.filtered(
                lambda user: user.active
                and not user.share
                and rota.company_id in user.company_ids
            )
        )
        for manager in managers - people:
            env = rota.with_context(lang=manager.lang).env
            env["mail.thread"].message_notify(
                model=rota._name,
                res_id=rota.id,
                subject=env._("On call: %s", rota.name),
                body=env._(
                    "%(people)s can be on duty no more, and their places in %(rota)s "
                    "are vacant: when it is their turn, nobody of this layer is on "
                    "duty. Choose somebody else.",
                    people=", ".join(people.mapped("name")),
                    rota=rota.name,
                ),
                partner_ids=manager.partner_id.ids,
                author_id=env.ref("base.partner_root").id,
            )
