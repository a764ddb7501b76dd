"""What the tests of triggers share."""

from .common import EscalationCommon


class TriggerCommon(EscalationCommon):
    @classmethod
    def _add_trigger(cls, kind, **values):
        trigger = cls.env["helpdesk.escalation.trigger"].create(
            {"policy_id": cls.policy.id, "kind": kind, **values}
        )
        return trigger

    def _write_words(self, ticket, minute, body, **values):
        values.setdefault("author_id", self.client.id)
        message = ticket.message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            body_is_html=True,
            **values,
        )
        self._date(message, minute)
        return message

    def _causes(self, ticket):
        return ticket.escalation_incident_ids.cause_ids.mapped("display_name")
