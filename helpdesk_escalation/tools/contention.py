"""Telling a fault from somebody who was quicker."""

from psycopg2 import errors

# Somebody else changed the same rows: nothing is wrong, so it is tried again at once.
CONTENTION_TRIES = 3
CONTENTION = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
)


def is_contention(error):
    """Whether another transaction just did, or is doing, the same work."""
    return isinstance(error, CONTENTION) or (
        isinstance(error, errors.UniqueViolation)
        and (error.diag.table_name or "").startswith("helpdesk_escalation_")
    )
