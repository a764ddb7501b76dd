from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from .groups import PREFETCH_GROUP, VIEWER_GROUPS

POLICY = "escalation_policy_id"
DATE = "escalation_policy_date"


class HelpdeskEscalationPolicyHolder(models.AbstractModel):
    """Where a policy is set beside the ticket: teams, clients and companies (R1, R12).

    When it was set there is kept with it, however it came: by a form, an import, a
    copy or a default. Who gives a date with the policy, as a migration does, is obeyed.
    """

    _name = "helpdesk.escalation.policy.holder"
    _description = "Where an Escalation Policy Is Set"

    escalation_policy_date = fields.Datetime(
        string="Escalation Policy Set On",
        readonly=True,
        copy=False,
        groups=VIEWER_GROUPS,
        prefetch=PREFETCH_GROUP,
        help="When the escalation policy was set here. Clients who were already "
        "waiting are ignored until they are included on the policy.",
    )

    def _init_column(self, column_name):
        """Let what an older version has set count from its update on (R12).

        Its waits that count by newer rules notify nobody before a manager includes
        them.
        """
        if column_name != DATE or not column_exists(self.env.cr, self._table, POLICY):
            return super()._init_column(column_name)
        now = self.env.cr.now().replace(microsecond=0)
        value = SQL("%s", now)
        if self._fields[DATE].company_dependent:
            value = SQL(
                "(SELECT jsonb_object_agg(key, %s::text) FROM jsonb_each(%s))",
                str(now),
                SQL.identifier(POLICY),
            )
        return self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE %s IS NOT NULL",
                SQL.identifier(self._table),
                SQL.identifier(DATE),
                value,
                SQL.identifier(POLICY),
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        dated = [
            record
            for record, vals in zip(records, vals_list, strict=True)
            if (POLICY in vals or self._has_default_escalation_policy())
            and DATE not in vals
        ]
        if dated:
            # Sudo, here and below: nobody writes this moment by hand.
            self.browse(record.id for record in dated).sudo()._date_escalation_policy()
        return records

    def write(self, vals):
        if POLICY not in vals:
            return super().write(vals)
        # Sudo: a policy that the user may not see is another one too.
        before = {record: record[POLICY] for record in self.sudo()}
        result = super().write(vals)
        changed = self.sudo().filtered(lambda record: record[POLICY] != before[record])
        if changed:
            if DATE not in vals:
                changed._date_escalation_policy()
            changed._hurry_escalations()
        return result

    def unlink(self):
        # Sudo: what it ends does not depend on who may see it.
        tickets = self.sudo()._find_escalated_tickets()
        result = super().unlink()
        tickets._escalation_resolve()
        # Merging contacts has moved their tickets before: the run finds those.
        incidents = self.env["helpdesk.escalation.incident"].sudo()
        if incidents.search_count([("state", "!=", "resolved")], limit=1):
            self.env["helpdesk.escalation.engine"].sudo()._trigger_run()
        return result

    @api.model
    def _has_default_escalation_policy(self):
        return f"default_{POLICY}" in self.env.context or POLICY in self.env[
            "ir.default"
        ]._get_model_defaults(self._name)

    def _date_escalation_policy(self):
        """Keep that the policy was set now, on the clock of the messages (R12)."""
        now = self.env.cr.now().replace(microsecond=0)
        for has_policy, records in self.grouped(lambda r: bool(r[POLICY])).items():
            records[DATE] = now if has_policy else False

    def _get_escalation_ticket_domain(self):
        """Return the domain of the tickets for which a policy set here may count."""
        raise NotImplementedError

    def _find_escalated_tickets(self):
        incidents = self.env["helpdesk.escalation.incident"].search(
            Domain("state", "!=", "resolved")
            & Domain("ticket_id", "any", self._get_escalation_ticket_domain())
        )
        return incidents.ticket_id

    def _hurry_escalations(self):
        """Have the job come at once where tickets are open: a change counts (R1)."""
        is_open = Domain("stage_id.closed", "=", False)
        if self.env["helpdesk.ticket"].search_count(
            self._get_escalation_ticket_domain() & is_open, limit=1
        ):
            self.env["helpdesk.escalation.engine"]._trigger_run()
