from odoo import api, models


class HelpdeskEscalationCached(models.AbstractModel):
    """What is kept in memory about records, and forgotten when they change.

    The run asks at every turn whether anybody uses conditions, pauses and the
    like; nearly always nobody does. Methods with ``@ormcache`` answer that, and each
    class names in ``_cache_fields`` what their answers depend on.
    """

    _name = "helpdesk.escalation.cached"
    _description = "Forgets What Was Kept When It Changes"

    # Added up over all classes of a model.
    _cache_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records._is_cached():
            self._forget()
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self._get_cache_fields().isdisjoint(vals):
            self._forget()
        return result

    def unlink(self):
        was_cached = self._is_cached()
        result = super().unlink()
        if was_cached:
            self._forget()
        return result

    def _get_cache_fields(self):
        """Return the fields that all classes of the model have declared.

        :rtype: set[str]
        """
        return set().union(
            *(vars(base).get("_cache_fields", ()) for base in type(self).mro())
        )

    def _is_cached(self):
        """Whether any of the records has a say in what is kept."""
        # Sudo: whatever the user may read of it.
        names = self._get_cache_fields()
        return any(record[name] for record in self.sudo() for name in names)

    @api.model
    def _forget(self):
        """Forget what was kept; after the change, so that nothing old comes back."""
        self.env.registry.clear_cache()
