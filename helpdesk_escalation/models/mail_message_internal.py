import logging

from odoo import Command, api, models

from .helpdesk_escalation_internal_thread import faces_inward

_logger = logging.getLogger(__name__)

ADDRESS_LISTS = ("incoming_email_cc", "incoming_email_to", "outgoing_email_to")


class MailMessage(models.Model):
    """Who is named in a message among colleagues may read it: only colleagues are.

    The gateway names whoever is in *To* and *Cc* of a mail that comes in.
    """

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_model")
        return super().create(
            [
                self._escalation_keep_recipients(
                    vals,
                    vals.get("model", default),
                    vals.get("res_id", self.env.context.get("default_res_id")),
                )
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if vals.keys().isdisjoint({"partner_ids", *ADDRESS_LISTS}):
            return super().write(vals)
        result = True
        for (model, res_id), messages in (
            self.sudo()  # who is a colleague does not depend on who writes
            .grouped(
                lambda message: (message.model, message.res_id)
                if faces_inward(self.env, message.model)
                else (False, False)
            )
            .items()
        ):
            kept = self._escalation_keep_recipients(vals, model, res_id)
            result = super(MailMessage, messages.with_env(self.env)).write(kept)
        return result

    @api.model
    def _escalation_keep_recipients(self, vals, model, res_id):
        """Return values of a message without the people from outside (R9).

        It never raises: who cannot be judged is left out.
        """
        if not faces_inward(self.env, model):
            return vals
        vals = dict(vals)
        # Sudo: who is a colleague does not depend on who writes.
        record = self.env[model].sudo().browse(res_id or ())
        if vals.get("partner_ids"):
            vals["partner_ids"] = keep_linked(
                vals["partner_ids"], lambda ids: record._keep_colleagues(ids).ids
            )
        for name in ADDRESS_LISTS:
            if vals.get(name):
                vals[name] = self._escalation_keep_addresses(vals[name])
        return vals

    @api.model
    def _escalation_keep_addresses(self, addresses):
        try:
            with self.env.cr.savepoint(flush=False):
                return self.env["res.partner"]._escalation_keep_inside(addresses)
        except Exception:
            _logger.exception("Cannot tell whose addresses these are: left out")
            return False


def keep_linked(commands, keep):
    """Leave out of what is written to a many2many whoever is not to be linked.

    :param list commands: commands, or plain ids
    :param keep: which of some ids are kept
    """
    kept = []
    for command in commands:
        if isinstance(command, int):
            kept += keep([command])
        elif command[0] == Command.LINK:
            kept += [Command.link(id_) for id_ in keep([command[1]])]
        elif command[0] == Command.SET:
            kept.append(Command.set(keep(list(command[2]))))
        elif command[0] != Command.CREATE:
            kept.append(command)
    return kept
