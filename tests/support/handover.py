"""What the tests of escalating by hand share: two tiers, and what people do."""

from odoo import Command

from .common import TEAM, EscalationCommon

HANDOVER = {
    "issue_summary": "No invoice can be printed since this morning.",
    "user_impact": "Twelve people cannot send invoices.",
    "current_state": "The queue stops with error 0x42.",
    "troubleshooting": "Restarted the spooler; changed the cable.",
    "reason": "Only you may change the print server.",
    "reason_kind": "access",
}

# Who may see and press these is tested in test_handover_access.py.
HANDOVER_MODELS = {
    "helpdesk.escalation.handover",
    "helpdesk.escalation.handover.ticket",
    "helpdesk.escalation.handover.part",
    "helpdesk.escalation.handover.length",
    "helpdesk.escalation.handover.return",
}
HANDOVER_METHODS = {
    ("helpdesk.escalation.handover", "action_discard"),
    ("helpdesk.escalation.handover", "action_escalate"),
    ("helpdesk.escalation.handover", "action_print"),
    ("helpdesk.escalation.handover", "action_relate_warranty"),
    ("helpdesk.escalation.handover.ticket", "action_open_ticket"),
    ("helpdesk.escalation.incident", "action_de_escalate"),
    ("helpdesk.escalation.incident", "action_escalate_further"),
    ("helpdesk.escalation.incident", "action_open_handover"),
    ("helpdesk.escalation.incident", "action_send_back"),
    ("helpdesk.escalation.handover.return", "action_return"),
    ("helpdesk.ticket", "action_escalation_de_escalate"),
    ("helpdesk.ticket", "action_escalation_escalate"),
    ("helpdesk.ticket", "action_escalation_open_handover"),
    ("helpdesk.ticket", "action_escalation_send_back"),
    ("helpdesk.ticket.team", "action_escalation_handovers"),
}


class HandoverCommon(EscalationCommon):
    """Support hands over to Engineering, whose policy tells its leader after 30 min."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expert = cls._new_user("esc_expert", TEAM)
        cls.chief = cls._new_user("esc_chief", TEAM)
        cls.watch = cls._new_policy(
            "Engineering",
            {"delay": 30, "recipient": "team_leader", "channel": "email"},
            {
                "delay": 60,
                "recipient": "user",
                "user_ids": [Command.set(cls.director.ids)],
            },
        )
        cls.upper = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Engineering",
                "user_id": cls.chief.id,
                "user_ids": [Command.set((cls.expert + cls.chief).ids)],
                "escalation_policy_id": cls.watch.id,
            }
        )
        cls.team.parent_id = cls.upper
        cls.ticket = cls._new_ticket(0)

    def _draft(self, ticket=None, user=None, **values):
        """Open the dialog and write into it, as its author."""
        ticket = (ticket or self.ticket).with_user(user or self.agent)
        action = ticket.action_escalation_escalate()
        draft = ticket.env[action["res_model"]].browse(action["res_id"])
        draft.write({**HANDOVER, **values})
        return draft

    def _escalate(self, ticket=None, user=None, minute=0, **values):
        """Hand a ticket over at a minute; the incident of it."""
        with self._at(minute):
            draft = self._draft(ticket, user, **values)
            draft.action_escalate()
        self.env.flush_all()
        self.env.invalidate_all()
        return draft.sudo().incident_ids.with_env(self.env)

    def _give_back(self, incident, user, kind, note="The log is missing", **values):
        """Send back or de-escalate in the dialog that the button opens."""
        incident = incident.with_user(user)
        action = getattr(
            incident, {"send_back": "action_send_back"}.get(kind, "action_de_escalate")
        )()
        dialog = (
            incident.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"note": note, **values})
        )
        result = dialog.action_return()
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def _notices(self, ticket=None):
        """What the client was informed of, as the portal shows it."""
        return (ticket or self.ticket).message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )

    def _activities(self, user, ticket=None):
        return (ticket or self.ticket).activity_ids.filtered(
            lambda activity: activity.user_id == user
        )
