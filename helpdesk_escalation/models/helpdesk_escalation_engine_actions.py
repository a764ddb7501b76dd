import logging

from odoo import Command, models
from odoo.exceptions import UserError

from ..tools.automatic_mail import AUTOMATIC_HEADERS

_logger = logging.getLogger(__name__)


class HelpdeskEscalationEngine(models.AbstractModel):
    """Step actions: what a step does beside telling, in the same transaction.

    Here, and only where a policy asks for it, the run writes tickets (R13). It takes
    the ticket's row first and never waits for it: who holds it goes on undisturbed, and
    the action is done by a later run. Whatever becomes of an action, people are told.
    """

    _inherit = "helpdesk.escalation.engine"

    def _tell(self, incidents, values, stories):
        super()._tell(incidents, values, stories)
        steps = self.env["helpdesk.escalation.step"].browse(
            dict.fromkeys(value["step_id"] for value in values if value["step_id"])
        )
        acting = steps.filtered("has_actions")
        if not acting:
            return
        fired = dict.fromkeys(
            (value["incident_id"], value["step_id"])
            for value in values
            if not value.get("is_fallback")
        )
        lines = incidents.env["helpdesk.escalation.notification"].create(
            [
                {
                    "incident_id": incident_id,
                    "round": incidents.browse(incident_id).round,
                    "step_id": step.id,
                    "step_name": step.with_env(incidents.env).display_name,
                    "channel": "action",
                    "action": action,
                }
                for incident_id, step_id in fired
                for step in acting.filtered(lambda s, i=step_id: s.id == i)
                for action in step._get_actions()
            ]
        )
        for incident, of_incident in lines.grouped("incident_id").items():
            self._with_env_of(incident)._act(of_incident)

    def _act(self, lines):
        """Do what is pending on one ticket; what cannot be done is marked.

        :param lines: lines of one incident, in the company's terms
        """
        incident = lines.incident_id
        ticket = incident.ticket_id.with_context(
            escalation_acts=True, mail_auto_subscribe_no_notify=True
        )
        if not ticket.try_lock_for_update(allow_referencing=True):
            lines.write({"reason": lines.env._("The ticket is busy: tried again.")})
            return
        words = []
        for line in lines:
            try:
                with self.env.cr.savepoint():
                    done = getattr(self, f"_act_{line.action}")(line, ticket)
                    # What hangs on the change goes wrong here, or not at all.
                    ticket._track_finalize()
                    self.env.flush_all()
                state = "sent" if done else "skipped"
            except Exception as error:
                if self._is_contention(error):
                    raise
                if not isinstance(error, UserError):
                    _logger.warning("An action of %s failed", incident, exc_info=True)
                done, state = str(error) or repr(error), "failed"
            line.write({"state": state, "reason": done or lines.env._("Done before.")})
            if state == "failed":
                words.append(lines.env._("Not done: %s", done))
            elif done:
                words.append(done)
        if words:
            incident._log_on_tickets({incident: " ".join(words)})

    def _tend_mails(self, now, more_to_come):
        """Do also what could not be done, as somebody was at work on the ticket."""
        super()._tend_mails(now, more_to_come)
        if not self.env["helpdesk.escalation.step"]._acts_anywhere():
            return
        pending = self.env["helpdesk.escalation.notification"].search(
            [
                ("channel", "=", "action"),
                ("state", "=", "pending"),
                ("incident_id.state", "=", "active"),
            ]
        )
        for speaking in self._in_company_terms(pending.incident_id):
            for incident in speaking:
                lines = pending.with_env(speaking.env).filtered(
                    lambda line, i=incident: line.incident_id == i
                )
                try:
                    self._with_env_of(incident)._act(lines)
                    self.env["ir.cron"]._commit_progress()
                except Exception:
                    self.env.cr.rollback()
                    _logger.info("%s are left to the next run", lines, exc_info=True)

    # ------------------------------------------------------------------
    # What can be done: return words for people, nothing when there is nothing to do
    # ------------------------------------------------------------------

    def _act_move(self, line, ticket):
        step = line.step_id
        team = step.move_team_id
        if step.move_to == "parent":
            team = ticket.team_id.parent_id
        if not team or not team.active:
            raise UserError(self.env._("There is no team to move the ticket to."))
        if team.company_id and team.company_id != ticket.company_id:
            raise UserError(self.env._("The team %s is of another company.", team.name))
        if team == ticket.team_id:
            return False
        user, policy = ticket.user_id, line.incident_id.policy_id
        ticket.team_id = team
        self.env.flush_all()
        self.env.invalidate_all()
        words = self.env._("Moved to %s.", team.complete_name)
        if user and not ticket.user_id:
            words += " " + self.env._("%s is not in it and was unassigned.", user.name)
        ticket._escalation_keep_policy(policy)
        return words

    def _act_assign(self, line, ticket):
        user = line.step_id.assign_user_id
        if line.step_id.assign_to == "told":
            user = line.incident_id.notification_ids.filtered(
                lambda told: told.step_id == line.step_id
                and told.round == line.round
                and told.user_id
                and told.state in ("pending", "sent")
            )[:1].user_id
        if not user:
            raise UserError(self.env._("There is nobody to assign the ticket to."))
        reason = user._escalation_unreachable_reason(ticket, "activity")
        if reason:
            raise UserError(
                self.env._(
                    "%(user)s cannot be assigned: %(reason)s",
                    user=user.name,
                    reason=reason,
                )
            )
        if ticket.team_id and user not in ticket.team_id.user_ids:
            raise UserError(
                self.env._(
                    "%(user)s cannot be assigned, as only members of %(team)s can.",
                    user=user.name,
                    team=ticket.team_id.name,
                )
            )
        if user == ticket.user_id:
            return False
        ticket.user_id = user
        return self.env._("Assigned to %s.", user.name)

    def _act_priority(self, line, ticket):
        priority = line.step_id.raise_priority
        if (ticket.priority or "") >= priority:
            return False
        ticket.priority = priority
        labels = dict(line.step_id.with_env(self.env)._selection_raise_priority())
        return self.env._("Priority raised to %s.", labels[priority])

    def _act_tags(self, line, ticket):
        tags = line.step_id.add_tag_ids - ticket.tag_ids
        if not tags:
            return False
        ticket.tag_ids = [Command.link(tag.id) for tag in tags]
        return self.env._("Tags added: %s.", ", ".join(tags.mapped("name")))

    def _act_followers(self, line, ticket):
        users = line.step_id.add_follower_ids.filtered(
            lambda user: not user._escalation_unreachable_reason(ticket, "activity")
        )
        if not users:
            raise UserError(self.env._("Nobody can be added as a follower."))
        fresh = users.partner_id - ticket.message_partner_ids
        ticket.message_subscribe(partner_ids=users.partner_id.ids)
        if not fresh:
            return False
        return self.env._("Followers added: %s.", ", ".join(fresh.mapped("name")))

    def _act_client(self, line, ticket):
        """Tell the client, once in an incident; it counts as no answer (R2)."""
        before = line.incident_id.notification_ids - line
        if before.filtered(lambda b: b.action == "client" and b.state == "sent"):
            return False
        template = self.env.ref(
            "helpdesk_escalation.mail_template_client", raise_if_not_found=False
        )
        if not template:
            raise UserError(self.env._("The mail template to the client is gone."))
        partner = ticket.partner_id
        if not (partner.email_normalized or ticket.partner_email):
            raise UserError(self.env._("The client has no e-mail address."))
        to_partner = bool(partner.email_normalized)
        template.send_mail_batch(
            ticket.ids,
            email_values={
                "recipient_ids": [Command.set(partner.ids if to_partner else [])],
                "email_to": False if to_partner else ticket.partner_email,
                "email_cc": False,
                "headers": repr(AUTOMATIC_HEADERS),
                "auto_delete": False,
                "is_internal": False,
                "message_type": "email_outgoing",
                "author_id": self.env.ref("base.partner_root").id,
            },
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return self.env._("The client was told that somebody sees to it.")
