from lxml import html

from odoo import api, models


class MailTemplate(models.Model):
    """The mails of a run have one template: it is read once, and not once a mail."""

    _inherit = "mail.template"

    @api.model
    def _render_template_qweb(
        self, template_src, model, res_ids, add_context=None, options=None
    ):
        compiled = self.env.context.get("escalation_compiled")
        if compiled is None or not template_src:
            return super()._render_template_qweb(
                template_src, model, res_ids, add_context, options
            )
        if template_src not in compiled:
            compiled[template_src] = html.fragment_fromstring(
                template_src, create_parent="div"
            )
        root = compiled[template_src]
        values = {**self._render_eval_context(), **(add_context or {})}
        return {
            record.id: self.env["ir.qweb"]._render(
                root, {**values, "object": record}, **(options or {})
            )[len("<div>") : -len("</div>")]
            for record in self.env[model].browse(res_ids)
        }
