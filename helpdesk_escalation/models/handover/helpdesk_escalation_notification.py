from markupsafe import Markup

from odoo import api, fields, models

HANDOVER_TEMPLATE = "helpdesk_escalation.mail_template_handover"


class HelpdeskEscalationNotification(models.Model):
    """R9 for incidents by hand: the mail and the activity tell of the handover."""

    _inherit = "helpdesk.escalation.notification"

    # For the mail template
    headline = fields.Char(compute="_compute_headline")
    brief_body = fields.Html(compute="_compute_brief_body", sanitize=False)

    @api.depends("incident_id.brief_id")
    @api.depends_context("lang")
    def _compute_headline(self):
        for notification in self:
            brief = notification.incident_id.brief_id
            if not brief:
                notification.headline = False
            elif notification.step_id:
                notification.headline = self.env._(
                    "Nobody has taken over for %s", notification.waited
                )
            else:
                notification.headline = self.env._(
                    "%s hands a ticket over to you", brief.user_id.name
                )

    @api.depends("incident_id.brief_id")
    @api.depends_context("lang")
    def _compute_brief_body(self):
        for notification in self:
            brief = notification.incident_id.brief_id
            # As much of it as the person may read.
            reader = notification.user_id or self.env.user
            notification.brief_body = brief._render_body(reader) if brief else False

    def _get_mail_template(self):
        if self.incident_id.kind == "manual":
            return HANDOVER_TEMPLATE
        return super()._get_mail_template()

    def _get_plain_subject(self):
        if not self.headline:
            return super()._get_plain_subject()
        return f"{self.headline}: {self.ticket_id.display_name}"

    def _prepare_activity(self, activity_type):
        values = super()._prepare_activity(activity_type)
        brief = self.incident_id.brief_id
        if brief:
            here = self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)
            facts = brief.with_env(here.env)._get_facts()[1:]
            if here.stands_in_for_id:
                label = here.env._("You stand in for")
                facts.append((label, here.stands_in_for_id.name))
            lines = [Markup("%s: %s") % (label, value) for label, value in facts]
            values["summary"] = here.headline
            values["note"] = Markup("<br/>").join(lines)
        return values
