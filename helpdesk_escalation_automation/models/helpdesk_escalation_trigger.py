import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

SEPARATORS = re.compile(r"[,;\n]")
MAX_PHRASES = 300
MAX_MESSAGES = 100
# So many clients are named in a list.
MAX_NAMES = 3
MAX_MINUTES = 365 * 24 * 60


class HelpdeskEscalationTrigger(models.Model):
    """A reason to escalate at once, beside the time: a word, a client, a long wait.

    To add a kind: add it to ``kind`` (``selection_add``), write
    ``_find_causes_<kind>`` here and, where its causes need words, extend
    ``_get_detail_label`` of the cause.
    """

    _name = "helpdesk.escalation.trigger"
    _description = "Escalation Trigger"
    _inherit = ["helpdesk.escalation.input", "helpdesk.escalation.cached"]
    _order = "id"
    _cache_fields = frozenset({"policy_id"})

    policy_id = fields.Many2one(
        comodel_name="helpdesk.escalation.policy",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id")
    kind = fields.Selection(
        selection=[
            ("keyword", "Keyword"),
            ("strong", "Strong language"),
            ("wish", "Wish"),
            ("repeat", "Repeated contact"),
            ("unanswered", "Unanswered messages"),
            ("quick_reply", "Quick replies"),
            ("reopened", "Reopened ticket"),
            ("slow", "Unusual wait"),
            ("again", "Repeated escalation"),
            ("priority", "Priority"),
            ("client", "Client"),
        ],
        string="What",
        required=True,
        default="keyword",
        help="What to look for while a client is waiting for a reply.",
    )
    step_id = fields.Many2one(
        comodel_name="helpdesk.escalation.step",
        string="Start At",
        ondelete="set null",
        index="btree_not_null",
        domain="[('policy_id', '=', policy_id)]",
        copy=False,
        help="This step fires immediately. Earlier steps are skipped, later ones "
        "follow at their delays. Empty: the first step. New steps can be chosen once "
        "the policy is saved.",
    )
    keywords = fields.Text(
        help="Words or phrases, separated by commas or lines, in any language: refund, "
        "cancel my contract. An asterisk at the end finds all words that begin with "
        "it: refund* finds refunds and refunded. Three dots stand for up to three "
        "words: cancel … contract finds cancel this useless contract. Capitals and "
        "accents make no difference. Only the new text of a message is searched, not "
        "quotes or signatures.",
    )
    unless_words = fields.Text(
        string="Unless",
        help="Words or phrases, written like the keywords. A keyword that is part of "
        "one of these does not count: no refund needed, how do I cancel. Elsewhere "
        "in the message it does.",
    )
    wish = fields.Selection(
        selection="_selection_wish",
        default="any",
        help="Which wish counts. The phrases it is recognized by are in the "
        "configuration, under Escalation Phrases.",
    )
    message_count = fields.Integer(
        string="Messages",
        default=3,
        help="How many messages of the client without an answer in between. For "
        "repeated contact, another unanswered ticket of the same client counts as one "
        "message.",
    )
    message_minutes = fields.Integer(
        string="Within (minutes)",
        default=10,
        help="The minutes within which the client writes, regardless of working "
        "hours: all these messages, or again after an answer.",
    )
    times = fields.Integer(
        default=3,
        help="How many times it must have happened, or how many times longer than "
        "usual the client must have waited.",
    )
    priority = fields.Selection(
        selection="_selection_priority",
        default="3",
        help="The ticket of a waiting client has this priority or a higher one.",
    )
    partner_condition = fields.Char(
        string="Clients",
        help="The contact or its company matches this condition. Their next message "
        "starts the escalation.",
    )
    partner_condition_error = fields.Char(
        compute="_compute_partner_condition_error",
        help="Why the condition matches no client any more.",
    )
    partner_condition_hidden = fields.Boolean(
        compute="_compute_partner_condition_hidden",
        help="The condition looks at what the current user may not see.",
    )

    _message_count_range = models.Constraint(
        f"CHECK (message_count BETWEEN 2 AND {MAX_MESSAGES})",
        f"A trigger counts 2 to {MAX_MESSAGES} messages.",
    )
    _message_minutes_range = models.Constraint(
        f"CHECK (message_minutes BETWEEN 1 AND {MAX_MINUTES})",
        "A trigger counts messages within one minute to one year.",
    )
    _times_range = models.Constraint(
        f"CHECK (times BETWEEN 1 AND {MAX_MESSAGES})",
        f"A trigger counts 1 to {MAX_MESSAGES} times.",
    )

    @api.model
    def _selection_priority(self):
        field = self.env["helpdesk.ticket"]._fields["priority"]
        return field._description_selection(self.env)

    @api.model
    def _selection_wish(self):
        wishes = self.env["helpdesk.escalation.phrase"]._get_wishes()
        return [("any", self.env._("Any of these")), *wishes.items()]

    @api.depends(
        "kind",
        "keywords",
        "message_count",
        "message_minutes",
        "priority",
        "partner_condition",
        "times",
        "wish",
    )
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for trigger in self:
            name = labels.get(trigger.kind, "")
            detail = trigger._get_detail()
            trigger.display_name = f"{name}: {detail}" if detail else name

    def _get_detail(self):
        """Say in short what the trigger looks for."""
        self.ensure_one()
        if self.kind == "keyword":
            phrases = self._get_phrases()
            more = "…" if len(phrases) > 3 else ""
            return ", ".join(phrases[:3]) + more
        if self.kind == "wish":
            return dict(self._selection_wish()).get(self.wish)
        if self.kind == "repeat":
            return self.env._(
                "%(count)s messages within %(time)s",
                count=self.message_count,
                time=self._format_message_minutes(),
            )
        if self.kind == "unanswered":
            return self.env._("%s messages since the last answer", self.message_count)
        if self.kind == "quick_reply":
            return self.env._(
                "written again within %(time)s of an answer (%(times)s×)",
                time=self._format_message_minutes(),
                times=self.times,
            )
        if self.kind == "reopened":
            return self.env._("%s×", self.times)
        if self.kind == "slow":
            return self.env._("%s times longer than usual", self.times)
        if self.kind == "again":
            return self.env._("%s in 30 days", self.times)
        if self.kind == "priority":
            return dict(self._selection_priority()).get(self.priority)
        if self.kind == "client":
            return self._get_client_names()
        return False

    def _format_message_minutes(self):
        return self.step_id._format_minutes(self.message_minutes)

    def _get_client_names(self):
        """Name some of the clients that are meant, as far as the user may know them."""
        text = self.partner_condition
        condition = self.env["helpdesk.escalation.condition"]
        if (
            not text
            or condition._find_fault("res.partner", text)
            or condition._is_hidden("res.partner", text)
        ):
            return False
        partners = self.env["res.partner"].search(
            condition._parse_domain(text), limit=MAX_NAMES + 1
        )
        if not partners:
            return self.env._("nobody so far")
        names = ", ".join(partners[:MAX_NAMES].mapped("display_name"))
        return names + ("…" if len(partners) > MAX_NAMES else "")

    @api.depends("kind", "partner_condition")
    @api.depends_context("lang")
    def _compute_partner_condition_error(self):
        for trigger in self:
            trigger.partner_condition_error = (
                trigger.kind == "client"
                and trigger._find_partner_fault(trigger.partner_condition)
            )

    @api.depends("kind", "partner_condition")
    @api.depends_context("uid")
    def _compute_partner_condition_hidden(self):
        condition = self.env["helpdesk.escalation.condition"]
        for trigger in self:
            trigger.partner_condition_hidden = (
                trigger.kind == "client"
                and bool(trigger.partner_condition)
                and condition._is_hidden("res.partner", trigger.partner_condition)
            )

    @api.constrains("kind", "keywords", "unless_words")
    def _check_keywords(self):
        for trigger in self.filtered(lambda trigger: trigger.kind == "keyword"):
            if not trigger._get_phrases():
                raise ValidationError(self.env._("Enter at least one word or phrase."))
            for phrases in (trigger._get_phrases(), trigger._get_exceptions()):
                trigger._check_phrases(phrases)

    def _check_phrases(self, phrases):
        """Check words or phrases as people wrote them.

        :raise ValidationError: it says which one cannot be searched for, and why
        """
        if len(phrases) > MAX_PHRASES:
            raise ValidationError(
                self.env._(
                    "You entered %(count)s words or phrases; the limit is "
                    "%(most)s. Spread them over several triggers.",
                    count=len(phrases),
                    most=MAX_PHRASES,
                )
            )
        for phrase in phrases:
            self.env["helpdesk.escalation.phrase"]._check_phrase(phrase)

    @api.constrains("kind", "partner_condition")
    def _check_partner_condition(self):
        condition = self.env["helpdesk.escalation.condition"]
        for trigger in self:
            text = trigger.partner_condition
            if text:
                fault = trigger._find_partner_fault(text)
                condition._refuse_condition(
                    fault or condition._find_unreadable("res.partner", text)
                )
            if trigger.kind == "client" and (
                not text or condition._parse_domain(text).is_true()
            ):
                raise ValidationError(
                    self.env._(
                        "Choose the clients: a trigger cannot be for every client."
                    )
                )

    @api.constrains("kind", "priority")
    def _check_priority(self):
        for trigger in self:
            if trigger.kind == "priority" and not trigger.priority:
                raise ValidationError(self.env._("Choose a priority."))

    @api.constrains("step_id", "policy_id")
    def _check_step_id(self):
        for trigger in self:
            if trigger.step_id and trigger.step_id.policy_id != trigger.policy_id:
                raise ValidationError(
                    self.env._("A trigger starts at a step of its own policy.")
                )

    @api.model
    @ormcache()
    def _get_policy_ids(self):
        """Return the ids of the policies that have triggers: few, or none."""
        # Sudo: one answer is kept for everybody.
        rows = self.sudo().search_fetch([], ["policy_id"])
        return tuple(rows.policy_id.ids)

    def _get_phrases(self):
        """Return the words and phrases as people wrote them, each once."""
        self.ensure_one()
        return _split(self.keywords)

    def _get_exceptions(self):
        """Return what a keyword must not be part of, as people wrote it."""
        self.ensure_one()
        return _split(self.unless_words)

    @api.model
    def _find_partner_fault(self, text):
        """Say what is wrong with a condition on clients, False when nothing is.

        What the database cannot search, such as a total that is computed, is read.
        """
        condition = self.env["helpdesk.escalation.condition"]
        fault = condition._find_fault("res.partner", text)
        if not fault:
            return False
        try:
            condition._check_fields("res.partner", text or "[]")
            # Sudo: whether it can be read is asked, not who may read it.
            self.env["res.partner"].sudo().search([], limit=1).filtered_domain(
                condition._parse_domain(text)
            )
        except Exception:
            # R13: whatever the fields named in it raise, the run must go on.
            return fault
        return False

    def _filter_clients(self, partners):
        """Return the partners that the condition is about (kind "client").

        :param partners: as superuser, in the company of the tickets
        """
        self.ensure_one()
        text = self.partner_condition
        condition = self.env["helpdesk.escalation.condition"]
        if self._find_partner_fault(text):
            return partners.browse()
        domain = condition._parse_domain(text)
        if condition._find_fault("res.partner", text):
            return partners.filtered_domain(domain)
        return partners.with_context(active_test=False).search(
            domain & Domain("id", "in", partners.ids)
        )


def _split(text):
    phrases = (phrase.strip() for phrase in SEPARATORS.split(text or ""))
    return list(dict.fromkeys(filter(None, phrases)))


class HelpdeskEscalationPolicy(models.Model):
    _inherit = "helpdesk.escalation.policy"
    _cache_fields = frozenset({"trigger_ids"})

    trigger_ids = fields.One2many(
        comodel_name="helpdesk.escalation.trigger",
        inverse_name="policy_id",
        string="Triggers",
        copy=True,
        help="Reasons to escalate immediately while a client is waiting, however short "
        "the wait.",
    )

    def copy(self, default=None):
        copies = super().copy(default)
        for policy, copied in zip(self, copies, strict=True):
            steps = dict(
                zip(policy.step_ids.sorted(), copied.step_ids.sorted(), strict=False)
            )
            for trigger, new in zip(
                policy.trigger_ids, copied.trigger_ids, strict=False
            ):
                new.step_id = steps.get(trigger.step_id)
        return copies
