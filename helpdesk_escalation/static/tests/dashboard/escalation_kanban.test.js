import {
    MockServer,
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    advanceTime,
    after,
    animationFrame,
    describe,
    expect,
    keyDown,
    keyUp,
    press,
    queryOne,
    test,
} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

// What it takes a page at the most to read anew.
const SOON = 2500;

class Incident extends models.Model {
    _name = "incident";

    name = fields.Char();
    state = fields.Selection({
        selection: [
            ["active", "Active"],
            ["confirmed", "Confirmed"],
        ],
    });

    _records = [
        {id: 1, name: "Printer", state: "active"},
        {id: 2, name: "Toner", state: "active"},
        {id: 3, name: "Router", state: "confirmed"},
    ];

    get_dashboard() {
        return {tiles: [], problems: [], start: {title: "", text: "", buttons: []}};
    }
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Incident]);

/**
 * Opens the dashboard; its readings are steps from then on.
 *
 * @returns {Function} what the server does when something has changed
 */
async function mountKanban() {
    const followers = new Set();
    mockService("bus_service", {
        subscribe(type, callback) {
            if (type === "helpdesk_escalation/changed") {
                followers.add(callback);
            } else {
                super.subscribe(...arguments);
            }
        },
        unsubscribe(type, callback) {
            followers.delete(callback);
            super.unsubscribe(...arguments);
        },
    });
    onRpc("incident", "web_read_group", () => {
        expect.step("cards");
    });
    onRpc("incident", "get_dashboard", ({kwargs}) => {
        expect.step(kwargs.with_health ? "figures" : "figures alone");
    });
    await mountView({
        type: "kanban",
        resModel: "incident",
        groupBy: ["state"],
        arch: `
            <kanban js_class="helpdesk_escalation_kanban">
                <field name="id"/>
                <templates>
                    <t t-name="card">
                        <div t-att-data-incident="record.id.raw_value">
                            <field name="name"/>
                            <button type="object" name="action_confirm">I'm on it</button>
                        </div>
                    </t>
                </templates>
            </kanban>`,
    });
    expect.verifySteps(["figures", "cards"], {ignoreOrder: true});
    return () => followers.forEach((callback) => callback());
}

function hidePage(hidden) {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
    after(() => delete document.hidden);
}

const card = (id) => `.o_kanban_record:has([data-incident="${id}"])`;

describe("follows what happens", () => {
    test("with one reading, however much a run tells", async () => {
        const tell = await mountKanban();
        tell();
        tell();
        await advanceTime(100);
        tell();
        expect.verifySteps([]);
        await advanceTime(SOON);
        expect.verifySteps(["cards", "figures alone"]);
        await advanceTime(SOON);
        expect.verifySteps([]);
        tell();
        await advanceTime(SOON);
        expect.verifySteps(["cards", "figures alone"]);
    });

    test("and looks for what is wrong once a minute at the most", async () => {
        const tell = await mountKanban();
        await advanceTime(60000);
        tell();
        await advanceTime(SOON);
        expect.verifySteps(["cards", "figures"]);
        tell();
        await advanceTime(SOON);
        expect.verifySteps(["cards", "figures alone"]);
    });

    test("once somebody looks again", async () => {
        const tell = await mountKanban();
        hidePage(true);
        tell();
        await advanceTime(SOON);
        expect.verifySteps([]);
        hidePage(false);
        await animationFrame();
        expect.verifySteps(["cards", "figures alone"]);
    });

    test("not when nothing has changed meanwhile", async () => {
        await mountKanban();
        hidePage(true);
        await advanceTime(SOON);
        hidePage(false);
        await animationFrame();
        expect.verifySteps([]);
    });

    test("once nobody is selecting cards any more", async () => {
        const tell = await mountKanban();
        await keyDown("alt");
        await contains(card(1)).click();
        await keyUp("alt");
        tell();
        await advanceTime(SOON);
        expect.verifySteps([]);
        await contains(".o_unselect_all").click();
        expect.verifySteps(["cards", "figures alone"]);
    });
});

describe("the keyboard", () => {
    test("presses a button, rather than open its card", async () => {
        onRpc("incident", "action_confirm", ({args}) => {
            expect.step(`confirm ${args[0]}`);
            return true;
        });
        await mountKanban();
        queryOne(`${card(1)} button`).focus();
        await press("Enter");
        await animationFrame();
        expect.verifySteps(["confirm 1", "cards", "figures"]);
    });

    test("stays with a card that goes to another column", async () => {
        const tell = await mountKanban();
        queryOne(`${card(2)} button`).focus();
        MockServer.env.incident.write([2], {state: "confirmed"});
        tell();
        await advanceTime(SOON);
        expect(`.o_kanban_group:eq(1) ${card(2)}`).toHaveCount(1);
        expect(`${card(2)} button`).toBeFocused();
        expect.verifySteps(["cards", "figures alone"]);
    });

    test("is left where it is, elsewhere on the page", async () => {
        const tell = await mountKanban();
        queryOne(`${card(2)} button`).focus();
        queryOne(".o_searchview_input").focus();
        tell();
        await advanceTime(SOON);
        expect(".o_searchview_input").toBeFocused();
        expect.verifySteps(["cards", "figures alone"]);
    });
});

test("keys press the buttons of the card that has the focus, and of no other", async () => {
    onRpc("incident", "action_confirm", ({args}) => {
        expect.step(`confirm ${args[0]}`);
        return true;
    });
    await mountKanban();
    await press(["alt", "y"]);
    await animationFrame();
    expect.verifySteps([]);
    queryOne(card(2)).focus();
    await animationFrame();
    expect("[data-hotkey=y]").toHaveCount(1);
    await press(["alt", "y"]);
    await animationFrame();
    expect.verifySteps(["confirm 2", "cards", "figures"]);
});
