"""What the tests of what a condition may look at share."""

from odoo.exceptions import ValidationError

from .common import EscalationCommon


class ScopeCommon(EscalationCommon):
    def _save(self, condition, user=None):
        """A manager writes a condition on tickets into the form."""
        self.policy.with_user(user or self.manager).condition = condition

    def _assert_refused(self, condition, words, user=None):
        with (
            self.subTest(condition),
            self.assertRaisesRegex(ValidationError, words),
            self.env.cr.savepoint(),
        ):
            self._save(condition, user)

    def _break(self, record, name, text):
        """What an older version or an upgrade may leave behind."""
        self.env.flush_all()
        self.env.cr.execute(
            f'UPDATE "{record._table}" SET "{name}" = %s WHERE id = %s',
            [text, record.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
