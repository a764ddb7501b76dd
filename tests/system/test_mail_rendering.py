"""R14: what mails about escalations say, whoever has Odoo render it."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.helpdesk_escalation.tools.mail_access import OUR_MODELS

from ..support.common import TEAM, USER
from ..support.handover import HANDOVER, HandoverCommon

LINK = "helpdesk_escalation/confirm"
TITLE = "The printer is on fire"
# What our templates say, and what others might have their own say.
OWN_TEXT = """
<p><t t-out="object.client_name"/> <t t-out="object.ticket_name"/>
<t t-out="object.headline"/> <t t-out="object.waited"/></p>
"""


class RenderingCommon(HandoverCommon):
    """A ticket that waits, with a mail to its leader, and one that was handed over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = {
            "company_id": other.id,
            "company_ids": [Command.set(other.ids)],
        }
        cls.clerk = cls._new_user("esc_clerk", "base.group_user")
        cls.stranger = cls._new_user("esc_team_stranger", TEAM)
        cls.far = cls._new_user("esc_far", USER, **elsewhere)
        cls.employee = cls._new_user("esc_employee", "base.group_user")
        cls.outsiders = cls.clerk + cls.stranger + cls.far + cls.employee
        cls.upper.escalation_mail_receiver = True
        cls.client.name = "Carla Client"
        # The client of this one is an employee.
        cls.waiting = cls._new_ticket(0, partner_id=cls.employee.partner_id.id)
        cls.waiting.message_unsubscribe(cls.employee.partner_id.ids)

    def setUp(self):
        super().setUp()
        incident = self._escalate(to_user_id=self.expert.id)
        self._run(31)
        self.line = self._incident(self.waiting).notification_ids.filtered("mail_id")
        self.handed_over = incident.notification_ids.filtered(
            lambda line: line.mail_id and line.user_id == self.expert
        )
        self.assertEqual(len(self.line + self.handed_over), 2)
        self.handover = self.handed_over.incident_id.handover_id
        ref = self.env.ref
        self.template = ref("helpdesk_escalation.mail_template_escalation")
        self.handover_template = ref(
            "helpdesk_escalation_handover.mail_template_handover"
        )
        self.to_client = (
            ref("helpdesk_escalation_automation.mail_template_client")
            + ref("helpdesk_escalation_handover.mail_template_client_notice")
        ).with_env(self.env)

    def _new_template(self, model, body=OWN_TEXT):
        # Nothing there to try it on yet is no fault of it.
        values = {
            "name": "Mine",
            "model_id": self.env["ir.model"]._get_id(model),
            "subject": "{{ object.display_name }}",
            "use_default_to": False,
            "body_html": body,
        }
        return self.env["mail.template"].create(values)

    def _new_bait(self, record):
        """A contact, which everybody may read, with the number of a record."""
        bait = self.env["res.partner"].browse(record.id)
        if not bait.exists():
            self.env.cr.execute(
                "INSERT INTO res_partner (id, name, complete_name, active, email) "
                "VALUES (%s, 'Bait', 'Bait', TRUE, 'bait@helpdesk.example')",
                [record.id],
            )
        # Another contact may have had the number, and be archived.
        self.env.cr.execute(
            "UPDATE res_partner SET active = TRUE, company_id = NULL WHERE id = %s",
            [record.id],
        )
        bait.invalidate_recordset()
        return bait

    def _compose(self, user, record, template=None, **values):
        """Fill in a composer, as anybody can by RPC."""
        return (
            self.env["mail.compose.message"]
            .with_user(user)
            .create(
                {
                    "composition_mode": "mass_mail",
                    "model": record._name,
                    "res_ids": str(record.ids),
                    "template_id": template.id if template else False,
                    "partner_ids": [Command.set(user.partner_id.ids)],
                    **values,
                }
            )
        )

    def _send(self, *args, **values):
        composer = self._compose(*args, **values)
        with self.mock_mail_gateway():
            mails, messages = composer._action_send_mail()
        return " ".join(
            [f"{mail.subject} {mail.body_html}" for mail in mails]
            + [f"{message.subject} {message.body}" for message in messages]
        )

    def _cases(self):
        """Each of our records that mails are about, with each template for it."""
        yield self.line, self.template
        yield self.line, self.handover_template
        yield self.line, self._new_template(self.line._name)
        yield self.handed_over, self.handover_template
        yield self.handed_over, self.template
        incident = self.handed_over.incident_id
        handover_body = (
            '<t t-out="object.handover_body"/> <t t-out="object.client_name"/>'
        )
        yield incident, self._new_template(incident._name, handover_body)
        parts = '<t t-out="object.user_impact"/> <t t-out="object.handover_text"/>'
        yield self.handover, self._new_template(self.handover._name, parts)
        for template in self.to_client:
            yield self.ticket, template

    def _assert_nothing_said(self, text):
        text = str(text)
        for secret in (
            TITLE,
            LINK,
            HANDOVER["user_impact"],
            "Carla",
            self.ticket.number,
        ):
            self.assertNotIn(secret, text)
        self.assertNotIn(self.waiting.number, text)


