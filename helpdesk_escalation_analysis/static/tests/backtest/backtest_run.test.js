import {Deferred, animationFrame, describe, expect, test} from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Trial extends models.Model {
    _name = "trial";

    name = fields.Char();
    result = fields.Char();

    _records = [{id: 1, name: "Standard", result: "Not tried yet"}];
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Trial]);

function mountTrial() {
    return mountView({
        type: "form",
        resModel: "trial",
        resId: 1,
        arch: `
            <form>
                <field name="name" required="1"/>
                <widget name="escalation_backtest_run"/>
                <field name="result" readonly="1"/>
            </form>`,
    });
}

test("goes part by part, shows how far it is, and then what came of it", async () => {
    const parts = [new Deferred(), new Deferred()];
    onRpc("trial", "web_save", () => {
        expect.step("save");
    });
    onRpc("trial", "run_part", async function ({args}) {
        const [ids, part] = args;
        expect.step(`part ${part} of ${ids}`);
        await parts[part];
        this.env.trial.write(ids, {result: "12 incidents"});
        return parts.length;
    });
    await mountTrial();
    await contains("[name=name] input").edit("Gold");
    await contains("button:contains(Try it)").click();
    expect("button:contains(Try it)").not.toBeEnabled();
    expect("[role=progressbar]").toHaveText("0 %");
    expect.verifySteps(["save", "part 0 of 1"]);

    parts[0].resolve();
    await animationFrame();
    expect("[role=progressbar]").toHaveText("50 %");
    expect("[role=progressbar]").toHaveAttribute("aria-valuenow", "50");
    expect.verifySteps(["part 1 of 1"]);

    parts[1].resolve();
    await animationFrame();
    expect("[role=progressbar]").toHaveCount(0);
    expect("button:contains(Try it)").toBeEnabled();
    expect("[name=result]").toHaveText("12 incidents");
});

test("does not begin with what cannot be saved", async () => {
    onRpc("trial", "run_part", () => {
        expect.step("part");
    });
    await mountTrial();
    await contains("[name=name] input").edit("");
    await contains("button:contains(Try it)").click();
    expect("[role=progressbar]").toHaveCount(0);
    expect.verifySteps([]);
});

test("can be tried again after it failed", async () => {
    expect.errors(1);
    onRpc("trial", "run_part", () => {
        throw makeServerError({message: "The database is busy."});
    });
    await mountTrial();
    await contains("button:contains(Try it)").click();
    await animationFrame();
    expect.verifyErrors(["The database is busy."]);
    expect("button:contains(Try it)").toBeEnabled();
    expect("[role=progressbar]").toHaveCount(0);
});
