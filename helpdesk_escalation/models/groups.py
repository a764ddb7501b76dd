"""Groups that our models ask for: the host's groups of users, and of our fields."""

# Every employee: of what is shown to them they see what they were notified of.
READER_GROUP = "base.group_user"
# Every helpdesk user, whatever tickets they see.
STAFF_GROUP = "helpdesk_mgmt.group_helpdesk_user_own"
MANAGER_GROUP = "helpdesk_mgmt.group_helpdesk_manager"
# Who reads all of it and changes nothing.
AUDITOR_GROUP = "helpdesk_escalation.group_helpdesk_escalation_auditor"
# Of fields that are shown to both.
VIEWER_GROUPS = f"{STAFF_GROUP},{AUDITOR_GROUP}"

# Our columns of what is not ours are read together when one of them is asked for, and
# not by everybody who reads anything of such a record. (Those that are tracked Odoo
# reads at every change: they stay with the rest.)
PREFETCH_GROUP = "escalation"
