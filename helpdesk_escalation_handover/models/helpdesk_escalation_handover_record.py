from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.helpdesk_escalation.models.groups import STAFF_GROUP
from odoo.addons.helpdesk_escalation.tools.notices import CLOSE, make_notice


class HelpdeskEscalationHandover(models.Model):
    """The handover itself: checked as a whole, then done as a whole."""

    _inherit = "helpdesk.escalation.handover"

    def action_discard(self):
        """Throw one's own draft away.

        :raise UserError: when it is no draft any more
        """
        self.ensure_one()
        self._check_is_own_draft()
        # Sudo: only the system deletes a draft; whose it is was asked.
        self.sudo().unlink()
        return {"type": "ir.actions.act_window_close"}

    def action_print(self):
        """Print the handover."""
        self.check_access("read")
        return self.env.ref(
            "helpdesk_escalation_handover.helpdesk_escalation_handover_report"
        ).report_action(self)

    def action_escalate(self):
        """Hand the ticket over as the draft says: all of it, or nothing.

        :raise AccessError: when the user may not edit the ticket
        :raise UserError: when something is missing or wrong, or the ticket has
            changed; the draft is kept
        """
        self.ensure_one()
        self._check_is_own_draft()
        # Sudo: the ticket may be out of sight by now, which the next line says kindly.
        ticket = self.sudo().ticket_id.sudo(False)
        self._check_ticket(ticket)
        self._check_unchanged(ticket)
        self._check_parts()
        self._check_receiver(ticket)
        self._check_client_notice(ticket)
        # Sudo from here on: what the author may was checked.
        record = self.sudo()
        # A second click at the same moment meets this row, and finds no draft any more.
        record.write({"state": "done", "handover_date": fields.Datetime.now()})
        record.history_ids.filtered(lambda line: not line.is_related).unlink()
        record._end_previous()
        record._move_ticket()
        note = record._log_handover(ticket)
        incident = record.env["helpdesk.escalation.engine"]._hand_over(record, note)
        # From here on its author may see the ticket no more.
        if record.tell_client:
            record._inform_client("passed_on")
            record._promise_news()
        return self._get_farewell(ticket, incident)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    def _check_is_own_draft(self):
        # Sudo: whose it is is what is asked here.
        draft = self.sudo().exists()
        if not draft or draft.state != "draft":
            raise UserError(
                self.env._("This has been handed over already. Reload the page.")
            )
        if draft.user_id != self.env.user:
            raise AccessError(self.env._("A draft belongs to its author alone."))

    def _check_ticket(self, ticket):
        """Say why a ticket cannot be escalated, if it cannot."""
        if not ticket.exists() or not ticket.has_access("write"):
            raise AccessError(
                self.env._(
                    "You may not edit this ticket, so you cannot escalate it. Ask "
                    "somebody of its team."
                )
            )
        if not ticket.active:
            raise UserError(
                self.env._("This ticket is archived. Restore it before you escalate.")
            )
        if ticket.duplicate_id:
            original = ticket.sudo().duplicate_id.sudo(False)
            if not original.has_access("read"):
                raise UserError(
                    self.env._(
                        "This ticket is a duplicate of one that you may not see. Ask "
                        "somebody of its team."
                    )
                )
            raise UserError(
                self.env._(
                    "This ticket is a duplicate. Escalate the original, %s.",
                    original.display_name,
                )
            )
        if ticket.stage_id.closed:
            raise UserError(
                self.env._("This ticket is closed. Reopen it before you escalate.")
            )

    def _check_unchanged(self, ticket):
        """Stop when somebody else moved the ticket since the dialog was opened."""
        # Sudo: the team it was in may be out of sight by now.
        seen, now = self.sudo(), self._prepare_snapshot(ticket)
        labels = ticket.fields_get(
            ["team_id", "user_id", "stage_id", "priority"], ["string"]
        )
        changed = [
            labels[name]["string"]
            for name in ("team_id", "user_id", "stage_id")
            if seen[f"from_{name}"].id != now[f"from_{name}"]
        ]
        if (seen.from_priority or False) != (now["from_priority"] or False):
            changed.append(labels["priority"]["string"])
        if seen.previous_id.id != now["previous_id"]:
            changed.append(self.env._("Handover"))
        if changed:
            raise UserError(
                self.env._(
                    "Somebody else changed the ticket meanwhile: %s. Your draft is "
                    "kept. Close it, look at the ticket, and escalate again.",
                    ", ".join(changed),
                )
            )

    def _check_parts(self):
        missing = self._get_missing()
        if missing:
            raise UserError(self.env._("Please complete: %s.", ", ".join(missing)))

    def _get_blocker(self):
        """Say why the ticket cannot go to whom it is for as things stand now.

        :return: what is to be seen to, and why; twice False where nothing is
        """
        # Sudo: the ticket may be out of sight by now, which is what is said then.
        ticket = self.sudo().ticket_id.sudo(False)
        for what, check in (
            (self.env._("Ticket"), self._check_ticket),
            (self.env._("Ticket"), self._check_unchanged),
            (self.env._("Team or Person"), self._check_receiver),
            (self.env._("Next News By"), self._check_client_notice),
        ):
            try:
                check(ticket)
            except UserError as error:
                return what, str(error)
        return False, False

    def _check_receiver(self, ticket):
        """Say why a team or person cannot receive the ticket, if they cannot."""
        team, user = self.to_team_id, self.to_user_id
        company = ticket.company_id
        if not team and not user:
            raise UserError(self.env._("Choose a team or a person to escalate to."))
        self._check_place(company, team, user, self.hand_over)
        if user == self.env.user:
            raise UserError(
                self.env._(
                    "You cannot escalate to yourself. Choose somebody else, or leave "
                    "it empty."
                )
            )
        stays = not team or team == ticket.team_id
        if stays and (not user or user == ticket.user_id):
            raise UserError(
                self.env._(
                    "The ticket is with this team and person already. Choose another "
                    "team or person."
                )
            )
        if team and not user and not (team.user_ids | team.user_id) - self.env.user:
            raise UserError(
                self.env._(
                    "Nobody but you is in %s. Choose another team or a person.",
                    team.complete_name,
                )
            )

    def _check_place(self, company, team, user, assigned):
        """Say why a ticket of a company cannot go to a team or person, if so.

        :param bool assigned: whether the person becomes responsible for it
        """
        if team and not team.active:
            raise UserError(
                self.env._("The team %s is archived. Choose another.", team.name)
            )
        if team.company_id and team.company_id != company:
            raise UserError(
                self.env._(
                    "The team %(team)s belongs to %(company)s. Choose one of the "
                    "ticket's own company.",
                    team=team.name,
                    company=team.company_id.name,
                )
            )
        # Sudo: an agent may read little of a colleague, nor a team of others.
        user = user.sudo()
        if user and (not user.active or user.share):
            raise UserError(self.env._("%s is not an active internal user.", user.name))
        if user and company not in user.company_ids:
            raise UserError(
                self.env._(
                    "%(name)s has no access to %(company)s. Choose somebody who has.",
                    name=user.name,
                    company=company.name,
                )
            )
        # Sudo: members of a team that the user may not see.
        if user and team and user not in team.sudo().user_ids | team.sudo().user_id:
            raise UserError(
                self.env._(
                    "%(name)s is not in the team %(team)s. Choose a member, or leave "
                    "the team empty.",
                    name=user.name,
                    team=team.name,
                )
            )
        if user and assigned and not user.has_group(STAFF_GROUP):
            raise UserError(
                self.env._(
                    "%s does not work in the helpdesk and cannot be responsible for a "
                    "ticket. Keep the assignment, or choose somebody else.",
                    user.name,
                )
            )

    def _check_client_notice(self, ticket):
        if not self.tell_client:
            return
        if not self.client_reachable:
            raise UserError(self._get_unreachable_words())
        if not self.news_by or self.news_by <= fields.Datetime.now():
            raise UserError(
                self.env._("Promise the client the next news for a time to come.")
            )

    def _get_unreachable_words(self):
        return self.env._(
            "The client cannot be informed: there is no email address. Add one to the "
            "ticket, or do not inform the client."
        )

    # ------------------------------------------------------------------
    # Deeds, as superuser: what the author may was checked
    # ------------------------------------------------------------------

    def _end_previous(self):
        """The next tier takes over: the incident of the tier before ends."""
        incident = self.previous_id.incident_ids
        incident._hand_back("escalated_further", self.reason, self.env.user)

    def _move_ticket(self):
        """Move the ticket as chosen; its stage is untouched."""
        ticket = self.ticket_id
        responsible = self.to_user_id if self.hand_over else ticket.user_id
        ticket._escalation_move(
            self.to_team_id or ticket.team_id, responsible, self.to_priority
        )

    def _log_handover(self, ticket):
        """Keep the handover on the ticket, as an internal note that notifies nobody.

        :return: the message
        """
        # Sudo: an agent need not have access to the company's contact.
        company = ticket.sudo().company_id.partner_id
        here = self.with_context(
            lang=company.lang or self.env.lang, tz=company.tz, escalation_for_all=True
        )
        # Its author names other tickets as far as they may read them.
        return here.ticket_id._message_log(
            body=here._render_body(), author_id=self.env.user.partner_id.id
        )

    def _get_farewell(self, ticket, incident):
        """Say what was done, and leave a ticket that one sees no more."""
        self.env.invalidate_all()
        lines = incident.notification_ids.filtered(
            lambda line: line.state in ("pending", "sent")
        )
        told = ", ".join(lines.user_id.mapped("name"))
        # Sudo: its author may see the handover no more.
        words = self.env._(
            "Handed over to %(to)s. Notified: %(notified)s.",
            to=self.sudo()._get_to_words(),
            notified=told or self.env._("nobody"),
        )
        if not ticket.has_access("read"):
            words = self.env._("%s You no longer see the ticket.", words)
            return ticket._escalation_take_leave(words)
        return make_notice(words, "success", CLOSE)
