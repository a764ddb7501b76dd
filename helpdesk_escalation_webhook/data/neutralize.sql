-- a copy for testing informs nobody: no addresses, no secrets, nothing under way
UPDATE helpdesk_escalation_webhook
   SET active = false,
       url = 'https://neutralized.invalid/',
       secret = NULL;
UPDATE helpdesk_escalation_webhook_delivery
   SET state = 'cancelled'
 WHERE state = 'pending';
UPDATE helpdesk_escalation_heartbeat
   SET active = false,
       url = 'https://neutralized.invalid/';
DELETE FROM ir_config_parameter
      WHERE key = 'helpdesk_escalation_webhook.private_hosts';
