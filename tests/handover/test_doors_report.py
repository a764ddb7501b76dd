"""S1: a handover is printed, and shown on any report route, for who may read it."""

import json

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tools import mute_logger

from ..support.common import MANAGER, PatientHttpCase
from ..support.handover import HandoverCommon

REPORT = "helpdesk_escalation_handover.report_handover"
SECRET = "spooler"
QUIET = ("odoo.http", "odoo.models", "odoo.addons.base.models.ir_rule")


class TestHandoverReport(HandoverCommon, PatientHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        there = {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        cls.strangers = {
            "client": cls._new_user(
                "esc_portal", "base.group_portal", partner_id=cls.client.id
            ),
            "employee": cls._new_user("esc_clerk", "base.group_user"),
            "manager elsewhere": cls._new_user("esc_elsewhere", MANAGER, **there),
        }
        cls.other = cls._new_ticket(0, name="Another")

    def setUp(self):
        super().setUp()
        self.handover = self._escalate().handover_id
        self.draft = self._draft(self.other)
        self.env.flush_all()

    def _paths(self, *handovers):
        ids = ",".join(str(handover.id) for handover in handovers)
        for kind in ("html", "text", "pdf"):
            yield f"/report/{kind}/{REPORT}/{ids}"
            xml_id = "helpdesk_escalation_handover.helpdesk_escalation_handover_report"
            yield f"/report/{kind}/{xml_id}/{ids}"

    def _download(self, handover):
        return self.url_open(
            "/report/download",
            {
                "data": json.dumps([f"/report/pdf/{REPORT}/{handover.id}", "qweb-pdf"]),
                "context": "{}",
                "csrf_token": Request.csrf_token(self),
            },
        )

    def _assert_refused(self, page):
        self.assertIn(page.status_code, (403, 404))
        for word in (SECRET, self.ticket.name, self.other.name, self.ticket.number):
            self.assertNotIn(word, page.text)

    def test_s1_who_may_read_a_handover_prints_it(self):
        for user in (self.chief, self.manager):
            self.authenticate(user.login, user.login)
            for path in self._paths(self.handover):
                with self.subTest(user.login, path=path):
                    page = self.url_open(path)
                    self.assertEqual(page.status_code, 200)
                    self.assertIn(SECRET, page.text)
            download = self._download(self.handover)
            self.assertEqual(download.status_code, 200)
            self.assertIn(self.ticket.number, download.headers["Content-Disposition"])

    @mute_logger(*QUIET, "odoo.addons.web.controllers.report")
    def test_s1_nobody_else_reads_a_handover_on_any_report_route(self):
        for name, user in self.strangers.items():
            self.authenticate(user.login, user.login)
            for path in self._paths(self.handover):
                with self.subTest(name, path=path):
                    self._assert_refused(self.url_open(path))
            with self.subTest(name, path="/report/download"):
                download = self._download(self.handover)
                self.assertNotIn(SECRET, download.text)
                self.assertIn("AccessError", download.text)

    @mute_logger(*QUIET)
    def test_s1_a_draft_is_its_authors(self):
        self.authenticate(self.agent.login, self.agent.login)
        for path in self._paths(self.draft):
            self.assertIn(SECRET, self.url_open(path).text)
        self.authenticate(self.manager.login, self.manager.login)
        for path in self._paths(self.draft):
            self._assert_refused(self.url_open(path))

    @mute_logger(*QUIET)
    def test_s1_one_that_may_not_be_read_closes_the_whole_list(self):
        self.authenticate(self.manager.login, self.manager.login)
        for path in self._paths(self.handover, self.draft):
            self._assert_refused(self.url_open(path))
        gone = self.handover.browse(self.draft.id + 1000)
        for path in self._paths(gone):
            self.assertEqual(self.url_open(path).status_code, 404)

    @mute_logger(*QUIET)
    def test_s1_a_page_asks_for_the_reader_whoever_renders_it(self):
        """As superuser too, as long as a real person is behind it."""
        report = self.env["ir.actions.report"].with_user(self.strangers["employee"])
        for env in (report, report.sudo()):
            with self.assertRaises(AccessError):
                env._render_qweb_html(REPORT, self.handover.ids)
        page, _kind = report.with_user(self.chief)._render_qweb_html(
            REPORT, self.handover.ids
        )
        self.assertIn(SECRET, str(page))
