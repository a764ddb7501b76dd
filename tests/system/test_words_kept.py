"""S16: no words are kept that nobody knows of, and those of all add-ons go.

Every stored text stands in ``_get_words`` of ``helpdesk.escalation.erasure``, or in the
table here, with why it may stay. What is in neither fails, whoever adds it.
"""

from datetime import timedelta

from odoo import Command

from ..support.handover import HANDOVER, HandoverCommon

TEXTS = {"char", "text", "html", "json", "binary"}
# What managers have defined, and people have set for themselves.
DEFINED = {
    "helpdesk.escalation.chat.room",
    "helpdesk.escalation.handover.part",
    "helpdesk.escalation.heartbeat",
    "helpdesk.escalation.phrase",
    "helpdesk.escalation.policy",
    "helpdesk.escalation.rota",
    "helpdesk.escalation.rota.layer",
    "helpdesk.escalation.step",
    "helpdesk.escalation.trigger",
    "helpdesk.escalation.webhook",
    "helpdesk.ticket.team",
    "res.users",
}
KEPT = {
    # Codes, keys and names of ours.
    "helpdesk.escalation.ai.proposal.model_name",
    "helpdesk.escalation.ai.proposal.sources",
    "helpdesk.escalation.ai.proposal.value",
    "helpdesk.escalation.ai.request.model_name",
    "helpdesk.escalation.ai.request.reason",
    "helpdesk.escalation.confirmation.via",
    "helpdesk.escalation.handover.from_priority",
    "helpdesk.escalation.keyword.scan.signature",
    "helpdesk.escalation.notification.action",
    "helpdesk.escalation.notification.sms_uuid",
    "helpdesk.escalation.rota.feed.token_hash",
    "helpdesk.escalation.webhook.delivery.message_key",
    # For minutes, until the run has seen to it.
    "helpdesk.escalation.delivery.addresses",
    "helpdesk.escalation.delivery.reason",
    "helpdesk.escalation.delivery.reply_id",
    "helpdesk.escalation.request.detail",
    # Of a webhook's message, with which it goes.
    "helpdesk.escalation.webhook.delivery.error",
    # Written anew whenever the calendar is read; it goes with its person.
    "helpdesk.escalation.rota.feed.published",
}


class TestWordsKept(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.erasure = cls.env["helpdesk.escalation.erasure"]

    def test_every_text_is_known(self):
        known = {
            f"{words.model}.{name}"
            for words in self.erasure._get_words()
            for name in words.fields + words.named
        }
        for words in self.erasure._get_words():
            for name in words.fields + words.named:
                self.assertIn(name, self.env[words.model]._fields)
        found = {
            str(field)
            for model in self.env.registry.values()
            if model._auto and not model._abstract and not model._transient
            for field in model._fields.values()
            if field.type in TEXTS
            and field.store
            and (field._module or "").startswith("helpdesk_escalation")
            and field.model_name not in DEFINED
        }
        self.assertEqual(found - known, KEPT & found)
        self.assertFalse(KEPT - found - known, "no longer there")

    def _say_things(self):
        """Words of the client in each add-on, on a ticket that is over."""
        incident = self._escalate(minute=5)
        self._give_back(incident, self.expert, "de_escalate", "Carla has to pay first")
        handover = incident.handover_id
        draft = self._draft(user=self.leader).sudo()
        ticket = {"ticket_id": self.ticket.id}
        proposals = self.env["helpdesk.escalation.ai.proposal"].create(
            [
                {**ticket, "kind": "tone", "value": "angry", "quote": "I am angry!"},
                {**ticket, "kind": "summary", "value": "1", "value_text": "Anger"},
            ]
        )
        webhook = self.env["helpdesk.escalation.webhook"].create(
            {"name": "Board", "url": "https://hooks.example/"}
        )
        delivery = self.env["helpdesk.escalation.webhook.delivery"].create(
            {
                "webhook_id": webhook.id,
                "incident_id": incident.id,
                "event": "incident.opened",
                "body": '{"client": "Carla Client"}',
                "state": "sent",
            }
        )
        rota = self.env["helpdesk.escalation.rota"].create(
            {
                "name": "First line",
                "company_id": self.env.company.id,
                "tz": "UTC",
                "layer_ids": [
                    Command.create(
                        {"turn_ids": [Command.create({"user_id": self.agent.id})]}
                    )
                ],
            }
        )
        change = self.env["helpdesk.escalation.rota.change"].create(
            {
                "rota_id": rota.id,
                "start": self.t0,
                "stop": self.t0 + timedelta(hours=1),
                "user_id": self.leader.id,
                "replaced_id": self.agent.id,
                "reason": "At the doctor's",
            }
        )
        note = self.env["mail.message"].browse(incident.anchor_message_id)
        self.assertIn("error 0x42", note.body)
        self.env.flush_all()
        return incident, handover, draft, proposals, delivery, change, note

    def _check_gone(self, handover, draft, proposals, delivery, note):
        self.env.invalidate_all()
        for name in [*HANDOVER, "outcome_reason"]:
            if name != "reason_kind":
                self.assertFalse(handover[name], name)
                self.assertFalse(name in HANDOVER and draft[name], name)
        self.assertEqual(handover.outcome, "de_escalated", "figures stay")
        self.assertEqual(handover.reason_kind, "access")
        self.assertFalse(proposals.filtered("quote"))
        self.assertFalse(proposals[1].value_text)
        self.assertEqual(proposals.mapped("state"), ["outdated", "outdated"])
        self.assertFalse(delivery.exists())
        self.assertFalse(note.body)

    def test_the_words_of_all_add_ons_go_with_the_client(self):
        _case, handover, draft, proposals, delivery, change, note = self._say_things()
        self.erasure._erase_tickets(self.erasure._find_tickets(self.client))
        self._check_gone(handover, draft, proposals, delivery, note)
        self.assertEqual(change.reason, "At the doctor's")
        self.erasure._erase_users(self.agent)
        self.assertFalse(change.reason)

    def test_and_with_time(self):
        incident, handover, draft, proposals, delivery, change, note = (
            self._say_things()
        )
        self.env["ir.config_parameter"].set_param("helpdesk_escalation.words_days", 30)
        with self._at(29 * 24 * 60):
            self.erasure._gc_words()
        self.assertTrue(handover.reason and change.reason and delivery.exists())
        self.assertEqual(incident.state, "resolved")
        with self._at(31 * 24 * 60):
            self.erasure._gc_words()
        self._check_gone(handover, draft, proposals, delivery, note)
        self.assertFalse(change.reason)
