"""A language model beside analysis: whether people accept what it proposes."""

from ..support.health import HealthCommon
from ..support.model_server import ModelCommon


class TestProposalsAreJudged(ModelCommon, HealthCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["helpdesk.escalation.cause.report"]

    def _propose(self, kind, value):
        return self.env["helpdesk.escalation.ai.proposal"].create(
            {
                "ticket_id": self._new_ticket(0).id,
                "kind": kind,
                "value": value,
                "value_text": value,
            }
        )

    def _get_figures(self):
        self.env.flush_all()
        groups = self.report.with_user(self.manager)._read_group(
            [("kind", "=like", "proposal_%")],
            ["kind"],
            ["__count", "is_right:avg", "is_wrong:avg"],
        )
        return {kind: rest for kind, *rest in groups}

    def test_accepted_is_right_refused_is_wrong_and_nothing_said_counts_for_neither(
        self,
    ):
        accepted, refused, open_one = (self._propose("priority", "3") for _n in "123")
        accepted.with_user(self.agent).action_accept()
        refused.with_user(self.agent).action_refuse()
        self.assertEqual(open_one.state, "proposed")
        self.assertEqual(self._get_figures(), {"proposal_priority": [3, 0.5, 0.5]})

    def test_each_kind_has_a_name_of_its_own(self):
        names = dict(self.report._selection_kind())
        kinds = self.env["helpdesk.escalation.ai.proposal"]._fields["kind"]
        for kind in kinds.get_values(self.env):
            self.assertIn(f"proposal_{kind}", names)
        self.assertEqual(len(set(names.values())), len(names))

    def test_what_is_mostly_refused_is_named_to_managers(self):
        for _number in range(10):
            self._propose("tone", "angry").with_user(self.agent).action_refuse()
        self.env.flush_all()
        self.assertIn(
            "Model's proposal: Tone (10 of 10)", self._problems()["crying_wolf"]["text"]
        )
        self.assertNotIn("crying_wolf", self._problems(self.agent))
