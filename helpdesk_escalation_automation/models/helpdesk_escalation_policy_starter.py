from odoo import Command, api, models

# What clients write who are about to be lost, per language; English always counts.
WORDS = {
    "de": "Rückerstattung, Geld zurück, Anwalt, rechtliche Schritte, kündigen, "
    "Kündigung, stornieren, dringend, Beschwerde",
    "en": "refund, money back, lawyer, legal action, cancel, cancellation, urgent, "
    "complaint",
    "es": "reembolso, devolución, abogado, acciones legales, cancelar, cancelación, "
    "urgente, queja",
    "fr": "remboursement, rembourser, avocat, action en justice, annuler, résilier, "
    "urgent, réclamation",
    "it": "rimborso, avvocato, azioni legali, annullare, disdire, urgente, reclamo",
    "nl": "terugbetaling, geld terug, advocaat, juridische stappen, annuleren, "
    "opzeggen, dringend, klacht",
    "pl": "zwrot pieniędzy, prawnik, kroki prawne, anulować, wypowiedzenie, pilne, "
    "reklamacja",
    "pt": "reembolso, advogado, ação judicial, cancelar, cancelamento, urgente, "
    "reclamação",
}


class HelpdeskEscalationPolicy(models.Model):
    """Starters that begin at once: with alarming words, and with VIP clients."""

    _inherit = "helpdesk.escalation.policy"

    @api.model
    def _prepare_starters(self):
        lang = (self.env.user.lang or "en")[:2]
        words = dict.fromkeys([WORDS.get(lang, WORDS["en"]), WORDS["en"]])
        keyword = {"kind": "keyword", "keywords": "\n".join(words)}
        vip = {
            "kind": "client",
            "partner_condition": repr([("category_id", "in", self._get_vip().ids)]),
        }
        return {
            **super()._prepare_starters(),
            "words": {
                **self._prepare_starter(
                    self.env._("By waiting time and alarming words")
                ),
                "trigger_ids": [Command.create(keyword)],
            },
            "vip": {
                **self._prepare_starter(
                    self.env._("By waiting time, alarming words and VIP clients")
                ),
                "trigger_ids": [Command.create(keyword), Command.create(vip)],
            },
        }

    @api.model
    def _get_vip(self):
        """Find the contacts' tag for VIP clients, or make it."""
        # Sudo: a helpdesk manager need not manage contacts.
        tags = self.env["res.partner.category"].sudo()
        return tags.search([("name", "=ilike", "VIP")], limit=1) or tags.create(
            {"name": "VIP"}
        )
