import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_escalation.tools.contention import is_contention

_logger = logging.getLogger(__name__)


class HelpdeskEscalationNotification(models.Model):
    """Step actions: the log keeps what steps did, beside whom they notified.

    Here, and only where a policy asks for it, the run writes tickets (R13). It takes
    the ticket's row first and never waits for it: who holds it goes on undisturbed, and
    the action is done by a later run. Whatever becomes of an action, people are
    notified.
    """

    _inherit = "helpdesk.escalation.notification"

    channel = fields.Selection(
        selection_add=[("action", "Action")], ondelete={"action": "set other"}
    )
    action = fields.Char(
        readonly=True, help="What a step did, instead of notifying somebody."
    )

    def _act(self):
        """Do what is pending on one ticket; what cannot be done is marked.

        The lines are of one incident, in the company's terms.

        :return: lines for the ticket's chatter
        :rtype: list[str]
        """
        incident = self.incident_id
        ticket = incident.ticket_id.with_context(mail_auto_subscribe_no_notify=True)
        if not ticket.try_lock_for_update(allow_referencing=True):
            self.write({"reason": self.env._("The ticket is busy: tried again.")})
            return []
        before = (ticket.team_id, ticket.user_id)
        words = []
        for line in self:
            try:
                with self.env.cr.savepoint():
                    done = getattr(line.step_id, f"_act_{line.action}")(line, ticket)
                    # What hangs on the change goes wrong here, or not at all.
                    ticket._track_finalize()
                    self.env.flush_all()
                state = "sent" if done else "skipped"
            except Exception as error:
                if is_contention(error):
                    raise
                if not isinstance(error, UserError):
                    _logger.warning("An action of %s failed", incident, exc_info=True)
                done, state = str(error) or repr(error), "failed"
            line.write({"state": state, "reason": done or self.env._("Done before.")})
            if state == "failed":
                words.append(self.env._("Not done: %s", done))
            elif done:
                words.append(done)
        story = [" ".join(words)] if words else []
        if (ticket.team_id, ticket.user_id) != before and incident.state == "active":
            story += incident._notify_receiver()
            # A new round begins at once where another team has it now (R6).
            self.env["helpdesk.escalation.engine"]._trigger_run()
        return story

    @api.model
    def _process_outbox(self, now, left):
        """Do also what could not be done, as somebody was at work on the ticket."""
        super()._process_outbox(now, left)
        if not self.env["helpdesk.escalation.step"]._acts_anywhere():
            return
        pending = self.search(
            [
                ("channel", "=", "action"),
                ("state", "=", "pending"),
                ("incident_id.state", "=", "active"),
            ]
        )
        for speaking in pending.incident_id._in_company_terms():
            for incident in speaking:
                lines = pending.with_env(speaking.env).filtered(
                    lambda line, i=incident: line.incident_id == i
                )
                try:
                    incident._log_stories({incident: lines._act()})
                    self.env["ir.cron"]._commit_progress()
                except Exception:
                    self.env.cr.rollback()
                    _logger.info("%s are left to the next run", lines, exc_info=True)


class HelpdeskEscalationIncident(models.Model):
    _inherit = "helpdesk.escalation.incident"

    def _notify(self, values, stories):
        """Do what the steps that have fired do beside, in the same transaction."""
        notifications = super()._notify(values, stories)
        steps = self.env["helpdesk.escalation.step"].browse(
            dict.fromkeys(value["step_id"] for value in values if value["step_id"])
        )
        acting = steps.filtered("has_actions")
        if not acting:
            return notifications
        fired = dict.fromkeys(
            (value["incident_id"], value["step_id"])
            for value in values
            if not value.get("is_fallback")
        )
        lines = self.env["helpdesk.escalation.notification"]
        # Once in an incident: two policies that move a ticket to each other's team
        # would do so for ever (R6).
        done = {
            (line.incident_id.id, line.step_id.id, line.action)
            for line in lines.search(
                [
                    (
                        "incident_id",
                        "in",
                        [incident_id for incident_id, _step in fired],
                    ),
                    ("step_id", "in", acting.ids),
                    ("channel", "=", "action"),
                    ("state", "in", ["pending", "sent"]),
                ]
            )
        }
        lines = lines.create(
            [
                {
                    "incident_id": incident_id,
                    "round": self.browse(incident_id).round,
                    "step_id": step.id,
                    "step_name": step.display_name,
                    "channel": "action",
                    "action": action,
                }
                for incident_id, step_id in fired
                for step in acting.filtered(lambda s, i=step_id: s.id == i)
                for action in step._get_actions()
                if (incident_id, step.id, action) not in done
            ]
        )
        for incident, of_incident in lines.grouped("incident_id").items():
            stories.setdefault(incident, []).extend(of_incident._act())
        return notifications
