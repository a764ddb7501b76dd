from odoo import models
from odoo.tools import SQL


class HelpdeskEscalationClock(models.Model):
    """R1 and R3, what policies may ask for: conditions, and stages that pause.

    What nobody uses costs the clock nothing: it is left out of the statement.
    """

    _inherit = "helpdesk.escalation.clock"
    _depends = {
        "mail.message": ["create_date", "model", "res_id"],
        "mail.tracking.value": [
            "field_id",
            "mail_message_id",
            "new_value_integer",
            "old_value_integer",
        ],
    }

    def _sql_holds(self, policy_id):
        """R1: whether a policy's condition holds for the row called ``ticket``.

        :param SQL policy_id: the column with the policy's id
        """
        policy = self.env["helpdesk.escalation.policy"]
        conditions = policy._get_conditions()
        if not conditions:
            return SQL("TRUE")
        return SQL(
            "CASE %s %s ELSE TRUE END",
            policy_id,
            SQL(" ").join(
                SQL(
                    "WHEN %s THEN %s",
                    a_policy_id,
                    policy._sql_condition(condition, SQL("ticket.id")),
                )
                for a_policy_id, condition in conditions
            ),
        )

    def _sql_first_that_holds(self, chosen, holds):
        """R1: of the policies in a row, nearest first, the first whose condition holds.

        :param SQL chosen: the row's name
        :param holds: as for ``_sql_policy_joins``
        """
        if not self.env["helpdesk.escalation.policy"]._get_conditions():
            return SQL(
                "SELECT %(chosen)s.policy_ids[1] AS policy_id, "
                "%(chosen)s.holder_ids[1] AS holder_id",
                chosen=chosen,
            )
        return SQL(
            """
            SELECT link.policy_id, link.holder_id
              FROM unnest(%(chosen)s.policy_ids, %(chosen)s.holder_ids)
                   WITH ORDINALITY AS link (policy_id, holder_id, place)
             WHERE %(holds)s
          ORDER BY link.place
             LIMIT 1
            """,
            chosen=chosen,
            holds=holds(SQL("link.policy_id")),
        )

    def _sql_paused(self):
        """R3: the last time the ticket entered a stage that pauses its policy.

        Odoo's own tracking tells, to the message. A ticket that was created in such a
        stage has entered it then. A move that was not tracked is not known, and the
        client goes on waiting. Opened by an employee's automatic mail, a ticket begins
        as if it paused: nobody waits before somebody writes (R2).
        """
        opened = SQL(
            "SELECT ticket.create_date AS date, 0 AS message_id "
            "WHERE ticket.escalation_auto_opened"
        )
        if not self.env["helpdesk.escalation.policy"]._get_pausing_ids():
            return opened
        stage_field = self.env["ir.model.fields"]._get("helpdesk.ticket", "stage_id")
        return SQL(
            """
            WITH change AS (
                SELECT message.create_date AS date, message.id AS message_id,
                       value.id, value.old_value_integer, value.new_value_integer
                  FROM mail_message message
                  JOIN mail_tracking_value value ON value.mail_message_id = message.id
                 WHERE message.model = 'helpdesk.ticket'
                   AND message.res_id = ticket.id
                   AND value.field_id = %(stage_field)s
            )
            SELECT entered.date, entered.message_id
              FROM (
                SELECT ticket.create_date AS date, 0 AS message_id,
                       COALESCE((SELECT change.old_value_integer FROM change
                                  ORDER BY change.id LIMIT 1),
                                ticket.stage_id) AS stage_id
             UNION ALL
                SELECT change.date, change.message_id, change.new_value_integer
                  FROM change
                ) entered
              JOIN helpdesk_escalation_policy_pause_stage_rel pausing
                ON pausing.stage_id = entered.stage_id
               AND pausing.policy_id = policy.id
         UNION ALL
            %(opened)s
          ORDER BY message_id DESC
             LIMIT 1
            """,
            opened=opened,
            stage_field=stage_field.id,
        )