class TestWhoMayCompose(RenderingCommon):
    def setUp(self):
        super().setUp()
        loggers = ("odoo.addons.base.models.ir_rule", "odoo.models")
        self.enterContext(mute_logger(*loggers))

    def test_the_composer_refuses_who_may_not_read_the_record(self):
        for record, template in self._cases():
            for user in self.outsiders:
                for mode in ("mass_mail", "comment"):
                    with self.subTest(
                        record=record,
                        template=template.name,
                        user=user.login,
                        mode=mode,
                    ):
                        with self.assertRaises(AccessError):
                            self._send(user, record, template, composition_mode=mode)
        sent = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.outsiders.partner_id.ids)]
        )
        self.assertFalse(sent)

    def test_the_composer_refuses_ones_own_text_too(self):
        for record in (self.line, self.handed_over.incident_id, self.handover):
            for body in ("Hello", '<p><t t-out="object.display_name"/></p>'):
                for user in self.outsiders:
                    with self.subTest(record=record, body=body, user=user.login):
                        with self.assertRaises(AccessError):
                            self._send(user, record, body=body, subject="Hello")

    def test_the_numbers_of_other_records_are_no_way_round(self):
        """Odoo takes the numbers that it was given for the template's model."""
        for record, template in self._cases():
            bait = self._new_bait(record)
            for user in self.outsiders:
                with self.subTest(template=template.name, user=user.login):
                    with self.assertRaises(AccessError):
                        self._send(user, bait, template)
                    with self.assertRaises(AccessError):
                        self._send(
                            user,
                            self.env["res.users"],
                            template,
                            model="res.partner",
                            res_ids=False,
                            res_domain=str([("id", "in", record.ids)]),
                        )

    def test_a_domain_finds_what_the_person_may_read(self):
        for user in self.outsiders:
            with self.subTest(user=user.login):
                try:
                    text = self._send(
                        user,
                        self.line,
                        self.template,
                        res_ids=False,
                        res_domain="[(1, '=', 1)]",
                    )
                except AccessError:
                    continue
                self._assert_nothing_said(text)

    def test_one_of_several_that_may_not_be_read_is_enough(self):
        self.waiting.message_subscribe(self.stranger.partner_id.ids)
        self.assertTrue(self.line.with_user(self.stranger).has_access("read"))
        self.assertTrue(self._send(self.stranger, self.line, self.template))
        with self.assertRaises(AccessError):
            self._send(self.stranger, self.line + self.handed_over, self.template)

    def test_the_dialog_shows_nothing_before_anything_is_saved(self):
        for record, template in self._cases():
            for user in self.outsiders:
                composer = self.env["mail.compose.message"].with_user(user)
                context = {
                    "default_composition_mode": "comment",
                    "default_model": record._name,
                    "default_res_ids": str(record.ids),
                    "default_template_id": template.id,
                }
                with self.subTest(record=record, user=user.login):
                    with self.assertRaises(AccessError):
                        Form(composer.with_context(**context))
                    with self.assertRaises(AccessError):
                        Form(
                            composer.with_context(
                                default_template_id=template.id,
                                active_model=record._name,
                                active_ids=record.ids,
                            )
                        )

    def test_every_model_of_ours_is_refused(self):
        for name, model in self.env.registry.items():
            if not model._original_module.startswith("helpdesk_escalation"):
                continue
            with self.subTest(name):
                if model._abstract:
                    continue
                self.assertTrue(name.startswith(OUR_MODELS))
                # No access, or none of them to be read.
                with self.assertRaises(UserError):
                    self._send(self.clerk, self.env[name].browse(1), body="Hello")

    def test_a_template_is_sent_about_what_one_may_read(self):
        for record, template in self._cases():
            for user in self.outsiders:
                mine = template.with_user(user)
                values = {"recipient_ids": [Command.set(user.partner_id.ids)]}
                with self.subTest(record=record, user=user.login):
                    with self.assertRaises(AccessError):
                        mine.send_mail(record.id, email_values=values)
                    with self.assertRaises(AccessError):
                        mine.send_mail_batch(record.ids, email_values=values)

    def test_the_preview_shows_what_one_may_read(self):
        for record, template in self._cases():
            for user in self.outsiders:
                for shown in (record, self._new_bait(record)):
                    with self.subTest(record=shown, user=user.login):
                        with self.assertRaises(AccessError):
                            preview = (
                                self.env["mail.template.preview"]
                                .with_user(user)
                                .create(
                                    {
                                        "mail_template_id": template.id,
                                        "resource_ref": f"{shown._name},{shown.id}",
                                    }
                                )
                            )
                            self._assert_nothing_said(preview.body_html)
                            self._assert_nothing_said(preview.subject)

    def test_a_server_action_sends_about_what_one_may_read(self):
        for record, template in self._cases():
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Send",
                    "model_id": self.env["ir.model"]._get_id(record._name),
                    "state": "mail_post",
                    "mail_post_method": "email",
                    "template_id": template.id,
                    "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
                }
            )
            several = self.env["ir.actions.server"].create(
                {
                    "name": "Send and more",
                    "model_id": action.model_id.id,
                    "state": "multi",
                    "child_ids": [Command.set(action.ids)],
                    "group_ids": [Command.set(action.group_ids.ids)],
                }
            )
            for user in self.outsiders:
                for one in (action, several):
                    with self.subTest(record=record, user=user.login, action=one.name):
                        mine = one.with_user(user).with_context(
                            active_model=record._name,
                            active_id=record.id,
                            active_ids=record.ids,
                        )
                        with self.assertRaises(AccessError):
                            mine.run()

    def test_superuser_rights_alone_make_no_text(self):
        """As a composer of another module would have it, which we do not know of."""
        for user in self.outsiders:
            for line in (self.line, self.handed_over):
                seen = line.with_user(user).sudo()
                for name in ("client_name", "ticket_name", "waited", "headline"):
                    with self.subTest(user=user.login, name=name):
                        self.assertFalse(seen[name])
                self.assertFalse(seen.incident_id.handover_body)
            for template in (self.template, self.handover_template):
                mine = template.with_user(user).sudo()
                for line in (self.line, self.handed_over):
                    for field in ("subject", "body_html"):
                        text = mine._render_field(field, line.ids)[line.id]
                        self._assert_nothing_said(text)

    def test_the_hosts_own_mails_are_left_alone(self):
        """What other modules send by themselves, whoever has caused it."""
        template = self._new_template("helpdesk.ticket", "<p>Hello</p>")
        ticket = self.ticket.with_user(self.clerk).sudo()
        mail = ticket.message_mail_with_source(template)
        self.assertIn("Hello", mail.body_html)
        self.assertTrue(ticket.message_post_with_source(template))
        with self.assertRaises(AccessError):
            ticket.message_mail_with_source(self.to_client[0])


