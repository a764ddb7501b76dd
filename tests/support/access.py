"""What the tests of who may do what share."""

from contextlib import closing

from odoo import Command
from odoo.exceptions import UserError

from .common import AUDITOR, MANAGER, OWN, TEAM, USER, EscalationCommon

LINK = "helpdesk_escalation/confirm"
# Ours, with the glue beside other modules.
ADDONS = "odoo.addons.helpdesk_escalation"
# Public by their nature; Odoo checks the access.
ODOO_METHODS = {
    "button_uninstall",
    "copy",
    "copy_data",
    "create",
    "default_get",
    "edit_followers",
    "fields_get",
    "load_menus",
    "load_menus_root",
    "mail_allowed_qweb_expressions",
    "merge_tickets",
    "message_new",
    "message_notify",
    "message_route",
    "message_subscribe",
    "rating_apply",
    "unlink",
    "write",
}


# What auditors read, wherever the ticket or policy is of their companies (S17).
AUDITED = {
    "helpdesk.escalation.ai.proposal",
    "helpdesk.escalation.cause",
    "helpdesk.escalation.cause.report",
    "helpdesk.escalation.chat.room",
    "helpdesk.escalation.confirmation",
    "helpdesk.escalation.handover",
    "helpdesk.escalation.handover.length",
    "helpdesk.escalation.handover.part",
    "helpdesk.escalation.handover.ticket",
    "helpdesk.escalation.heartbeat",
    "helpdesk.escalation.incident",
    "helpdesk.escalation.notification",
    "helpdesk.escalation.phrase",
    "helpdesk.escalation.policy",
    "helpdesk.escalation.report",
    "helpdesk.escalation.rota",
    "helpdesk.escalation.rota.change",
    "helpdesk.escalation.rota.layer",
    "helpdesk.escalation.rota.log",
    "helpdesk.escalation.rota.shift",
    "helpdesk.escalation.rota.span",
    "helpdesk.escalation.rota.turn",
    "helpdesk.escalation.step",
    "helpdesk.escalation.ticket.report",
    "helpdesk.escalation.trigger",
    "helpdesk.escalation.webhook",
    "helpdesk.escalation.webhook.delivery",
}


class AccessCommon(EscalationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Elsewhere"})

    def _get(self, call):
        """What comes of a call, False when it is refused; it leaves no trace."""
        with closing(self.env.cr.savepoint()) as savepoint:
            try:
                return call() or False
            except UserError:
                return False
            finally:
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

    def _assert_all_are_listed(self, listed, existing):
        self.assertEqual(listed, existing, "what there is must be in the table above")


class WhoMayCommon(AccessCommon):
    """Every kind of user, and every way to read; ``TICKET`` can read the ticket."""

    STAFF = {"own", "own_stranger", "team", "team_stranger", "user", "manager"}
    TICKET = {"own", "team", "user", "manager"}
    READERS = TICKET | {"auditor"}
    VIEWERS = STAFF | {"auditor"}
    ELSEWHERE = {"user elsewhere", "manager elsewhere"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = {
            "company_id": cls.other_company.id,
            "company_ids": [Command.set(cls.other_company.ids)],
        }
        cls.people = {
            "own": cls._new_user("esc_own", OWN),
            "own_stranger": cls._new_user("esc_own_stranger", OWN),
            "team": cls.agent,
            "team_stranger": cls._new_user("esc_team_stranger", TEAM),
            "user": cls.leader,
            "manager": cls.manager,
            "user elsewhere": cls._new_user("esc_user_elsewhere", USER, **other),
            "manager elsewhere": cls._new_user("esc_elsewhere", MANAGER, **other),
            "employee": cls._new_user("esc_clerk", "base.group_user"),
            "auditor": cls._new_user("esc_auditor", AUDITOR),
            "client": cls._new_user(
                "esc_portal", "base.group_portal", partner_id=cls.client.id
            ),
            "public": cls.env.ref("base.public_user"),
        }
        cls.env["helpdesk.ticket.team"].create({"name": "Another", "user_ids": []})
        cls.spare = cls._new_policy(
            "Spare", {"delay": 10}, {"delay": 20}, company_id=cls.env.company.id
        )
        cls.ticket = cls._new_ticket(0, user_id=cls.people["own"].id)

    def _who(self, records, call):
        """Who gets something out of a call on records."""
        return {
            name
            for name, user in self.people.items()
            if self._get(lambda user=user: call(records.with_user(user)))
        }

    def _readers(self, records, readers):
        """Who reads records, with the auditor; drafts are their author's alone."""
        is_draft = records._name.endswith(("handover", "handover.ticket")) and (
            "draft" in (getattr(records, "handover_id", records)).mapped("state")
        )
        audited = records._name in AUDITED and not is_draft
        return readers | ({"auditor"} if audited else set())

    def _get_copied(self, records):
        """Values for another record of the same kind."""
        if not records._auto:
            return {}
        values = records.copy_data()[0]
        if "incident_id" in values:
            values = {"incident_id": self.incident.id, **values}
        return values

    def _ways_to_read(self, records):
        """All that a client may call to get at records; each yields something."""
        field = next(
            name
            for name in ("policy_id", "team_id", "create_uid", "id")
            if name in records._fields
        )
        domain = [("id", "in", records.ids)]
        spec = {"display_name": {}}
        return (
            ("read", lambda r: r.read()),
            ("web_read", lambda r: r.web_read(spec)),
            ("export", lambda r: r.export_data(["display_name"])["datas"]),
            ("search", lambda r: r.search(domain)),
            ("search_read", lambda r: r.search_read(domain, ["id"])),
            ("web_search_read", lambda r: r.web_search_read(domain, spec)["length"]),
            ("count", lambda r: r.search_count(domain)),
            ("group", lambda r: r._read_group(domain, [], ["__count"])[0][0]),
            ("group by", lambda r: r._read_group(domain, [field], ["__count"])),
            (
                "formatted group",
                lambda r: r.formatted_read_group(domain, [field], ["__count"]),
            ),
            (
                "web group",
                lambda r: r.web_read_group(domain, [field], ["__count"])["length"],
            ),
        )

    def _our_models(self):
        """All models of our add-ons that hold records."""
        return {
            name
            for name, model in self.env.registry.items()
            if model._original_module.startswith("helpdesk_escalation")
            and not model._abstract
        }

    def _public_methods(self):
        """All methods of our add-ons that RPC can call: (model, method)."""
        for model_name, model in self.env.registry.items():
            for base in model.mro():
                if not base.__module__.startswith(ADDONS):
                    continue
                for name in vars(base):
                    method = getattr(model, name)
                    private = getattr(method, "_api_private", False)
                    if not (name.startswith("_") or private) and callable(method):
                        yield model_name, name
