"""Who writes mails about escalations reads these (R14).

Odoo renders templates with superuser rights for whoever opens a composer on a record,
and asks nobody whether they may see it. The ways to have something rendered that ask
nobody: the composer, the preview of a template, and server actions that send one.
"""

from odoo import api, models

OUR_MODELS = "helpdesk.escalation."
HOST_MODEL = "helpdesk.ticket"


def check_may_write_about(env, template, model_name, res_ids):
    """Refuse to render anything about records that the user may not read.

    The template's model counts as well as the one named: Odoo takes the numbers for
    either. Tickets are the host's, and so are its templates: there only ours count.

    :param template: a mail template, or none
    :param str model_name: what a text is written about
    :param res_ids: numbers of such records
    :raise AccessError: when the user may not read one of them
    """
    res_ids = [res_id for res_id in res_ids if res_id]
    # Sudo: which template it is, is asked; not who may read it.
    template = template.sudo()
    names = {name for name in (model_name, template.model) if name in env}
    for name in sorted(names):
        if name.startswith(OUR_MODELS) or (name == HOST_MODEL and _is_ours(template)):
            env[name].sudo(False).browse(res_ids).check_access("read")


def _is_ours(template):
    """Whether a template came with one of our add-ons."""
    return bool(template) and bool(
        template.env["ir.model.data"].search_count(
            [
                ("model", "=", template._name),
                ("res_id", "in", template.ids),
                ("module", "=like", r"helpdesk\_escalation%"),
            ],
            limit=1,
        )
    )


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_ids(self):
        """Check them wherever they are used, also before anything is saved."""
        res_ids = super()._evaluate_res_ids()
        check_may_write_about(self.env, self.template_id, self.model, res_ids)
        return res_ids

    def _prepare_mail_values(self, res_ids):
        """Check those that were found by a domain too."""
        check_may_write_about(self.env, self.template_id, self.model, res_ids)
        return super()._prepare_mail_values(res_ids)


class MailTemplatePreview(models.TransientModel):
    _inherit = "mail.template.preview"

    @api.depends("lang", "resource_ref")
    def _compute_mail_template_fields(self):
        for preview in self.filtered("resource_ref"):
            check_may_write_about(
                preview.env,
                preview.mail_template_id,
                preview.resource_ref._name,
                preview.resource_ref.ids,
            )
        return super()._compute_mail_template_fields()


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        """Check who starts by hand what sends a mail, whomever the action is for."""
        if not self.env.su:
            context = self.env.context
            res_ids = context.get("active_ids") or [context.get("active_id")]
            # Sudo: whoever runs an action need not read it.
            for action in self.sudo()._get_with_children():
                if action.state == "mail_post":
                    check_may_write_about(
                        self.env, action.template_id, action.model_name, res_ids
                    )
        return super().run()

    def _get_with_children(self):
        """Return actions with all that they start themselves."""
        found = level = self
        while level:
            level = level.child_ids - found
            found += level
        return found
