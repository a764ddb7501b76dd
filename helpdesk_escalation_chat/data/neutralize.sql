-- a copy made for testing posts nowhere, and holds no address
UPDATE helpdesk_escalation_chat_room
   SET secret = NULL, service = NULL;
UPDATE res_users
   SET escalation_chat_secret = NULL, escalation_chat_service = NULL
 WHERE escalation_chat_secret IS NOT NULL;
