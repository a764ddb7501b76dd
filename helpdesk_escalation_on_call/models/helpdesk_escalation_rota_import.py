import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.ics_import import MAX_BYTES, ImportFault, read_calendar
from ..tools.public_web import WebFault, fetch
from ..tools.zones import get_zone

PAST, COMING = timedelta(days=31), timedelta(days=180)
# How often one may ask the other server, and when what it said is too old.
OFTEN = timedelta(minutes=10)
STALE = timedelta(hours=24)


class HelpdeskEscalationRotaSpan(models.Model):
    """Duty as an imported calendar has it. It is stored, as nobody can compute it."""

    _name = "helpdesk.escalation.rota.span"
    _description = "Imported Duty"
    _order = "start, id"

    layer_id = fields.Many2one(
        comodel_name="helpdesk.escalation.rota.layer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="set null"
    )
    summary = fields.Char(readonly=True)


class HelpdeskEscalationRotaLayer(models.Model):
    """A layer may be a calendar that somebody else keeps: it is read only here."""

    _inherit = "helpdesk.escalation.rota.layer"

    source = fields.Selection(
        selection=[
            ("people", "People in turn"),
            ("url", "A calendar on the internet"),
            ("file", "A calendar file"),
        ],
        required=True,
        default="people",
        help="Where it is decided who is on duty in this layer.",
    )
    source_url = fields.Char(
        string="Calendar Address",
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="An https address of an ICS calendar. It is read once an hour. People are "
        "recognized by the email addresses of attendees or in the title.",
    )
    source_file = fields.Binary(
        string="Calendar File",
        attachment=False,
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="An ICS file. People are recognized by the email addresses of attendees "
        "or in the title.",
    )
    source_date = fields.Datetime(
        string="Last Read",
        readonly=True,
        copy=False,
        help="When the calendar was last read without a fault. That counts "
        "until it is read again.",
    )
    source_tried_date = fields.Datetime(readonly=True, copy=False)
    source_fault = fields.Char(string="Fault", readonly=True, copy=False)
    source_unknown = fields.Char(
        string="Unknown People",
        readonly=True,
        copy=False,
        help="Titles of duty in which nobody is recognized: it is vacant.",
    )
    span_ids = fields.One2many(
        comodel_name="helpdesk.escalation.rota.span",
        inverse_name="layer_id",
        readonly=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        layers = super().create(vals_list)
        layers._import_new()
        return layers

    def write(self, vals):
        result = super().write(vals)
        if {"source", "source_url", "source_file"} & vals.keys():
            self._import_new()
        return result

    def _import_new(self):
        """Read files at once; addresses are read by the job, which comes at once."""
        imported = self.filtered(
            lambda one: one.source != "people" and not one.valid_to
        )
        imported.filtered(lambda one: one.source == "file")._import()
        if imported.filtered(lambda one: one.source == "url"):
            self.env.ref("helpdesk_escalation_on_call.ir_cron_import")._trigger()

    def action_import(self):
        """Read the calendar again: the job comes at once.

        :raise AccessError: for others than helpdesk managers
        :raise UserError: when it was read a moment ago
        """
        self.check_access("write")
        now = fields.Datetime.now()
        if any((one.source_tried_date or now - OFTEN) > now - OFTEN for one in self):
            raise UserError(
                self.env._("It was read a moment ago. Please try again in ten minutes.")
            )
        self._import_new()
        return True

    @api.model
    def _cron_import(self):
        """Read all calendars on the internet, each in a transaction of its own."""
        layers = self.search([("source", "=", "url"), ("valid_to", "=", False)])
        for layer in layers:
            layer._import()
            self.env["ir.cron"]._commit_progress(1)

    def _import(self):
        """Read calendars; where one cannot be read, what it said last still counts."""
        now = fields.Datetime.now()
        # Sudo: what was imported is the system's.
        for layer in self.sudo():
            values = {"source_tried_date": now}
            try:
                content = layer._get_content()
                zone = get_zone(layer.zone_name) or get_zone("UTC")
                found, floating = read_calendar(content, zone, now - PAST, now + COMING)
            except (ImportFault, WebFault) as fault:
                values["source_fault"] = layer._get_fault_words(fault.args[0])
            else:
                values["source_date"] = now
                values["source_fault"] = bool(floating) and self.env._(
                    "Times without a known time zone are read in the rota's: %s.",
                    floating,
                )
                values["source_unknown"] = layer._replace_spans(found)
            layer.with_context(on_call_editing=True).write(values)

    def _get_content(self):
        if self.source == "file":
            return base64.b64decode(self.source_file or b"")
        return fetch(self.source_url or "", MAX_BYTES)

    def _replace_spans(self, found):
        """Keep what a calendar says now; what was is kept in the log before.

        :return: titles in which nobody was recognized, as a text
        """
        self.rota_id._begin_edit()
        users = self.env["res.users"].search([("share", "=", False)])
        users = users.filtered(lambda user: self.rota_id.company_id in user.company_ids)
        by_address = {}
        for user in users:
            for address in (user.email_normalized, user.login):
                by_address.setdefault((address or "").lower(), user.id)
        unknown = {}
        values = []
        for one in found:
            known = [by_address[key] for key in one.addresses if key in by_address]
            if not known:
                unknown[one.summary or self.env._("without a title")] = True
            values.append(
                {
                    "layer_id": self.id,
                    "start": one.begin,
                    "stop": one.end,
                    "user_id": known[0] if known else False,
                    "summary": one.summary,
                }
            )
        self.span_ids.unlink()
        self.span_ids.create(values)
        return ", ".join(list(unknown)[:5]) or False

    def _get_fault_words(self, key):
        return {
            "https": self.env._("The address has to begin with https://."),
            "private": self.env._("The address is not one of the internet."),
            "connection": self.env._("The server could not be reached."),
            "status": self.env._("The server has no calendar at this address."),
            "size": self.env._("The calendar is larger than 1 MB."),
            "count": self.env._("The calendar has more than 5000 events."),
            "frequency": self.env._(
                "The calendar has events that repeat every minute or second."
            ),
            "format": self.env._("This is no calendar in the ICS format."),
        }[key]

    def _keep_version(self):
        version = super()._keep_version()
        if version and not version.span_ids and self.span_ids:
            # Sudo: what was imported is the system's.
            version.sudo().span_ids = [
                Command.create(values) for values in self.sudo().span_ids.copy_data()
            ]
        return version

    def _is_stale(self):
        """Whether an imported calendar was not read for a day."""
        return self.source == "url" and (
            not self.source_date or self.source_date < fields.Datetime.now() - STALE
        )

    def _get_version(self, working_times=None):
        version = super()._get_version(working_times)
        if self.source == "people":
            return version
        return version._replace(
            spans=tuple(
                (span.start, span.stop, span.user_id.id or None)
                for span in self.span_ids.sorted("start")
            )
        )
