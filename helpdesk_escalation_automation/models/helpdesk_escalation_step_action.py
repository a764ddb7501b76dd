from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

# What of a step makes it do something.
ACTION_FIELDS = (
    "move_to",
    "assign_to",
    "raise_priority",
    "add_tag_ids",
    "add_follower_ids",
    "tell_client",
)


class HelpdeskEscalationStep(models.Model):
    """What a step does beside telling people."""

    _inherit = "helpdesk.escalation.step"
    _cache_fields = frozenset(ACTION_FIELDS)

    move_to = fields.Selection(
        selection=[("parent", "The team above"), ("team", "A team")],
        string="Move the Ticket To",
        help="Whoever is not in the new team is unassigned. The escalation continues "
        "even if that team has no policy.",
    )
    move_team_id = fields.Many2one(
        comodel_name="helpdesk.ticket.team",
        string="New Team",
        ondelete="set null",
        index="btree_not_null",
        domain="[('company_id', 'in', [False, company_id])]",
    )
    assign_to = fields.Selection(
        selection=[("notified", "Whoever is notified"), ("user", "A person")],
        string="Assign the Ticket To",
        help="Whoever is notified: the first person whom this step reaches. Only "
        "members of the ticket's team can be assigned.",
    )
    assign_user_id = fields.Many2one(
        comodel_name="res.users",
        string="New Responsible",
        ondelete="set null",
        index="btree_not_null",
        domain="[('share', '=', False)]",
    )
    raise_priority = fields.Selection(
        selection="_selection_raise_priority",
        string="Raise the Priority To",
        help="A priority that is already as high, or higher, is kept.",
    )
    add_tag_ids = fields.Many2many(
        comodel_name="helpdesk.ticket.tag",
        relation="helpdesk_escalation_step_add_tag_rel",
        column1="step_id",
        column2="tag_id",
        string="Add Tags",
    )
    add_follower_ids = fields.Many2many(
        comodel_name="res.users",
        relation="helpdesk_escalation_step_add_follower_rel",
        column1="step_id",
        column2="user_id",
        string="Add Followers",
        domain="[('share', '=', False)]",
        help="Colleagues who receive the ticket's messages from then on.",
    )
    tell_client = fields.Boolean(
        string="Inform the Client",
        help="The client is informed, once per escalation, that somebody is taking "
        "care of it, with the email template “Helpdesk: Escalation, to the client”. "
        "This does not count as an answer.",
    )
    has_actions = fields.Boolean(compute="_compute_has_actions", store=True)

    @api.model
    def _selection_raise_priority(self):
        return self.env["helpdesk.escalation.trigger"]._selection_priority()

    @api.depends(*ACTION_FIELDS)
    def _compute_has_actions(self):
        for step in self:
            step.has_actions = bool(step._get_actions())

    @api.model
    @ormcache()
    def _acts_anywhere(self):
        """Whether any step does more than tell: without, the run asks no further."""
        # Sudo: one answer is kept for everybody.
        acting = [("has_actions", "=", True)]
        return bool(self.sudo().search_count(acting, limit=1))

    def _get_actions(self):
        """Return the actions of a step in the order they are done.

        The team comes before the person, as the helpdesk unassigns who is not in it.
        To add one, add its key here and write ``_act_<key>`` on the step.
        """
        self.ensure_one()
        wanted = {
            "move": self.move_to,
            "assign": self.assign_to,
            "priority": self.raise_priority,
            "tags": self.add_tag_ids,
            "followers": self.add_follower_ids,
            "client": self.tell_client,
        }
        return [action for action, value in wanted.items() if value]

    @api.constrains("move_to", "move_team_id", "assign_to", "assign_user_id")
    def _check_actions(self):
        for step in self:
            if step.move_to == "team" and not step.move_team_id:
                raise ValidationError(
                    self.env._("Choose the team that the step moves tickets to.")
                )
            if step.assign_to == "user" and not step.assign_user_id:
                raise ValidationError(
                    self.env._("Choose the person that the step assigns tickets to.")
                )

    @api.constrains("assign_user_id", "add_follower_ids")
    def _check_users_of_actions(self):
        for step in self:
            for user in step.assign_user_id | step.add_follower_ids:
                if user.share:
                    raise ValidationError(
                        self.env._("%s is not an internal user.", user.name)
                    )
