from odoo import api, models

CAUSE = "helpdesk.escalation.cause"
# Which wish it was, before the words in which it was said.
WISH = ": "


class HelpdeskEscalationErasure(models.AbstractModel):
    """S16: priorities, and which wish was found, are figures."""

    _inherit = "helpdesk.escalation.erasure"

    @api.model
    def _get_words(self):
        said = (
            ("kind", "!=", "priority"),
            "|",
            ("kind", "!=", "wish"),
            ("detail", "like", WISH),
        )
        return [
            words._replace(domain=said) if words.model == CAUSE else words
            for words in super()._get_words()
        ]

    @api.model
    def _empty(self, words, records):
        if words.model == CAUSE:
            wishes = records.filtered(lambda cause: cause.kind == "wish")
            for cause in wishes:
                cause.detail = cause.detail.partition(WISH)[0]
            records -= wishes
        return super()._empty(words, records)
