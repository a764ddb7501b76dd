"""What the mail template of a handover says plainly."""

from ..support.handover import HandoverCommon


class TestPlainTexts(HandoverCommon):
    def test_what_is_said_plainly_is_filled_in_without_evaluating_it(self):
        """Which takes a fraction of the time, and may be edited by more people."""
        render = self.env["mail.render.mixin"]
        for template in self.env["mail.template"].search(
            [("model", "=", "helpdesk.escalation.notification")]
        ):
            for field in ("subject", "email_from", "lang", "partner_to"):
                with self.subTest(template=template.name, field=field):
                    self.assertFalse(
                        render._has_unsafe_expression_template_inline_template(
                            template[field], template.model
                        )
                    )
            self.assertFalse(
                render._has_unsafe_expression_template_qweb(
                    template.body_html, template.model
                )
            )
