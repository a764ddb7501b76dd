from odoo import api, models

HANDOVER_TEMPLATE = "helpdesk_escalation_handover.mail_template_handover"


class HelpdeskEscalationNotification(models.Model):
    """R9 for incidents by hand: the mail and the activity tell of the handover."""

    _inherit = "helpdesk.escalation.notification"

    @api.depends("incident_id.handover_id")
    def _compute_what_to_say(self):
        return super()._compute_what_to_say()

    def _get_headline(self):
        handover = self.incident_id.handover_id
        if not handover:
            return super()._get_headline()
        if self.step_id:
            return self.env._(
                "Nobody has taken over for %(waited)s", waited=self.waited
            )
        return self.env._("%s hands a ticket over to you", handover.user_id.name)

    def _is_digestible(self):
        return not self.incident_id.handover_id and super()._is_digestible()

    def _get_mail_template(self):
        if self.incident_id.kind == "manual":
            return HANDOVER_TEMPLATE
        return super()._get_mail_template()

    def _get_plain_subject(self):
        if not self.headline:
            return super()._get_plain_subject()
        return f"{self.headline}: {self.ticket_name}"

    def _render_handover(self):
        """Write the handover as HTML, as much of it as the person may read."""
        return self.incident_id.handover_id._render_body(self.user_id)

    def _render_facts(self):
        incident = self.incident_id
        if not incident.handover_id:
            return super()._render_facts()
        return self.env["ir.qweb"]._render(
            "helpdesk_escalation_handover.mail_handover_facts",
            {
                "body": self._render_handover(),
                "authority": incident.authority,
                "standard": incident.standard,
                "stands_in_for": self.substituted_user_id.name,
                "notified_before": self._get_notified_before(),
                "words": self._get_words(),
            },
        )

    def _get_plain_facts(self):
        if not self.incident_id.handover_id:
            return super()._get_plain_facts()
        # The handover says the rest itself, and who has the ticket.
        facts = [
            (self.env._("You stand in for"), self.substituted_user_id.name),
            (self.env._("Notified before"), self._get_notified_before()),
        ]
        return [(label, text) for label, text in facts if text]

    def _prepare_built_line(self, hours):
        values = super()._prepare_built_line(hours)
        if self.incident_id.handover_id:
            values["body"] = self._render_handover()
        return values

    def _prepare_activity(self, activity_type):
        values = super()._prepare_activity(activity_type)
        handover = self.incident_id.handover_id
        if handover:
            # Colleagues see it on the ticket too.
            here = self._in_terms_of_person().with_context(escalation_for_all=True)
            facts = handover.with_env(here.env)._get_facts()[1:]
            if here.substituted_user_id:
                label = here.env._("You stand in for")
                facts.append((label, here.substituted_user_id.name))
            values["summary"] = here.headline
            values["note"] = here._render_note(facts)
        return values
