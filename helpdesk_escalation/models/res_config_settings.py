from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.mail_text import fold
from .helpdesk_escalation_notification_link import MAX_LINK_HOURS
from .helpdesk_escalation_notification_reply import WORDS_PARAMETER, split_words

MAX_REPLY_WORDS = 50


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    escalation_policy_id = fields.Many2one(
        related="company_id.escalation_policy_id",
        readonly=False,
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
    )
    escalation_link_hours = fields.Integer(
        string="Link Validity (hours)",
        default=72,
        config_parameter="helpdesk_escalation.link_hours",
        help='How many hours the "I\'m on it" button in an escalation email works.',
    )
    escalation_link_login = fields.Boolean(
        string="Require Login",
        config_parameter="helpdesk_escalation.link_login",
        help='Require login after clicking the "I\'m on it" button in an email. '
        "Otherwise the signed and personal link is enough.",
    )

    escalation_reply_words = fields.Char(
        string="Reply Words",
        config_parameter=WORDS_PARAMETER,
        help="Who replies to their escalation email with one of these in the first "
        "line is on it. Separate them by commas; the first one is named in the email. "
        "Empty: the standard words, in the language of each person.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            hours = vals.get("escalation_link_hours", 1)
            if not 1 <= hours <= MAX_LINK_HOURS:
                # It might be more than the database can hold.
                raise ValidationError(self._get_link_hours_words())
        return super().create(vals_list)

    @api.constrains("escalation_link_hours")
    def _check_escalation_link_hours(self):
        for settings in self:
            if not 1 <= settings.escalation_link_hours <= MAX_LINK_HOURS:
                raise ValidationError(self._get_link_hours_words())

    @api.constrains("escalation_reply_words")
    def _check_escalation_reply_words(self):
        for settings in self:
            all_words = split_words(settings.escalation_reply_words)
            if settings.escalation_reply_words and not all_words:
                raise ValidationError(
                    self.env._("Enter at least one reply word, or leave them empty.")
                )
            if len(all_words) > MAX_REPLY_WORDS:
                raise ValidationError(
                    self.env._(
                        "You entered %(count)s reply words; the limit is %(limit)s.",
                        count=len(all_words),
                        limit=MAX_REPLY_WORDS,
                    )
                )
            for words in all_words:
                if not fold(words):
                    raise ValidationError(
                        self.env._(
                            "“%s” has no letters. Reply words must have some.", words
                        )
                    )
                if "?" in words:
                    raise ValidationError(
                        self.env._(
                            "A question confirms nothing: remove the question mark "
                            "from “%s”.",
                            words,
                        )
                    )

    def _get_link_hours_words(self):
        return self.env._(
            "The link in an email must be valid for at least one hour and at most one "
            "year."
        )
