"""What a run goes by, and what it has found."""

from collections import namedtuple
from types import SimpleNamespace

Work = namedtuple("Work", ["ticket_ids", "cases", "waits"])
Work.__doc__ = """What a run has found: the tickets that need something (ids, longest
wait first), the open incidents, and the tickets that wait without one."""


class Plan(SimpleNamespace):
    """What a run goes by, and what it knows.

    :ivar datetime now: its one moment, naive UTC
    :ivar policies: the active policies
    :ivar dict working_times: per policy id, what counts its delays (R5)
    :ivar dict cutoffs: per policy id, the moments its delays reach back to; a policy
        outside its working hours has none
    :ivar dict notified: per ticket id, (user id, channel) of whom the run has notified
        already: once a run is enough (R6)
    :ivar dict absences: per user id, since when they are away (naive UTC), None for
        whoever is there
    :ivar dict stories: per ticket id, the lines that the run has to say of it in the
        ticket's chatter, once it is done with it
    :ivar list failed: the ids of the tickets that could not be handled
    :ivar dict known: the cases read last, until the run changes one of them
    :ivar datetime regular_call: when the job comes again anyway (naive UTC)
    :ivar dict coming: per step id, the moment its delay reaches back to at that call:
        what falls due before it is read too; empty where only what is due now counts
    """

    def __init__(self, now, policies=(), working_times=None, cutoffs=None, **more):
        super().__init__(
            now=now,
            policies=policies,
            working_times=working_times or {},
            cutoffs=cutoffs or {},
            notified={},
            absences={},
            stories={},
            failed=[],
            known={},
            regular_call=None,
            coming={},
            **more,
        )

    def tell(self, stories):
        """Have lines said in the tickets' chatter, after those from before.

        :param dict stories: a list of lines per incident
        """
        for incident, lines in stories.items():
            self.stories.setdefault(incident.ticket_id.id, []).extend(lines)
