from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.mail_text import fold
from .helpdesk_escalation_erasure import NOTIFICATIONS_DAYS, WORDS_DAYS
from .helpdesk_escalation_notification_link import MAX_LINK_HOURS
from .helpdesk_escalation_notification_reply import WORDS_PARAMETER, split_words

MAX_REPLY_WORDS = 50
MAX_KEPT_DAYS = 36_500
KEPT_DAYS = ("escalation_words_days", "escalation_notifications_days")


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

    # S16
    escalation_words_days = fields.Integer(
        string="Keep Words (days)",
        config_parameter=WORDS_DAYS,
        help="How many days after an escalation was resolved its words are kept: what "
        "was quoted of clients, and what people wrote. 0: for ever. Figures stay.",
    )
    escalation_notifications_days = fields.Integer(
        string="Keep Texts of Notifications (days)",
        config_parameter=NOTIFICATIONS_DAYS,
        help="How many days after an escalation was resolved the texts of its "
        "notifications are kept: why somebody was not notified, and what mail servers "
        "and providers answered. 0: for ever. Figures stay.",
    )
    escalation_words_due = fields.Char(
        compute="_compute_escalation_words_due",
        help="How many escalations this would concern today.",
    )

    @api.depends(*KEPT_DAYS)
    def _compute_escalation_words_due(self):
        for settings in self:
            count = settings._count_words_due()
            settings.escalation_words_due = bool(count) and self.env._(
                "Today this would remove the texts of %s resolved escalations.", count
            )

    def _count_words_due(self):
        """Count the incidents of which texts would be removed today (S16)."""
        erasure = self.env["helpdesk.escalation.erasure"]
        domain = Domain.FALSE
        for name, of_notifications in zip(KEPT_DAYS, (False, True), strict=True):
            if 0 < self[name] <= MAX_KEPT_DAYS:
                limit = fields.Datetime.now() - timedelta(days=self[name])
                domain |= erasure._get_due_domain(limit, of_notifications)
        # Sudo: of all companies, as the setting is.
        return self.env["helpdesk.escalation.incident"].sudo().search_count(domain)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name in KEPT_DAYS:
                if not 0 <= vals.get(name, 0) <= MAX_KEPT_DAYS:
                    raise ValidationError(self._get_kept_days_words())
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

    @api.constrains(*KEPT_DAYS)
    def _check_kept_days(self):
        for settings in self:
            for name in KEPT_DAYS:
                if not 0 <= settings[name] <= MAX_KEPT_DAYS:
                    raise ValidationError(self._get_kept_days_words())

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

    def _get_kept_days_words(self):
        return self.env._("Texts are kept for up to 100 years; 0 keeps them for ever.")
