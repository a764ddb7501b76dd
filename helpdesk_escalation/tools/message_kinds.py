"""What is to be known of a message before anything is asked of its author."""

import re

# What is decided about a message, by us alone.
JUDGEMENT = ("escalation_party", "escalation_voice")
# Whose message ends a wait: an answer, or that none is needed.
ENDING = ("staff", "waived")
# The voice of an answer of which nobody on the client's side got the mail.
UNDELIVERED = "undelivered"
PEOPLE_WRITE = ("comment", "email")
# What Odoo and its modules post by themselves, whoever is named as the author.
NOBODY_WRITES = ("auto_comment", "email_outgoing", "out_of_office", "user_notification")
# A link to a record that code has put into a text: people can only mention others.
MADE_BY_CODE = re.compile(
    r"""data-oe-model\s*=\s*["']?(?!res\.|discuss\.)[a-z_]+\.""", re.IGNORECASE
)
