import {advanceTime, describe, expect, mockDate, test} from "@odoo/hoot";
import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Wait extends models.Model {
    _name = "wait";

    urgency = fields.Integer();
    urgency_date = fields.Datetime();

    _records = [
        {id: 1, urgency: 40, urgency_date: "2026-03-10 11:00:00"},
        {id: 2, urgency: 100, urgency_date: "2026-03-10 09:00:00"},
    ];
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Wait]);

test("the ring fills evenly until the last step, and is never more than full", async () => {
    mockDate("2026-03-10 10:00:00", 0);
    await mountView({
        type: "kanban",
        resModel: "wait",
        arch: `
            <kanban>
                <templates>
                    <t t-name="card">
                        <field name="urgency" widget="escalation_urgency"/>
                    </t>
                </templates>
            </kanban>`,
    });
    const ring = ".o_kanban_record:first .o_escalation_urgency";
    expect(ring).toHaveText("40 %");
    expect(`${ring} .o_escalation_ring`).toHaveClass("text-info");
    await advanceTime(30 * 60 * 1000);
    expect(ring).toHaveText("70 %");
    expect(`${ring} .o_escalation_ring`).toHaveClass("text-warning");
    expect(ring).toHaveAttribute(
        "aria-label",
        "70 % of the time until the last step has passed"
    );
    await advanceTime(60 * 60 * 1000);
    expect(ring).toHaveText("100 %");
    expect(".o_kanban_record:eq(1) .o_escalation_urgency").toHaveText("100 %");
});
