from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.endpoint import clean_url
from .helpdesk_escalation_ai import FORMAT_PARAMETER, PARAMETER

MOST = {
    "escalation_ai_seconds": 120,
    "escalation_ai_day_calls": 1_000_000,
    "escalation_ai_day_tokens": 1_000_000_000,
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    escalation_ai_on = fields.Boolean(
        related="company_id.escalation_ai_on",
        readonly=False,
        groups="base.group_system",
    )
    escalation_ai_url = fields.Char(
        string="Address",
        config_parameter=f"{PARAMETER}url",
        groups="base.group_system",
        help="The address of an OpenAI-compatible server, such as llama.cpp, Ollama or "
        "vLLM on your own machine: http://localhost:8000/v1",
    )
    escalation_ai_model = fields.Char(
        string="Model",
        config_parameter=f"{PARAMETER}model",
        groups="base.group_system",
        help="The name by which the server knows the model.",
    )
    escalation_ai_key = fields.Char(
        string="Key",
        config_parameter=f"{PARAMETER}key",
        groups="base.group_system",
        help="What the server wants to be shown, if anything. Only administrators see "
        "it, and a neutralized copy of the database has it no more.",
    )
    escalation_ai_send_names = fields.Boolean(
        string="Names",
        config_parameter=f"{PARAMETER}send_names",
        groups="base.group_system",
        help="Send also the names of people and companies that the ticket knows, "
        "greetings and signatures. Otherwise they are left out.",
    )
    escalation_ai_send_addresses = fields.Boolean(
        string="Addresses",
        config_parameter=f"{PARAMETER}send_addresses",
        groups="base.group_system",
        help="Send also email addresses, links, phone and other long numbers, and the "
        "contact's street and postcode. Otherwise they are left out.",
    )
    escalation_ai_send_files = fields.Boolean(
        string="File Names",
        config_parameter=f"{PARAMETER}send_files",
        groups="base.group_system",
        help="Send also the names of attached files. Their content is never sent.",
    )
    escalation_ai_seconds = fields.Integer(
        string="Time Limit (seconds)",
        default=20,
        config_parameter=f"{PARAMETER}seconds",
        groups="base.group_system",
        help="An answer that takes longer is not waited for. So long one of Odoo's "
        "workers for scheduled actions may be busy with a question.",
    )
    escalation_ai_day_calls = fields.Integer(
        string="Calls a Day",
        default=500,
        config_parameter=f"{PARAMETER}day_calls",
        groups="base.group_system",
        help="How often the server is asked a day at most, from midnight UTC.",
    )
    escalation_ai_day_tokens = fields.Integer(
        string="Tokens a Day",
        default=500_000,
        config_parameter=f"{PARAMETER}day_tokens",
        groups="base.group_system",
        help="After so many tokens, sent and received, the server is not asked any "
        "more that day.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name, most in MOST.items():
                if not 1 <= vals.get(name, 1) <= most:
                    # It might be more than the database can hold.
                    raise ValidationError(self._get_range_words(name))
        return super().create(vals_list)

    @api.constrains(*MOST)
    def _check_escalation_ai_limits(self):
        for settings in self:
            for name, most in MOST.items():
                if not 1 <= settings[name] <= most:
                    raise ValidationError(self._get_range_words(name))

    @api.constrains("escalation_ai_url")
    def _check_escalation_ai_url(self):
        for settings in self:
            url = settings.escalation_ai_url
            if url and not clean_url(url):
                raise ValidationError(
                    self.env._(
                        "“%s” is no address of a server. Enter one that begins with "
                        "http:// or https://, such as http://localhost:8000/v1, "
                        "without user, password or question mark.",
                        url,
                    )
                )

    @api.constrains("escalation_ai_key")
    def _check_escalation_ai_key(self):
        for settings in self:
            key = (settings.escalation_ai_key or "").strip()
            if not (key.isascii() and key.isprintable()) or " " in key:
                raise ValidationError(
                    self.env._("The key has signs that no key has. Copy it once more.")
                )

    def set_values(self):
        """Forget which format the server understands where it is another one now.

        :raise AccessError: for anybody but administrators
        :raise ValidationError: when it is switched on without a server
        """
        self.check_access("write")
        server = self.env["helpdesk.escalation.ai"]
        before = server._get_settings()
        for name in ("url", "model", "key"):
            name = f"escalation_ai_{name}"
            self[name] = (self[name] or "").strip()
        if self.escalation_ai_on and not (
            self.escalation_ai_url and self.escalation_ai_model
        ):
            raise ValidationError(
                self.env._(
                    "Enter the address of the server and the name of the model, or "
                    "switch the language model off."
                )
            )
        result = super().set_values()
        now = server._get_settings()
        if not (before and now and before[:2] == now[:2]):
            # Sudo: only administrators come here; parameters are the system's.
            self.env["ir.config_parameter"].sudo().set_param(FORMAT_PARAMETER, False)
        return result

    def action_escalation_ai_preview(self):
        """Show what would be sent, with the settings as they are saved.

        :raise AccessError: for anybody but administrators
        """
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_escalation_ai.helpdesk_escalation_ai_preview_action"
        )

    def _get_range_words(self, name):
        return self.env._(
            "%(field)s: enter a number from 1 to %(most)s.",
            field=self._fields[name]._description_string(self.env),
            most=MOST[name],
        )
