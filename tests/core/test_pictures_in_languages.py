"""The pages that everybody meets, in long languages and from right to left.

Each is photographed into Odoo's folder of screenshots, to be looked at.
"""

from base64 import b64encode
from urllib.parse import urljoin, urlsplit

from odoo.addons.helpdesk_escalation.tools.mail_links import make_link

from ..support.common import MANAGER, EscalationCommon, PatientHttpCase
from ..support.windows import open_windows

# Wider than the window, or words cut off where they are to be read or pressed.
BROKEN = """
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    const cut = [...document.querySelectorAll(
        "button, .btn, .badge, .alert, .o_form_label, .nav-link, h1, h2, h3, td a"
    )].filter((element) => {
        const style = getComputedStyle(element);
        return (
            !element.closest(".o_control_panel, .o_main_navbar, .o-mail-Chatter") &&
            element.offsetParent &&
            ["hidden", "clip"].includes(style.overflowX) &&
            style.textOverflow !== "ellipsis" &&
            element.scrollWidth > element.clientWidth + 1
        );
    });
    return [
        ...(wide > 1 ? [`${wide} pixels too wide`] : []),
        ...cut.map((element) => element.textContent.trim()),
    ];
"""
TURN = """
    const style = document.createElement("style");
    style.textContent = "* {direction: rtl !important}";
    document.head.append(style);
"""
DIRECTION = "return getComputedStyle(document.querySelector('%s')).direction;"


class TestPicturesInLanguages(EscalationCommon, PatientHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incidents.search([]).unlink()
        cls._load_languages("de_DE", "fr_FR", "ar_001")
        cls.chief = cls._new_user("esc_chief", MANAGER)
        cls.policy.step_ids.channel = "email"

    def _get_pages(self, lang):
        """Return the pages of a person of a language: name, address, what is there."""
        self.chief.lang = lang
        self.team.user_id = self.chief
        self._new_ticket(-45, name="Das Druckerwarteschlangenverwaltungsprogramm")
        ticket = self._new_ticket(-45, name="Printer on fire")
        self._run(0)
        line = self._incident(ticket).notification_ids.filtered(
            lambda line: line.user_id == self.chief
        )
        body = b64encode(line.sudo().mail_id.body_html.encode()).decode()
        return [
            ("dashboard", "/odoo/escalations", ".o_kanban_record [name=told]"),
            (
                "policy",
                f"/odoo/escalation-policies/{self.policy.id}",
                ".o_escalation_timeline",
            ),
            (
                "mail",
                f"data:text/html;charset=utf-8;base64,{body}",
                ".o_escalation_mail",
            ),
            ("page", urlsplit(make_link(line.sudo(), 72)).path, "form button"),
        ]

    def _photograph(self, lang, direction):
        found = {}
        pages = self._get_pages(lang)
        with open_windows(self, self.chief.login) as (window,):
            for name, path, shows in pages:
                address = urljoin(self.base_url(), path)
                window.browser.navigate_to(address, wait_stop=True)
                window.find(shows)
                if direction == "rtl" and name != "mail":
                    # Odoo turns its stylesheets by a tool that few have here.
                    window.run(TURN)
                window.browser.take_screenshot(f"{lang}_{name}_").result(60)
                if broken := window.run(BROKEN):
                    found[name] = broken
                with self.subTest(name, lang=lang):
                    self.assertEqual(window.run(DIRECTION % shows), direction)
        self.assertEqual(found, {}, lang)

    def test_in_german(self):
        self._photograph("de_DE", "ltr")

    def test_in_french(self):
        self._photograph("fr_FR", "ltr")

    def test_from_right_to_left(self):
        self._photograph("ar_001", "rtl")
