from collections import namedtuple

from odoo import models

from ..tools.rows import row_type

Next = namedtuple("Next", ["step", "since", "delay"])
Next.__doc__ = """What comes next on an incident: a step, None when the steps start
again; since when it is waited for (naive UTC), and how many minutes."""


class HelpdeskEscalationEngine(models.AbstractModel):
    """What follows from what was read: nothing here reads or writes.

    The dry run decides by the same methods.
    """

    _inherit = "helpdesk.escalation.engine"

    def _new_case(self, **values):
        """Make a case by hand: what is not given is None."""
        return row_type("Case", tuple(self._sql_case_fields()))(**values)

    def _get_firing_steps(self, plan, case):
        """Say which steps fire now, and which come after them (R6).

        Fired steps never fire again in their round. A step that reached nobody does
        not wait: the next one fires at once, and after the last one the fallback.

        :return: steps that fire, steps left; None when nothing is to be done
        :rtype: tuple[list, list] | None
        """
        if case.state != "active" or case.policy_id not in plan.cutoffs:
            return None
        moments = dict(plan.cutoffs[case.policy_id].steps)
        left = self._get_left_steps(moments, case)
        called = case.called_step_ids or ()
        due = [
            step
            for step in left
            if case.round_date <= moments[step] or step.id in called
        ]
        later = [step for step in left if step.delay >= due[-1].delay] if due else left
        later = [step for step in later if step not in due]
        has_fired = case.step_date and case.step_date >= case.round_date
        if self._is_nobody_left(case, left) and has_fired and not due:
            return later[:1], later[1:]
        return (due, later) if due else None

    def _is_nobody_left(self, case, left):
        """Say whether nobody who was notified can act: it passes on then (R7).

        Whoever is on leave counts as there while steps are left, which come in time.
        """
        return (
            case.nobody_reached
            or case.reach == "gone"
            or (case.reach == "away" and not left)
        )

    def _get_left_steps(self, steps, case):
        """Return those of the policy's steps that have not fired in this round (R6)."""
        return [
            step
            for step in steps
            if step.id not in case.fired_step_ids
            and step.id not in (case.passed_step_ids or ())
            and step.delay > case.skip_until_delay
        ]

    def _get_renewal(self, plan, case):
        """Say why an incident starts again, if it does: a new round of the steps (R6).

        Another team has the ticket, whoever is on it cannot act any more (R10), a
        confirmation expires, the client writes again, or nobody took the ticket after
        the last step. Like all that is sent, within working hours only (R5).

        :return: "moved", "unable", "expired", "client", "repeat" or None
        """
        if case.resolution or not self._is_at_work(plan, case):
            return None
        if case.hands == "moved":
            return "moved"
        if case.confirmer:
            return "unable"
        cutoffs = plan.cutoffs.get(case.policy_id)
        if not cutoffs:
            return None
        policy = plan.policies.browse(case.policy_id)
        if case.state == "confirmed":
            if case.on_it_until:
                expired = case.on_it_until <= plan.now
            else:
                expired = cutoffs.expiry and case.confirmed_date <= cutoffs.expiry
            if expired:
                return "expired"
            if (
                policy.reopen_on_client
                and case.client_date
                and case.client_date > case.confirmed_date
            ):
                return "client"
        elif (
            case.repeats < policy.repeat_count
            and case.step_date
            and case.step_date <= cutoffs.repeat
            and not case.nobody_reached
            and not case.reach
            and not self._get_left_steps(dict(cutoffs.steps), case)
        ):
            return "repeat"
        return None

    def _is_at_work(self, plan, case):
        """Say whether anything may be sent now: always where no policy counts (R5)."""
        return not case.policy_id or case.policy_id in plan.cutoffs

    def _get_next(self, policy, steps, case):
        """Say what comes next on an incident if nobody does anything (R6).

        The one truth for the schedule of the run, the dry run and all screens. What it
        waits for is over at the moment at which ``_get_firing_steps`` or
        ``_get_renewal`` see to it.

        :param policy: the one that counts for the case
        :param steps: all steps of the policy, in order
        :return: None when nothing comes
        :rtype: Next | None
        """
        if case.resolution or not policy:
            return None
        if case.hands == "moved" or case.confirmer:
            return Next(None, case.confirmed_date or case.round_date, 0)
        if case.state == "confirmed":
            if (
                policy.reopen_on_client
                and case.client_date
                and case.client_date > case.confirmed_date
            ):
                return Next(None, case.client_date, 0)
            if case.on_it_until:
                return Next(None, case.on_it_until, 0)
            if policy.confirm_expiry:
                return Next(None, case.confirmed_date, policy.confirm_expiry)
            return None
        left = self._get_left_steps(steps, case)
        for step in left:
            if step.id in (case.called_step_ids or ()):
                return Next(step, case.round_date, 0)
        has_fired = case.step_date and case.step_date >= case.round_date
        if left and has_fired and self._is_nobody_left(case, left):
            # A step that reached nobody does not wait.
            return Next(left[0], case.step_date, 0)
        if left:
            return Next(left[0], case.round_date, left[0].delay)
        if (
            case.repeats < policy.repeat_count
            and case.step_date
            and not case.nobody_reached
            and not case.reach
        ):
            return Next(None, case.step_date, policy.repeat_delay)
        return None
