"""What triggers look at, and what they find."""

from collections import namedtuple

Candidate = namedtuple(
    "Candidate",
    [
        "ticket_id",
        "policy_id",
        "waiting_since",
        "waiting_message_id",
        "anchor_date",
        "anchor_message_id",
        "incident_id",
    ],
)
Candidate.__doc__ = """A ticket whose client waits and which triggers may raise; the
message that the wait began with (0: the ticket itself); its open incident, None without
one."""

TriggerHit = namedtuple(
    "TriggerHit", ["ticket_id", "kind", "trigger", "message_id", "detail"]
)
TriggerHit.__doc__ = """A cause that was found: on which ticket, by which trigger (empty
for a request), in which message (0: the ticket itself), and what."""
