"""Mail comes in as a mail server hands it in: raw text at the gateway's door."""

from email.message import EmailMessage
from email.utils import make_msgid


class IncomingMail:
    """Beside ``EscalationCommon``: the team has an address, and mail comes in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.alias_name = "support"
        cls.address = f"support@{cls.alias_domain}"

    @classmethod
    def _raw(cls, sender, subject="Re: printer", body="Still on fire.", **headers):
        """Write a mail; headers are given as ``Auto_Submitted="no"``."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = headers.pop("To", None) or cls.address
        mail["Subject"] = subject
        mail["Message-Id"] = make_msgid(domain="acme.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        return mail.as_string()

    @classmethod
    def _receive(cls, raw):
        """Hand a mail in; return the message that came of it, as superuser."""
        last = cls.env["mail.message"].search([], order="id desc", limit=1)
        cls.env["mail.thread"].sudo().message_process(None, raw)
        return cls.env["mail.message"].search(
            [("id", ">", last.id), ("message_type", "=", "email")]
        )

    @classmethod
    def _reply(cls, parent, sender=None, **headers):
        """Let somebody, the client by default, reply to a message by mail."""
        return cls._receive(
            cls._raw(
                sender or cls.client.email_formatted,
                References=parent.message_id,
                **headers,
            )
        )