class TestWhatReadersCompose(RenderingCommon):
    """Who may read the record may write about it, and gets no link by it."""

    def _texts(self, user, record, template):
        to = {"partner_ids": [Command.set(self.director.partner_id.ids)]}
        yield self._send(user, record, template, **to)
        yield self._send(user, record, template, composition_mode="comment", **to)
        partners = {"recipient_ids": [Command.set(user.partner_id.ids)]}
        mail_id = template.with_user(user).send_mail(record.id, email_values=partners)
        mail = self.env["mail.mail"].browse(mail_id)
        yield f"{mail.subject} {mail.body_html} {mail.body}"
        preview = self.env["mail.template.preview"].with_user(user)
        preview = preview.create(
            {
                "mail_template_id": template.id,
                "resource_ref": f"{record._name},{record.id}",
            }
        )
        yield f"{preview.subject} {preview.body_html}"

    def test_what_is_costly_or_personal_stays_out(self):
        admin = self.env.ref("base.user_admin")
        for user in (self.manager, admin, self.env.ref("base.user_root")):
            for text in self._texts(user, self.line, self.template):
                with self.subTest(user=user.login):
                    self.assertNotIn(LINK, text)
                    self.assertNotIn("step 2 of 3", text)
                    self.assertIn(TITLE, text)
            for text in self._texts(user, self.handed_over, self.handover_template):
                with self.subTest(user=user.login):
                    self.assertNotIn(LINK, text)
                    self.assertNotIn(HANDOVER["user_impact"], text)

    def test_no_field_holds_a_link(self):
        """Whatever a template can reach on a record of ours."""
        for record in (self.line, self.line.incident_id, self.handover, self.waiting):
            for name, field in record._fields.items():
                if field.type in ("char", "text", "html"):
                    self.assertNotIn(LINK, str(record.sudo()[name]), name)

    def test_nobody_has_a_link_made_by_calling_what_makes_our_mails(self):
        """A text in a template may call methods, with the rights of whoever reads."""
        for user in (self.manager, self.leader):
            line = self.line.with_user(user)
            for expression in (
                "object._prepare_built_line(72)",
                "object._prepare_digest(object._get_reply_to())",
            ):
                template = self._new_template(line._name, "<p>Hello</p>")
                with self.subTest(expression, user=user.login):
                    with patch.object(
                        type(template), "_check_can_be_rendered", lambda *a, **k: None
                    ):
                        template.body_html = f'<t t-out="{expression}"/>'
                    with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
                        with self.assertRaisesRegex(Exception, "access|allowed"):
                            template.with_user(user)._render_field(
                                "body_html", line.ids
                            )
