from odoo import Command, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_escalation.tools.automatic_mail import AUTOMATIC_HEADERS


class HelpdeskEscalationStep(models.Model):
    """What each action of a step does.

    ``_act_<action>`` gets the line of the log and the ticket, which nobody else holds.
    It returns words for people, nothing when there is nothing to do, and raises when
    it cannot be done.
    """

    _inherit = "helpdesk.escalation.step"

    def _act_move(self, line, ticket):
        team = self.move_team_id
        if self.move_to == "parent":
            team = ticket.team_id.parent_id
        if not team or not team.active:
            raise UserError(self.env._("There is no team to move the ticket to."))
        if team.company_id and team.company_id != ticket.company_id:
            raise UserError(
                self.env._("The team %s belongs to another company.", team.name)
            )
        if team == ticket.team_id:
            return False
        user, policy = ticket.user_id, line.incident_id.policy_id
        ticket._escalation_write_keeping(policy, {"team_id": team.id})
        self.env.flush_all()
        self.env.invalidate_all()
        words = self.env._("Moved to %s.", team.complete_name)
        if user and not ticket.user_id:
            words += " " + self.env._(
                "%s is not a member and was unassigned.", user.name
            )
        return words

    def _act_assign(self, line, ticket):
        user = self.assign_user_id
        if self.assign_to == "notified":
            user = line.incident_id.notification_ids.filtered(
                lambda told: told.step_id == self
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
        priority = self.raise_priority
        if (ticket.priority or "") >= priority:
            return False
        ticket.priority = priority
        labels = dict(self.with_env(self.env)._selection_raise_priority())
        return self.env._("Priority raised to %s.", labels[priority])

    def _act_tags(self, line, ticket):
        tags = self.add_tag_ids - ticket.tag_ids
        if not tags:
            return False
        ticket.tag_ids = [Command.link(tag.id) for tag in tags]
        return self.env._("Tags added: %s.", ", ".join(tags.mapped("name")))

    def _act_followers(self, line, ticket):
        users = self.add_follower_ids.filtered(
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
            "helpdesk_escalation_automation.mail_template_client",
            raise_if_not_found=False,
        )
        if not template:
            raise UserError(
                self.env._("The email template for the client no longer exists.")
            )
        partner = ticket.partner_id
        if not (partner.email_normalized or ticket.partner_email):
            raise UserError(self.env._("The client has no email address."))
        to_partner = bool(partner.email_normalized)
        template.send_mail_batch(
            ticket.ids,
            email_values={
                "recipient_ids": [Command.set(partner.ids if to_partner else [])],
                "email_to": False if to_partner else ticket.partner_email,
                "email_cc": False,
                "auto_delete": False,
                "headers": repr(AUTOMATIC_HEADERS),
                "is_internal": False,
                "message_type": "email_outgoing",
                "author_id": self.env.ref("base.partner_root").id,
            },
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return self.env._("The client was informed that somebody is taking care of it.")
