"""R14 for what is handed over by hand: who sees and does what, and nobody else."""

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from ..support import doors
from ..support.access import WhoMayCommon
from ..support.common import TEAM
from ..support.handover import HANDOVER, HANDOVER_METHODS, HANDOVER_MODELS


class TestWhoMayHandOver(WhoMayCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asker = cls._new_user("esc_asker", TEAM)
        cls.team.user_ids += cls.asker
        cls.ticket.user_id = cls.asker
        cls.related = cls._new_ticket(0, name="Related", user_id=cls.people["own"].id)
        cls.handover = cls._draft_of(cls.asker, to_user_id=cls.people["own"].id)
        cls.handover.history_ids.is_related = True
        cls.handover.action_escalate()
        cls.handover = cls.handover.sudo()
        cls.incident = cls.handover.incident_ids
        cls.own_draft = cls._draft_of(cls.people["team"], to_user_id=cls.leader.id)
        cls.env.invalidate_all()

    @classmethod
    def _draft_of(cls, user, **values):
        action = cls.ticket.with_user(user).action_escalation_escalate()
        draft = cls.env[action["res_model"]].browse(action["res_id"]).with_user(user)
        draft.write({**HANDOVER, "to_team_id": False, **values})
        return draft

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_model(self):
        nobody = set()
        exporters = self.env.ref("base.group_allow_export")
        self.env.ref("base.group_user").implied_ids += exporters
        draft = self.own_draft.sudo()
        dialog = self.env["helpdesk.escalation.handover.return"].create(self._dialog())
        part = self.env["helpdesk.escalation.handover.part"].search([], limit=1)
        self.team.company_id = self.env.company
        length = self.env["helpdesk.escalation.handover.length"].create(
            {"team_id": self.team.id, "part_id": part.id}
        )
        all_staff = self.STAFF | {"user elsewhere", "manager elsewhere"}
        table = (
            # records, a change, who reads, who changes, who creates, who deletes
            (self.handover, {"reason": "X"}, self.TICKET, nobody, nobody),
            (self.handover.history_ids, {"is_related": 0}, self.TICKET, nobody, nobody),
            (draft, {"reason": "X"}, {"team"}, {"team"}, nobody),
            (draft.history_ids, {"is_related": 1}, {"team"}, {"team"}, nobody),
            (dialog, {"note": "X"}, nobody, nobody, self.TICKET),
            (part, {"name": "X"}, all_staff, nobody, nobody),
            (length, {"min_length": 5}, self.STAFF, {"manager"}, {"manager"}),
        )
        listed = {records._name for records, *_row in table}
        self._assert_all_are_listed(listed, HANDOVER_MODELS)
        for records, values, readers, writers, creators in table:
            new = records == dialog and self._dialog() or records.copy_data()[0]
            deleters = nobody
            if records == length:
                # One a team and part.
                new["part_id"] = part.search([("id", "!=", part.id)], limit=1).id
                deleters = creators
            operations = [
                ("write", lambda r, v=values: r.write(v), writers),
                ("create", lambda r, v=new: r.create(v), creators),
                ("copy", lambda r: r.copy(), nobody),
                ("unlink", lambda r: r.unlink(), deleters),
            ]
            for name, call in self._ways_to_read(records):
                operations.append((name, call, self._readers(records, readers)))
            for name, call, expected in operations:
                if records == length and name == "copy":
                    # One a team and part, whoever copies it.
                    continue
                with self.subTest(model=records._name, operation=name):
                    who = self._who(records, call)
                    self.assertEqual(who, expected, (records, name))

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_s1_every_report(self):
        """Odoo's report routes check nothing; what comes of them is asked here."""
        table = {
            # report, records, who prints them
            "helpdesk_escalation_handover.report_handover": (
                (self.handover, self.READERS),
                (self.own_draft.sudo(), {"team"}),
                (self.handover + self.own_draft.sudo(), {"team"}),
            ),
        }
        reports = doors.find_reports(self.env)
        self._assert_all_are_listed(set(table), set(reports.mapped("report_name")))
        for report in reports:
            for records, expected in table[report.report_name]:
                for kind in ("html", "text"):

                    def render(report, kind=kind, records=records):
                        render = getattr(report, f"_render_qweb_{kind}")
                        return render(report.sudo().report_name, records.ids)

                    with self.subTest(report.report_name, records=records, kind=kind):
                        self.assertEqual(self._who(report, render), expected)

    def _dialog(self, kind="send_back"):
        return {"incident_id": self.incident.id, "kind": kind, "note": "Done"}

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_every_button(self):
        dialogs = self.env["helpdesk.escalation.handover.return"]

        def give_back(dialogs):
            return dialogs.create(self._dialog()).action_return()

        def give_back_done(dialogs):
            return dialogs.create(self._dialog("de_escalate")).action_return()

        buttons = (
            (self.ticket, "action_escalation_escalate", None, self.TICKET),
            (self.ticket, "action_escalation_send_back", None, self.TICKET),
            (self.ticket, "action_escalation_de_escalate", None, self.TICKET),
            (self.ticket, "action_escalation_open_handover", None, self.READERS),
            (self.incident, "action_send_back", None, self.TICKET),
            (self.incident, "action_de_escalate", None, self.TICKET),
            (self.incident, "action_escalate_further", None, self.TICKET),
            (self.incident, "action_open_handover", None, self.READERS),
            (self.handover, "action_print", None, self.READERS),
            (self.handover.history_ids, "action_open_ticket", None, self.READERS),
            (self.own_draft, "action_escalate", None, {"team"}),
            (self.own_draft, "action_discard", None, {"team"}),
            (self.own_draft, "action_relate_warranty", None, {"team"}),
            (self.team, "action_escalation_handovers", None, self.VIEWERS),
            (dialogs, "action_return", give_back, self.TICKET),
            (dialogs, "action_return", give_back_done, self.TICKET),
        )
        for records, name, call, expected in buttons:
            with self.subTest(model=records._name, button=name):
                press = call or (lambda r, name=name: getattr(r, name)())
                self.assertEqual(self._who(records, press), expected)
        self._assert_all_are_listed(
            {(records._name, name) for records, name, _call, _who in buttons},
            HANDOVER_METHODS,
        )

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_a_related_ticket_is_named_to_who_may_read_it(self):
        """Neither in the handover, nor by a forged line."""
        secret = self.env["helpdesk.ticket.team"].create({"name": "Secret"})
        own = self.people["own"]
        self.assertIn("Related", self.handover.with_user(own).handover_text)
        self.related.write({"team_id": secret.id, "user_id": self.manager.id})
        self.env.invalidate_all()
        handover = self.handover.with_user(own)
        self.assertNotIn("Related", handover.handover_text)
        self.assertNotIn("Related", handover._render_body())
        self.assertFalse(handover.history_ids)
        self.assertIn("Related", self.handover.with_user(self.manager).handover_text)

        draft = self.own_draft
        line = draft.sudo().history_ids.create(
            {"handover_id": draft.id, "ticket_id": self.related.id, "is_related": True}
        )
        with self.assertRaises(AccessError):
            line.with_user(draft.user_id).read(["name"])
        self.assertNotIn("Related", draft._render_body())

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_the_dialogs_name_no_ticket(self):
        dialogs = self.env["helpdesk.escalation.handover.return"]
        named = self._who(
            dialogs,
            lambda dialog: dialog.create(self._dialog()).read(["incident_id", "place"]),
        )
        self.assertEqual(named, self.TICKET)
        spec = {"incident_id": {"fields": {"display_name": {}}}, "place": {}}

        def open_dialog(dialogs):
            dialogs = dialogs.with_context(default_incident_id=self.incident.id)
            return "fire" in str(dialogs.onchange({}, [], spec))

        self.assertEqual(self._who(dialogs, open_dialog), self.TICKET)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_rule")
    def test_outsiders_see_nothing(self):
        for name in "client", "public", "employee":
            user = self.people[name]
            for model in (
                "helpdesk.escalation.handover",
                "helpdesk.escalation.handover.ticket",
                "helpdesk.escalation.handover.return",
            ):
                with self.subTest(user=name, model=model):
                    if (name, model[-7:]) == ("employee", ".return"):
                        # Whoever is notified may send back: each has their own.
                        records = self.env[model].with_user(user)
                        self.assertFalse(records.search([]))
                        continue
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.ticket.with_user(user).action_escalation_escalate()
