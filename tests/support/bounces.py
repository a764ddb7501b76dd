"""What mail servers send back."""

POSTFIX = """\
Return-Path: <>
Received: by mx.acme.example (Postfix) id 4TgYk13Qzvz1; {date}
Date: {date}
From: MAILER-DAEMON@mx.acme.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {bounce}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4TgYk13Qzvz1.1700000000/mx.acme.example"
Message-Id: <20261128230000.4TgYk13Qzvz1.{number}@mx.acme.example>

This is a MIME-encapsulated message.

--4TgYk13Qzvz1.1700000000/mx.acme.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.acme.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--4TgYk13Qzvz1.1700000000/mx.acme.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example
X-Postfix-Queue-ID: 4TgYk13Qzvz1
X-Postfix-Sender: rfc822; {bounce}
Arrival-Date: {date}

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.acme.example
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected: User
    unknown in virtual mailbox table

--4TgYk13Qzvz1.1700000000/mx.acme.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{bounce}>
From: "Help" <help@desk.example>
To: <{address}>
Message-Id: {message_id}
Subject: Something

--4TgYk13Qzvz1.1700000000/mx.acme.example--
"""
