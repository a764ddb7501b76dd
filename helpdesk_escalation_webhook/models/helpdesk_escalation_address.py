from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP

from ..tools.outgoing import Outcome, call, is_obviously_private, parse_address
from .res_config_settings import HOSTS


class HelpdeskEscalationAddress(models.AbstractModel):
    """Records with an address that this server calls."""

    _name = "helpdesk.escalation.address"
    _description = "Address to Call"
    _inherit = ["helpdesk.escalation.input"]

    url = fields.Char(
        string="Address",
        required=True,
        groups=MANAGER_GROUP,
        help="The address to call, starting with https://. Whoever knows it may be "
        "able to use it: only helpdesk managers see it.",
    )

    @api.constrains("url")
    def _check_url(self):
        """Refuse what could never be called, and what is plainly in the own network.

        What its host stands for is looked up at each call.
        """
        allowed = self._get_private_hosts()
        for record in self:
            address = parse_address(record.url)
            if not address:
                raise ValidationError(
                    self.env._(
                        "This is not an address that can be called. Enter one such as "
                        "https://example.com/hooks, without user name and password."
                    )
                )
            if address.host in allowed:
                continue
            if is_obviously_private(address.host):
                raise ValidationError(self._get_private_words())
            if address.scheme != "https":
                raise ValidationError(
                    self.env._(
                        "The address must start with https://, so that nobody reads "
                        "along."
                    )
                )

    @api.model
    def _get_private_hosts(self):
        """Return the hosts that may be in the own network.

        :rtype: set[str]
        """
        # Sudo: parameters are the system's.
        value = self.env["ir.config_parameter"].sudo().get_param(HOSTS) or ""
        hosts = (host.strip().rstrip(".").lower() for host in value.split(","))
        return set(filter(None, hosts))

    @api.model
    def _call(self, method, url, headers=None, body=None):
        """Call an address. A copy for testing calls nobody.

        No transaction may be open that somebody could wait for: it takes seconds.

        :rtype: Outcome
        """
        if self.env["helpdesk.escalation.health"]._is_neutralized():
            return Outcome(None, "neutralized")
        return call(method, url, self._get_private_hosts(), headers, body)

    @api.model
    def _get_outcome_words(self, outcome):
        """Say what came of a call that did not succeed; never the address."""
        faults = {
            "unknown": self.env._("The host was not found."),
            "private": self._get_private_words(),
            "timeout": self.env._("No answer in time."),
            "certificate": self.env._("The host's certificate is not valid."),
            "neutralized": self.env._("This copy of a database calls nobody."),
        }
        if outcome.status:
            return self.env._("The answer was HTTP status %s.", outcome.status)
        return faults.get(outcome.fault) or self.env._("The host could not be reached.")

    @api.model
    def _get_private_words(self):
        return self.env._(
            "The address is inside the server's own network, or not encrypted. Use a "
            "public https:// address, or ask your administrator to allow the host in "
            "the helpdesk's settings."
        )
