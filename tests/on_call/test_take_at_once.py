"""Two people take the same shift at the same moment, on two connections."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user

ROTA = "helpdesk.escalation.rota"
TIMEOUT = 60


def test_one_wins_and_the_other_gets_a_kind_sentence(registry):
    tomorrow = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow += timedelta(days=1)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        anna, ben, cleo = (
            new_test_user(env, name, "helpdesk_mgmt.group_helpdesk_user", name=name)
            for name in ("anna", "ben", "cleo")
        )
        rota = env[ROTA].create(
            {
                "name": "First line",
                "tz": "UTC",
                "layer_ids": [
                    Command.create(
                        {
                            "unit": "days",
                            "handover": 0,
                            "anchor_date": tomorrow.date(),
                            "turn_ids": [
                                Command.create({"sequence": n, "user_id": user.id})
                                for n, user in enumerate((anna, ben, cleo))
                            ],
                        }
                    )
                ],
            }
        )
        rota_id, anna_id, takers = rota.id, anna.id, (ben.id, cleo.id)
    model = registry["helpdesk.escalation.rota.arrange"]
    original = model.action_apply
    barrier = threading.Barrier(2)
    met = threading.local()

    def apply(self):
        if not getattr(met, "once", False):
            met.once = True
            # Both have begun, and neither has seen what the other does.
            self.env.cr.execute("SELECT 1")
            barrier.wait(TIMEOUT)
        return original(self)

    def take(user_id):
        with registry.cursor() as cr:
            env = api.Environment(cr, user_id, {})

            def press():
                dialog = env["helpdesk.escalation.rota.arrange"].create(
                    {
                        "kind": "take",
                        "rota_id": rota_id,
                        "replaced_id": anna_id,
                        "start": tomorrow,
                        "stop": tomorrow + timedelta(days=1),
                    }
                )
                return dialog.action_apply()

            try:
                retrying(press, env)
            except UserError as error:
                cr.rollback()
                return str(error)
            return user_id

    with patch.object(model, "action_apply", apply), ThreadPoolExecutor() as pool:
        results = list(pool.map(take, takers))
    (winner,) = [one for one in results if isinstance(one, int)]
    (sentence,) = [one for one in results if isinstance(one, str)]
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        name = env["res.users"].browse(winner).name
        assert sentence.startswith(f"{name} is on duty then by now, not anna")
        (change,) = env["helpdesk.escalation.rota.change"].search([])
        assert change.user_id.id == winner
        moment = tomorrow + timedelta(hours=1)
        (now, _then) = env[ROTA].browse(rota_id)._read_duty_orders(moment).popitem()[1]
        assert now.id == winner
