from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from odoo.addons.helpdesk_escalation.models.groups import MANAGER_GROUP
from odoo.addons.helpdesk_escalation.tools.notices import make_notice

from ..tools.signature import make_secret, read_secret


class HelpdeskEscalationWebhook(models.Model):
    """Who is informed of escalations, beside people.

    What happens is kept as deliveries, in the transaction in which it happens, and sent
    by a job of its own.
    """

    _name = "helpdesk.escalation.webhook"
    _description = "Escalation Webhook"
    _inherit = ["helpdesk.escalation.address", "helpdesk.escalation.cached"]
    _order = "name, id"
    _check_company_auto = True
    _cache_fields = frozenset({"active", "company_id", "policy_ids"})

    name = fields.Char(required=True, help="What or whom it informs.")
    active = fields.Boolean(
        default=True, help="An archived webhook is not informed of anything."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
        help="Only escalations on tickets of this company are sent.",
    )
    policy_ids = fields.Many2many(
        comodel_name="helpdesk.escalation.policy",
        relation="helpdesk_escalation_webhook_policy_rel",
        string="Policies",
        # Without its last policy it would be informed of all of them.
        ondelete="restrict",
        context={"active_test": False},
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
        help="Only escalations under these policies are sent; empty means all.",
    )
    secret = fields.Char(
        string="Signing Secret",
        copy=False,
        groups=MANAGER_GROUP,
        default=lambda self: self._default_secret(),
        help="The receiver checks with it that a message comes from here: each is "
        "signed as the Standard Webhooks are. Keep it to yourself and the receiver.",
    )
    delivery_ids = fields.One2many(
        comodel_name="helpdesk.escalation.webhook.delivery",
        inverse_name="webhook_id",
        string="Deliveries",
        readonly=True,
    )
    pending_count = fields.Integer(compute="_compute_counts", string="Waiting")
    failed_count = fields.Integer(compute="_compute_counts", string="Failed")

    @api.model
    def _default_secret(self):
        return make_secret()

    @api.depends("delivery_ids.state")
    def _compute_counts(self):
        deliveries = self.env["helpdesk.escalation.webhook.delivery"]
        groups = deliveries._read_group(
            [("webhook_id", "in", self.ids), ("state", "in", ("pending", "failed"))],
            ["webhook_id", "state"],
            ["__count"],
        )
        counts = {(webhook.id, state): count for webhook, state, count in groups}
        for webhook in self:
            webhook.pending_count = counts.get((webhook._origin.id, "pending"), 0)
            webhook.failed_count = counts.get((webhook._origin.id, "failed"), 0)

    @api.constrains("secret", "active")
    def _check_secret(self):
        for webhook in self:
            if webhook.active and not read_secret(webhook.secret or ""):
                raise ValidationError(
                    self.env._(
                        "A signing secret is whsec_ followed by 24 to 64 random bytes "
                        "in base64. Press New Secret to get one."
                    )
                )

    @api.constrains("company_id", "policy_ids")
    def _check_policies(self):
        # Sudo: which companies are above does not depend on who asks.
        for webhook in self.sudo():
            above = webhook.company_id.parent_ids
            for policy in webhook.policy_ids:
                if policy.company_id and policy.company_id not in above:
                    raise ValidationError(
                        self.env._(
                            "A policy that was chosen belongs to another company than "
                            "%(company)s. Remove it from %(webhook)s.",
                            company=webhook.company_id.name,
                            webhook=webhook.name,
                        )
                    )

    def write(self, vals):
        if "company_id" in vals and any(
            webhook.company_id.id != vals["company_id"] for webhook in self
        ):
            raise UserError(
                self.env._(
                    "A webhook stays with its company, as its deliveries are about "
                    "that company's tickets. Create another webhook instead."
                )
            )
        turned = self.browse()
        if "active" in vals:
            turned = self.filtered(lambda webhook: webhook.active != vals["active"])
        result = super().write(vals)
        # Sudo: deliveries are the system's. What is left from before is old news.
        turned.sudo().delivery_ids._cancel()
        return result

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", webhook.name)}
            for webhook, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_new_secret(self):
        """Replace the signing secret; messages are signed with the new one from now.

        :raise AccessError: for anybody but helpdesk managers
        """
        self.ensure_one()
        self.secret = make_secret()
        return True

    def action_send_test(self):
        """Send a message of type ``webhook.test``, as any other message is sent.

        :raise AccessError: for anybody but helpdesk managers
        :raise UserError: when the webhook is archived
        """
        self.ensure_one()
        self.check_access("write")
        if not self.active:
            raise UserError(
                self.env._("An archived webhook sends nothing. Unarchive it first.")
            )
        # Sudo: deliveries are the system's.
        self.sudo()._add_test()
        words = self.env._("A test message is on its way. See its delivery.")
        return make_notice(words, following=self.action_view_deliveries())

    def action_view_deliveries(self):
        """Open the log of what was sent to the webhook."""
        self.ensure_one()
        self.check_access("read")
        return self.env["helpdesk.escalation.incident"]._prepare_list_action(
            self.env._("Deliveries"),
            "helpdesk.escalation.webhook.delivery",
            [("webhook_id", "=", self.id)],
        )

    # ------------------------------------------------------------------
    # Who is informed
    # ------------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_listeners(self):
        """Return all webhooks at work: (id, company id, ids of policies).

        Nearly always there are none, and then nothing that happens costs anything.
        """
        # Sudo: one answer is kept for everybody.
        return tuple(
            (webhook.id, webhook.company_id.id, frozenset(webhook.policy_ids.ids))
            for webhook in self.sudo().search([("active", "=", True)])
        )

    @api.model
    def _find_listeners(self, incident):
        """Return the ids of the webhooks that are informed of an incident."""
        return [
            webhook_id
            for webhook_id, company_id, policy_ids in self._get_listeners()
            if company_id == incident.ticket_id.company_id.id
            and (not policy_ids or incident.policy_id.id in policy_ids)
        ]
