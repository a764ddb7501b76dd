from collections import namedtuple
from datetime import datetime

from odoo import api, models

from ..tools.plan import Plan

# More moments than six rounds of any sensible policy have.
MAX_MOMENTS = 60

Moment = namedtuple("Moment", ["date", "round", "firings"])
Moment.__doc__ = """What a run at a moment (naive UTC) would do in a round, as of
``_get_firings``."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """The dry run: the engine's own decisions, played through and nothing written."""

    _inherit = "helpdesk.escalation.engine"

    @api.model
    def _preview(self, policy, ticket, anchor, incident=None, earliest=None):
        """Play through what would happen if nobody answered a client (R5, R6, R7).

        Everything is decided by the methods that the run goes by. People are taken as
        they are now: who is away now counts as away.

        :param policy: as superuser
        :param ticket: as superuser; need not exist
        :param datetime anchor: when the client wrote, naive UTC
        :param incident: the ticket's open one, to go on from how far it has come
        :param datetime earliest: what is overdue happens then, naive UTC
        :rtype: list[Moment]
        """
        incidents = self.env["helpdesk.escalation.incident"]
        if incident:
            case = self._read_case(incident)
        else:
            incident = incidents
            case = self._new_case(
                state="active",
                policy_id=policy.id,
                round_date=anchor.replace(microsecond=0),
                skip_until_delay=-1,
                fired_step_ids=[],
                passed_step_ids=[
                    step.id for step in policy.step_ids if not step._would_hold(ticket)
                ],
                repeats=0,
            )
        working_times = policy._get_working_times()
        moments = []
        round_number = incident.round or 1
        told = bool(incident.notified_user_ids)
        is_lost = False
        while case and len(moments) < MAX_MOMENTS and not is_lost:
            plan = self._get_preview_plan(policy, working_times, case, earliest)
            if not plan:
                break
            renewal = self._get_renewal(plan, case)
            if renewal:
                round_number += 1
                case = case._replace(
                    state="active",
                    # A move postpones nobody.
                    round_date=anchor if renewal == "moved" else plan.now,
                    hands=None,
                    confirmer=None,
                    fired_step_ids=[],
                    called_step_ids=None,
                    skip_until_delay=-1,
                    repeats=case.repeats + (renewal == "repeat"),
                )
            firings = []
            steps = self._get_firing_steps(plan, case)
            if steps:
                played = incidents.with_context(escalation_moment=plan.now).new(
                    {
                        "ticket_id": ticket,
                        "policy_id": policy.id,
                        "anchor_date": anchor,
                        "round": round_number,
                    },
                    origin=incident,
                )
                firings = played._get_firings(policy, *steps)
            told = told or any(
                value["state"] == "pending"
                for *_firing, values in firings
                for value in values
            )
            case = case._replace(
                fired_step_ids=case.fired_step_ids + [step.id for step, *_ in firings],
                step_date=plan.now,
                nobody_reached=not told,
                reach=None,
            )
            is_lost = not told
            moments.append(Moment(plan.now, round_number, firings))
        return moments

    def _read_case(self, incident):
        """Read how far an open incident has come; None where nothing may come of it."""
        # Also what was put off after a fault.
        cases = self._read_cases(Plan(datetime.max), incident.ticket_id.ids)
        return next((one for one in cases if one.incident_id == incident.id), None)

    def _get_preview_plan(self, policy, working_times, case, earliest=None):
        """Find the next moment at which a run does something.

        :param datetime earliest: what is overdue is done then, naive UTC
        :return: the plan of that run, None when nothing is left to happen
        :rtype: Plan | None
        """
        coming = self._get_next(policy, policy.step_ids.sorted(), case)
        moment = coming and working_times[policy.id].due(coming.since, coming.delay)
        if moment and earliest:
            moment = max(moment, working_times[policy.id].opens(earliest) or moment)
        if not moment:
            return None
        cutoffs = policy._get_cutoffs(moment, working_times)
        return Plan(moment, policy, working_times, cutoffs)
