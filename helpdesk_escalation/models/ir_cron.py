from odoo import SUPERUSER_ID, api, models

# An add-on with a job of its own adds it.
JOBS = [
    "helpdesk_escalation.ir_cron_escalate",
    "helpdesk_escalation.ir_cron_read_messages",
]


class IrCron(models.Model):
    """R13: our jobs run as the system, whatever user somebody has set on them."""

    _inherit = "ir.cron"

    @classmethod
    def _process_job(cls, cron_cr, job):
        """Run a job of ours as the system.

        As anybody else, archived even, all of it would fail, and only the log would
        know. Odoo asks for this method on each database, so that it may be extended.
        """
        env = api.Environment(cron_cr, SUPERUSER_ID, {})
        if job["id"] in env[cls._name]._escalation_jobs()._ids:
            job = {**job, "user_id": SUPERUSER_ID}
        return super()._process_job(cron_cr, job)

    @api.model
    def _escalation_jobs(self):
        """Return our jobs, those that are there."""
        jobs = self.browse()
        for xmlid in JOBS:
            jobs += self.env.ref(xmlid, raise_if_not_found=False) or jobs.browse()
        return jobs
