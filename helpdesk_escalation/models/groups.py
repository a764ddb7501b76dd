"""The host's groups that our models ask for."""

# Every helpdesk user, whatever tickets they see.
STAFF_GROUP = "helpdesk_mgmt.group_helpdesk_user_own"
MANAGER_GROUP = "helpdesk_mgmt.group_helpdesk_manager"
