"""What the tests of duty share: a rota, people in it, and who is on duty when."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command

from odoo.addons.helpdesk_escalation_on_call.tools import duty

from .common import TEAM, EscalationCommon

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
# All models and public methods, whose tables are in test_on_call_access.py.
ON_CALL_MODELS = {
    "helpdesk.escalation.rota",
    "helpdesk.escalation.rota.arrange",
    "helpdesk.escalation.rota.change",
    "helpdesk.escalation.rota.feed",
    "helpdesk.escalation.rota.layer",
    "helpdesk.escalation.rota.log",
    "helpdesk.escalation.rota.shift",
    "helpdesk.escalation.rota.span",
    "helpdesk.escalation.rota.subscribe",
    "helpdesk.escalation.rota.turn",
    "helpdesk.escalation.team.turn",
}
ON_CALL_METHODS = {
    ("helpdesk.escalation.rota", "action_view_shifts"),
    ("helpdesk.escalation.rota.arrange", "action_apply"),
    ("helpdesk.escalation.rota.change", "action_accept"),
    ("helpdesk.escalation.rota.change", "action_cancel"),
    ("helpdesk.escalation.rota.layer", "action_import"),
    ("helpdesk.escalation.rota.shift", "action_change"),
    ("helpdesk.escalation.rota.shift", "action_give"),
    ("helpdesk.escalation.rota.shift", "action_move"),
    ("helpdesk.escalation.rota.shift", "action_swap"),
    ("helpdesk.escalation.rota.shift", "action_take"),
    ("helpdesk.escalation.rota.subscribe", "action_create_feed"),
}


class OnCallCommon(EscalationCommon):
    """Anna, Ben and Cleo are on duty a day each, from midnight on in UTC.

    It began some days before ``t0``, as minute 0 is now; at ``t0`` it is Anna's turn.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna, cls.ben, cls.cleo = (
            cls._new_user(f"esc_{name.lower()}", TEAM, name=name)
            for name in ("Anna", "Ben", "Cleo")
        )
        cls.team.user_ids += cls.anna + cls.ben + cls.cleo
        cls.start = cls.t0.replace(hour=0, minute=0, second=0) - 6 * DAY
        with freeze_time(cls.start):
            cls.rota = cls._new_rota("First line", cls.anna, cls.ben, cls.cleo)
        cls.layer = cls.rota.layer_ids

    @classmethod
    def _new_rota(cls, name, *users, **values):
        """Make a rota: users, or None for a pause, a day each from today on."""
        layer = {
            "unit": "days",
            "handover": 0,
            "anchor_date": datetime.now().date(),
            "turn_ids": [
                Command.create({"sequence": n, "user_id": user.id if user else False})
                for n, user in enumerate(users)
            ],
        }
        layer.update(values.pop("layer", {}))
        return cls.env["helpdesk.escalation.rota"].create(
            {
                "name": name,
                "tz": "UTC",
                "team_ids": [Command.set(cls.team.ids)],
                "layer_ids": [Command.create(layer)],
                **values,
            }
        )

    @classmethod
    def _set_people(cls, layer, *users):
        """Edit the order, as the form does."""
        layer.write(
            {
                "turn_ids": [
                    Command.clear(),
                    *(
                        Command.create({"sequence": n, "user_id": user.id})
                        for n, user in enumerate(users)
                    ),
                ]
            }
        )

    @classmethod
    def _on_duty(cls, rota, moment):
        """Who is on duty at a moment, as the rule says it now."""
        cls.env.invalidate_all()
        rule = rota._read_duty(moment)[rota.id]
        return cls.env["res.users"].browse(duty.get_piece(rule, moment).user or ())

    @classmethod
    def _week(cls, rota, begin, days=7):
        """Who is on duty at noon of some days."""
        return [
            cls._on_duty(rota, begin + n * DAY + 12 * HOUR).name or "–"
            for n in range(days)
        ]

    def _arrange(self, user, kind, start, stop, replaced=None, **values):
        """Let somebody fill in the dialog of a shift, and press its button."""
        dialog = (
            self.env["helpdesk.escalation.rota.arrange"]
            .with_user(user)
            .create(
                {
                    "kind": kind,
                    "rota_id": (values.pop("rota", None) or self.rota).id,
                    "start": start,
                    "stop": stop,
                    "replaced_id": replaced.id if replaced else False,
                    **values,
                }
            )
        )
        return dialog.action_apply()

    def _changes(self):
        return self.env["helpdesk.escalation.rota.change"].search([], order="id")
