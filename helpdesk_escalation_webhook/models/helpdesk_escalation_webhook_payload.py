import json

from odoo import api, fields, models

# Of the messages, not of the add-on: it grows when a receiver would have to change.
VERSION = 1


class HelpdeskEscalationWebhook(models.Model):
    """What webhooks are told: documented in docs/api.md, and changed with a version.

    Names and numbers only, and nothing that a client or anybody else has written.
    """

    _inherit = "helpdesk.escalation.webhook"

    @api.model
    def _add_deliveries(self, incident_ids, event, fired=None, is_deleted=False):
        """Keep what has happened on incidents, for all who are informed of it.

        :param str event: "incident.opened" and the like
        :param dict fired: of a step, lists of notifications per incident id, step id
            and what the step says; then there is a message a step
        :param bool is_deleted: the incidents are about to be deleted
        """
        incidents = self.env["helpdesk.escalation.incident"].browse(incident_ids)
        informed = {one.id: self._find_listeners(one) for one in incidents}
        keys = [(incident_id, False, False) for incident_id in incident_ids]
        if fired is not None:
            keys = list(fired)
        vals_list = []
        for incident_id, step_id, step_name in keys:
            incident = incidents.browse(incident_id).with_prefetch(incident_ids)
            if not informed.get(incident_id):
                continue
            data = self._prepare_data(incident)
            if is_deleted:
                data["incident"].update(
                    state="resolved",
                    resolution="deleted",
                    resolved_date=self._format_date(fields.Datetime.now()),
                )
            if fired is not None:
                lines = fired[incident_id, step_id, step_name]
                data.update(self._prepare_step(step_id, step_name, lines))
            body = self._prepare_body(event, data)
            vals_list += [
                {
                    "webhook_id": webhook_id,
                    "incident_id": not is_deleted and incident_id,
                    "event": event,
                    "body": body,
                }
                for webhook_id in informed[incident_id]
            ]
        self._create_deliveries(vals_list)

    def _add_test(self):
        """Keep a message that says nothing but that it is a test."""
        self.ensure_one()
        body = self._prepare_body("webhook.test", {"webhook": self._name_of(self)})
        self._create_deliveries(
            [{"webhook_id": self.id, "event": "webhook.test", "body": body}]
        )

    @api.model
    def _create_deliveries(self, vals_list):
        if vals_list:
            self.env["helpdesk.escalation.webhook.delivery"].create(vals_list)
            self._trigger_delivery()

    @api.model
    def _prepare_body(self, event, data):
        message = {
            "type": event,
            "version": VERSION,
            "timestamp": self._format_date(fields.Datetime.now()),
            "data": data,
        }
        return json.dumps(message, ensure_ascii=False)

    @api.model
    def _prepare_data(self, incident):
        """Return what every message about an incident says.

        :rtype: dict
        """
        ticket = incident.ticket_id
        base_url = self.get_base_url()
        return {
            "incident": {
                "id": incident.id,
                "url": f"{base_url}/odoo/helpdesk.escalation.incident/{incident.id}",
                "kind": incident.kind,
                "state": incident.state,
                "round": incident.round,
                "waiting_since": self._format_date(incident.anchor_date),
                "opened_date": self._format_date(incident.create_date),
                "confirmed_by": self._name_of(incident.confirmed_by_id),
                "confirmed_date": self._format_date(incident.confirmed_date),
                "confirmed_via": incident.confirmed_via or None,
                "snoozed_until": self._format_date(incident.snoozed_until),
                "resolution": incident.resolution or None,
                "resolved_by": self._name_of(incident.resolved_by_id),
                "resolved_date": self._format_date(incident.resolved_date),
            },
            "ticket": {
                "id": ticket.id,
                "url": f"{base_url}/odoo/helpdesk.ticket/{ticket.id}",
                "number": ticket.number or None,
                "name": ticket.name or None,
                "priority": ticket.priority or None,
                "team": self._name_of(ticket.team_id),
                "responsible": self._name_of(ticket.user_id),
                "client": self._name_of(ticket.partner_id),
                "company": self._name_of(ticket.company_id),
            },
            "policy": self._name_of(incident.policy_id),
        }

    @api.model
    def _prepare_step(self, step_id, step_name, lines):
        """Return what a message says of a step: what it is, and whom it has notified.

        :param list lines: its notifications
        """
        step = self.env["helpdesk.escalation.step"].browse(step_id)
        notified, passed_over = [], []
        for line in lines:
            # Sudo: as the system, whoever is at work.
            person = {
                "person": self._name_of(line.sudo().user_id),
                "channel": line.channel,
            }
            if line.state == "skipped":
                passed_over.append({**person, "reason": line.reason or None})
            else:
                notified.append(person)
        return {
            "step": {
                "id": step.id or None,
                "name": step_name,
                "delay_minutes": step.delay if step else None,
                "is_fallback": any(line.is_fallback for line in lines),
            },
            "notified": notified,
            "passed_over": passed_over,
        }

    @api.model
    def _name_of(self, record):
        """Return id and name of a record, None where there is none."""
        return {"id": record.id, "name": record.name} if record else None

    @api.model
    def _format_date(self, moment):
        """Write a moment in UTC, as ISO 8601 has it."""
        return f"{moment.replace(microsecond=0).isoformat()}Z" if moment else None
