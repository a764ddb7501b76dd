"""An SMS as people get it: a real server, its jobs, and a real provider on loopback."""

import re
import time

import requests
from lxml import html

from ..support.server import keep_jobs_out, query
from ..support.sms_server import SmsServer

ENGINE_JOB = "helpdesk_escalation.ir_cron_escalate"
SMS_JOB = "sms.ir_cron_sms_scheduler_action"
NUMBER = "+32470111111"


def new_case(server):
    """Let a client wait for an hour, with a step that notifies the leader by SMS."""

    def create(model, **values):
        (record_id,) = server.call(
            model, "create", [values], context={"no_reset_password": True}
        )
        return record_id

    ((group,),) = query(
        server.database,
        "SELECT res_id FROM ir_model_data WHERE module = 'helpdesk_mgmt' "
        "AND name = 'group_helpdesk_user'",
    )
    leader = create(
        "res.users",
        name="Lea",
        login="lea",
        email="lea@helpdesk.example",
        phone=NUMBER,
        group_ids=[[6, 0, [group]]],
    )
    step = {"delay": 10, "recipient": "team_leader", "channel": "sms"}
    policy = create(
        "helpdesk.escalation.policy",
        name="SMS",
        start_date="2020-01-01 00:00:00",
        step_ids=[[0, 0, step]],
    )
    team = create(
        "helpdesk.ticket.team",
        name="Support",
        user_id=leader,
        escalation_policy_id=policy,
        escalation_policy_date="2020-01-01 00:00:00",
    )
    client = create("res.partner", name="Carla", email="carla@acme.example")
    create(
        "helpdesk.ticket",
        name="Printer on fire",
        description="<p>Please help</p>",
        team_id=team,
        partner_id=client,
    )
    for table in ("helpdesk_ticket", "mail_message"):
        query(
            server.database,
            f"UPDATE {table} SET create_date = create_date - interval '1 hour'",
        )


def wait_for(found, timeout=60):
    deadline = time.monotonic() + timeout
    while not found():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found()


def test_a_text_goes_out_and_its_link_confirms(database, odoo_server):
    keep_jobs_out(database, ENGINE_JOB, SMS_JOB)
    with SmsServer() as sms:
        server = odoo_server(database)
        for key, value in (
            ("sms.endpoint", sms.url),
            ("web.base.url", server.url),
            ("web.base.url.freeze", "True"),
        ):
            server.call("ir.config_parameter", "set_param", key, value)
        new_case(server)
        server.run_cron(ENGINE_JOB)
        ((number, text),) = wait_for(lambda: list(sms.texts))
    assert number == NUMBER
    (link,) = re.findall(rf"{server.url}\S+", text)
    browser = requests.Session()
    page = browser.get(link, timeout=30)
    (token,) = html.fromstring(page.content).xpath("//input[@name='csrf_token']/@value")
    assert "you are on it" in browser.post(link, {"csrf_token": token}, timeout=30).text
    assert query(
        database,
        "SELECT state, confirmed_via FROM helpdesk_escalation_incident",
    ) == [("confirmed", "sms")]
    server.run_cron(ENGINE_JOB)
    assert query(database, "SELECT state FROM helpdesk_escalation_notification") == [
        ("sent",)
    ]
    assert "Traceback" not in server.log_text()
