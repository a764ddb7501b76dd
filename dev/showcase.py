"""For ``odoo shell``: let the engine run once over the demo data."""

# ruff: noqa: F821 (env is the shell's)
env["helpdesk.escalation.engine"]._cron_escalate()
env.cr.commit()
