from odoo import Command, api, models

# What clients write who are about to be lost, per language; English always counts.
WORDS = {
    "de": "Rückerstattung, Geld zurück, Anwalt, rechtliche Schritte, kündigen, "
    "Kündigung, stornieren, dringend, Beschwerde",
    "en": "refund*, money back, chargeback*, lawyer*, attorney*, solicitor*, lawsuit*, "
    "law suit*, legal, legally, sue, sues, sued, suing, see you in court, cancel*, "
    "urgent*, complain*, speak to your manager, speak with your manager, "
    "speak to a manager, speak with a manager, speak to the manager, "
    "speak with the manager, talk to your manager, talk with your manager, "
    "talk to a manager, talk with a manager, talk to the manager, "
    "talk with the manager, want your manager, want a manager, get me your manager, "
    "get me a manager, contact your manager, your supervisor, a supervisor",
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

# What is asked or said with these words by people who are not.
UNLESS = {
    "de": "keine Rückerstattung, nicht dringend, wie … kündige, wie … kündigen, "
    "wie … stornieren",
    "en": "no refund, not urgent, how … cancel, how … complain",
    "es": "no es urgente, cómo … cancelar",
    "fr": "pas urgent, comment … annuler, comment … résilier",
    "it": "non urgente, non è urgente, come … annullare, come … disdire",
    "nl": "niet dringend, hoe … annuleren, hoe … opzeggen",
    "pl": "nie pilne, niepilne, jak … anulować",
    "pt": "não é urgente, como … cancelar",
}


class HelpdeskEscalationPolicy(models.Model):
    """Starters that begin at once: with alarming words, and with VIP clients.

    They begin with who has the say: the responsible is not enough for these.
    """

    _inherit = "helpdesk.escalation.policy"

    @api.model
    def _prepare_starters(self):
        lang = (self.env.user.lang or "en")[:2]
        langs = dict.fromkeys([lang if lang in WORDS else "en", "en"])
        keyword = {
            "kind": "keyword",
            "keywords": "\n".join(WORDS[one] for one in langs),
            "unless_words": "\n".join(UNLESS[one] for one in langs),
        }
        vip = {
            "kind": "client",
            "partner_condition": repr([("category_id", "in", self._get_vip().ids)]),
        }
        return {
            **super()._prepare_starters(),
            "words": {
                **self._prepare_starter(self.env._("Alarming Words")),
                "trigger_ids": [Command.create(keyword)],
            },
            "vip": {
                **self._prepare_starter(self.env._("VIP Clients")),
                "trigger_ids": [Command.create(keyword), Command.create(vip)],
            },
        }

    @api.model
    def _create_starters(self, vals_list):
        policies = super()._create_starters(vals_list)
        for policy in policies:
            # The steps are there only now.
            senior = policy.step_ids.sorted().filtered(
                lambda step: step.recipient != "responsible"
            )
            policy.trigger_ids.step_id = senior[:1]
        return policies

    @api.model
    def _get_vip(self):
        """Find the contacts' tag for VIP clients, or make it."""
        # Sudo: a helpdesk manager need not manage contacts.
        tags = self.env["res.partner.category"].sudo()
        return tags.search([("name", "=ilike", "VIP")], limit=1) or tags.create(
            {"name": "VIP"}
        )
