import json

from odoo import models

from ..tools.mail_text import shorten
from .helpdesk_escalation_notification_popup import MAX_POP_UPS

# What is longer leaves no room for the text.
MAX_TITLE = 100
ICON = "/web/static/img/odoo-icon-192x192.png"


class HelpdeskEscalationNotification(models.Model):
    """R9: browser notifications by Odoo's own web push, also with no window open.

    Whoever has allowed them in their browser has a device with Odoo (``mail.push``). A
    run talks to no other server: the pushes are queued, and Odoo's job sends them.
    """

    _inherit = "helpdesk.escalation.notification"

    def _deliver_activity(self):
        result = super()._deliver_activity()
        self._queue_pushes()
        return result

    def _queue_pushes(self):
        """Queue a push for each browser of the people that asked for them."""
        threads = self.env["mail.thread"]
        devices, _private_key, _public_key = threads._web_push_get_partners_parameters(
            self.user_id.partner_id.ids
        )
        if not devices:
            return
        of_partners = {
            user.partner_id: lines._prepare_pushes()
            for user, lines in self._grouped_for_people().items()
            if user.partner_id in devices.partner_id
        }
        # Sudo: pushes are the system's.
        self.env["mail.push"].sudo().create(
            [
                {"mail_push_device_id": device.id, "payload": payload}
                for device in devices
                for payload in of_partners.get(device.partner_id, ())
            ]
        )
        self.env.ref("mail.ir_cron_web_push_notification")._trigger()

    def _prepare_pushes(self):
        """Return what one person's browsers are sent, as JSON: no more than a few."""
        shown, rest = self[:MAX_POP_UPS], self[MAX_POP_UPS:]
        pushes = [line._prepare_push() for line in shown]
        if rest:
            first = rest[0]._in_terms_of_person()
            more = first._prepare_push()
            more["title"] = first.env._("More tickets escalated to you: %s", len(rest))
            pushes.append(more)
        truncate = self.env["mail.thread"]._web_push_truncate_payload
        return [json.dumps(truncate(push)) for push in pushes]

    def _prepare_push(self):
        """Return a browser notification: it stays until its person does something."""
        notice = self._prepare_pop_up()
        return {
            "title": shorten(notice["title"], 1, MAX_TITLE),
            "options": {
                "body": notice["text"],
                "icon": ICON,
                "data": {"model": "helpdesk.ticket", "res_id": notice["ticket_id"]},
                # In another round it comes again, in the place of the first one.
                "tag": f"helpdesk_escalation_{notice['incident_id']}",
                "renotify": True,
                "requireInteraction": True,
            },
        }
