"""What only reads may be answered by a replica: nothing of it writes, ever.

Odoo asks a replica, where there is one, for all that is marked ``@api.readonly``: our
own methods, and its own by which lists, cards, forms and reports are read, with all
that our fields, views and access rules do meanwhile. Here each is called in a
transaction that PostgreSQL lets nothing be written in.
"""

from contextlib import contextmanager

from lxml import etree
from psycopg2.errors import ReadOnlySqlTransaction

from odoo.api import Environment
from odoo.tools import mute_logger

from ..support import doors
from ..support.access import ADDONS
from ..support.common import EscalationCommon

# What is marked in our add-ons, and how it is called.
MARKED = {
    ("helpdesk.escalation.incident", "get_dashboard"): (),
}


class TestReadOnly(EscalationCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self._new_ticket(0)
        self._new_ticket(9)
        self._run(30)
        self.policy.action_tune()
        self.policy.action_backtest()
        self.env["helpdesk.escalation.rota"].create({"name": "Nights", "tz": "UTC"})

    @contextmanager
    def _on_replica(self, user):
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor(readonly=True) as cr,
        ):
            yield Environment(cr, user.id, {"lang": "en_US", "tz": "Europe/Paris"})

    def test_nothing_can_be_written_there(self):
        """Else what succeeds below would say nothing."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(ReadOnlySqlTransaction),
            self._on_replica(self.manager) as env,
        ):
            env["helpdesk.ticket"].browse(self.ticket.id).write({"name": "New"})
            env.flush_all()

    def _find_marked(self):
        return {
            (model_name, name)
            for model_name, model in self.registry.items()
            for base in model.mro()
            if base.__module__.startswith(ADDONS)
            for name, method in vars(base).items()
            if getattr(method, "_readonly", False)
        }

    def test_what_is_marked(self):
        self.assertEqual(self._find_marked(), set(MARKED), "call it here as well")
        for user in self.agent, self.manager:
            for (model, name), args in MARKED.items():
                with (
                    self.subTest(user=user.login, method=f"{model}.{name}"),
                    self._on_replica(user) as env,
                ):
                    getattr(env[model], name)(*args)

    def test_all_fields_of_all_models(self):
        """As a form reads them, or a program by RPC."""
        read = set()
        for user in self.manager, self.env.user:
            with self._on_replica(user) as env:
                for name, model in env.items():
                    fields = self._find_fields(model)
                    if not fields or not model.has_access("read"):
                        continue
                    with self.subTest(user=user.login, model=name):
                        if model.search([], limit=3).read(fields):
                            read.add(name)
        self.assertLessEqual(
            {
                "helpdesk.escalation.backtest",
                "helpdesk.escalation.incident",
                "helpdesk.escalation.notification",
                "helpdesk.escalation.report",
                "helpdesk.escalation.rota.shift",
                "helpdesk.escalation.tuning",
                "helpdesk.ticket",
                "helpdesk.ticket.team",
                "res.partner",
                "res.users",
            },
            read,
        )

    def _find_fields(self, model):
        """The fields of a model that our add-ons bring, and that the user may read."""
        return [
            name
            for name, field in model._fields.items()
            if not model._abstract
            and (field._module or "").startswith(doors.OURS)
            and model._has_field_access(field, "read")
        ]

    def test_all_pages(self):
        """As the web client opens them: menus, views, lists, cards, figures."""
        with self._on_replica(self.manager) as env:
            env["ir.ui.menu"].load_menus(False)
            actions = doors.is_ours(env["ir.actions.act_window"].sudo().search([]))
            for xml_id, action in actions.items():
                with self.subTest(xml_id):
                    self._open(env[action.res_model], action)

    def _open(self, model, action):
        if not model.has_access("read"):
            return
        views = [*action.views, (action.search_view_id.id, "search")]
        loaded = model.get_views(views)["views"]
        shown = {
            field.get("name"): {}
            for kind in {"list", "kanban", "form"}.intersection(loaded)
            for field in etree.fromstring(loaded[kind]["arch"]).iter("field")
            if field.get("name") in model._fields
        }
        model.web_search_read([], shown, limit=5)
        for kind in {"graph", "pivot"}.intersection(loaded):
            arch = etree.fromstring(loaded[kind]["arch"])
            names = {field.get("name") for field in arch.iter("field")}
            groups = [name for name in names if model._fields[name].type == "many2one"]
            model.formatted_read_group([], groups, ["__count"])

    def test_all_reports(self):
        with self._on_replica(self.manager) as env:
            for report in doors.find_reports(env(su=True)):
                with self.subTest(report.report_name):
                    records = env[report.model].search([], limit=1)
                    env["ir.actions.report"]._render_qweb_html(report, records.ids)
