"""What is to be known of a message before anything is asked of its author."""

import re

# What is decided about a message, by us alone.
JUDGEMENT = ("escalation_party", "escalation_voice")
# Whose message ends a wait: an answer, or that none is needed.
ENDING = ("staff", "waived")
# The voice of an answer of which nobody on the client's side got the mail.
UNDELIVERED = "undelivered"
# The voice of one of us who spoke to some only: whatever is edited later, it is an
# answer only where the client is among those whom it is known to have gone to.
ASIDE = "aside"
# The voices of ours by which it depends on the ticket's contact whose a message is.
OF_OURS = ("inside", ASIDE, "silent", UNDELIVERED)
PEOPLE_WRITE = ("comment", "email")
# What Odoo and its modules post by themselves, whoever is named as the author.
NOBODY_WRITES = ("auto_comment", "email_outgoing", "out_of_office", "user_notification")
# A link to a record that code has put into a text: people can only mention others.
MADE_BY_CODE = re.compile(
    r"""data-oe-model\s*=\s*["']?(?!res\.|discuss\.)[a-z_]+\.""", re.IGNORECASE
)
