from odoo import fields, models

from ..tools import duty


class HelpdeskEscalationRotaLog(models.Model):
    """Who was on duty: kept, whatever is edited since. Only the system writes it."""

    _name = "helpdesk.escalation.rota.log"
    _description = "On-Call Log"
    _order = "start desc, id desc"

    rota_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="rota_id.company_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    layer_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.layer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    change_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.change",
        string="On-Call Change",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    _rota_start = models.Index("(rota_id, stop)")


class HelpdeskEscalationRota(models.Model):
    _inherit = "helpdesk.escalation.rota"

    def _log_until(self, moment):
        """Keep who was on duty until a moment: it is never computed again.

        :param datetime moment: naive UTC, a full minute that has come
        """
        behind = self.filtered(lambda rota: rota.logged_until < moment)
        if not behind:
            return
        # Sudo: the log is the system's.
        log = self.env["helpdesk.escalation.rota.log"].sudo()
        rules = behind._read_duty(min(behind.mapped("logged_until")))
        last = log.search(
            [
                ("rota_id", "in", behind.ids),
                ("stop", ">=", min(behind.mapped("logged_until"))),
            ]
        ).grouped("rota_id")
        values = []
        for rota in behind.sudo():
            before = last.get(rota, log).sorted("stop")[-1:]
            rule = rules.get(rota.id)
            spans = (
                duty.get_logged_spans(rule, rota.logged_until, moment) if rule else ()
            )
            for span in spans:
                if (
                    before.stop == span.begin
                    and before.user_id.id == span.user
                    and (before.change_id.id or None) == span.change
                ):
                    before.stop = span.end
                    continue
                values.append(
                    {
                        "rota_id": rota.id,
                        "user_id": span.user,
                        "start": span.begin,
                        "stop": span.end,
                        "layer_id": span.layer,
                        "change_id": span.change,
                    }
                )
            rota.logged_until = moment
        log.create(values)

    def _read_known_from(self):
        """Return per rota id from which moment on it is known who was on duty.

        :rtype: dict[int, datetime]
        """
        # Sudo: the log is the system's.
        log = self.env["helpdesk.escalation.rota.log"].sudo()
        first = dict(
            log._read_group([("rota_id", "in", self.ids)], ["rota_id"], ["start:min"])
        )
        return {
            rota.id: min(
                rota.create_date, rota.logged_until, first.get(rota, rota.logged_until)
            )
            for rota in self.sudo()
        }

    def _cron_log(self):
        """Keep who was on duty, and let requests lapse that nobody has answered."""
        rotas = self.search([("active", "=", True)])
        rotas._log_until(self._get_minute())
        self.env["helpdesk.escalation.rota.change"]._lapse()
