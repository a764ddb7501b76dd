from lxml import etree

from odoo import models


class IrQweb(models.AbstractModel):
    """The mails of a run have one template: it is compiled once, and not once a mail.

    Odoo keeps what it compiled of views, but not of texts that are in a field.
    """

    _inherit = "ir.qweb"

    def _generate_code_uncached(self, template):
        compiled = self.env.context.get("escalation_compiled")
        if compiled is None or not isinstance(template, etree._Element):
            return super()._generate_code_uncached(template)
        key = (
            template,
            *(self.env.context.get(name) for name in self._get_template_cache_keys()),
        )
        if key not in compiled:
            compiled[key] = super()._generate_code_uncached(template)
        return compiled[key]
