from . import helpdesk_ticket, mail_message
