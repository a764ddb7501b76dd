import {Deferred, animationFrame, describe, expect, test} from "@odoo/hoot";
import {
    EscalationDashboard,
    EscalationStart,
} from "@helpdesk_escalation/dashboard/escalation_dashboard.esm";
import {
    contains,
    mockService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const TILES = [
    {name: "active", label: "Active", value: 3, tone: "danger", action: "list_active"},
    {name: "confirmed", label: "Confirmed", value: 0, tone: "danger"},
    {name: "opened", label: "Opened", value: 7, trend: [0, 2, 4]},
];

describe.current.tags("desktop");
defineMailModels();

function mountBand(Component, dashboard) {
    mockService("action", {doAction: (action) => expect.step(action)});
    return mountWithCleanup(Component, {
        componentEnv: {
            escalationDashboard: {tiles: [], problems: [], ...dashboard},
            escalationReload: () => expect.step("read anew"),
        },
    });
}

describe("figures", () => {
    test("lead to what they count", async () => {
        await mountBand(EscalationDashboard, {tiles: TILES});
        expect(".o_escalation_tile").toHaveCount(3);
        expect("[name=active] .o_escalation_figure").toHaveText("3");
        await contains("[name=active]").click();
        expect.verifySteps(["list_active"]);
    });

    test("have a tone only where there is something to see", async () => {
        await mountBand(EscalationDashboard, {tiles: TILES});
        expect("[name=active] .o_escalation_figure").toHaveClass("text-danger");
        expect("[name=confirmed] .o_escalation_figure").not.toHaveClass("text-danger");
        expect("[name=opened] .o_escalation_figure").toHaveText("7");
    });

    test("draw their days from left to right, the highest at the top", async () => {
        const dashboard = await mountBand(EscalationDashboard, {tiles: TILES});
        expect("polyline").toHaveCount(1);
        expect("[name=opened] polyline").toHaveAttribute(
            "points",
            "0.0,19.0 50.0,10.0 100.0,1.0"
        );
        expect(dashboard.trendOf({trend: [0, 0]})).toBe("0.0,19.0 100.0,19.0");
    });
});

describe("problems", () => {
    const problem = {
        name: "job_off",
        level: "warning",
        text: "The scheduler's job is off.",
        button: {label: "Switch On", method: "action_switch_on"},
    };

    test("are not there when all is well", async () => {
        await mountBand(EscalationDashboard, {});
        expect(".o_escalation_problems").toHaveCount(0);
    });

    test("are mended by one click, which counts once", async () => {
        const mended = new Deferred();
        onRpc("helpdesk.escalation.health", "action_switch_on", async () => {
            expect.step("mended");
            await mended;
            return true;
        });
        await mountBand(EscalationDashboard, {problems: [problem]});
        expect("[data-name=job_off]").toHaveText(/The scheduler's job is off/);
        await contains("[data-name=job_off] button").click();
        expect("[data-name=job_off] button").not.toBeEnabled();
        expect.verifySteps(["mended"]);
        mended.resolve();
        await animationFrame();
        expect.verifySteps(["read anew"]);
        expect("[data-name=job_off] button").toBeEnabled();
    });

    test("are asked about first where people would hear of it", async () => {
        onRpc("helpdesk.escalation.health", "action_switch_on", () => {
            expect.step("mended");
            return true;
        });
        const button = {...problem.button, confirm: "Two people get a mail."};
        await mountBand(EscalationDashboard, {problems: [{...problem, button}]});

        await contains("[data-name=job_off] button").click();
        expect(".modal-body").toHaveText("Two people get a mail.");
        await contains(".modal-footer .btn-secondary").click();
        expect(".modal").toHaveCount(0);
        expect.verifySteps([]);

        await contains("[data-name=job_off] button").click();
        await contains(".modal-footer .btn-primary").click();
        expect.verifySteps(["mended", "read anew"]);
    });

    test("lead to where they can be mended by hand", async () => {
        const offer = {label: "Open the job", action: "open_job"};
        await mountBand(EscalationDashboard, {problems: [{...problem, offer}]});
        await contains("button:contains(Open the job)").click();
        expect.verifySteps(["open_job"]);
    });
});

describe("the first page", () => {
    test("says what to do, and offers the likeliest first", async () => {
        await mountBand(EscalationStart, {
            start: {
                title: "Let no client be forgotten",
                text: "A policy tells whom.",
                buttons: [
                    {label: "Create a policy", action: "new_policy"},
                    {label: "Set it on a team", action: "teams"},
                ],
            },
        });
        expect(".o_view_nocontent_smiling_face").toHaveText(
            "Let no client be forgotten"
        );
        expect(".btn-primary").toHaveText("Create a policy");
        expect(".btn-secondary").toHaveText("Set it on a team");
        await contains(".btn-secondary").click();
        expect.verifySteps(["teams"]);
    });

    test("does not say that nobody waits where the filters leave nothing", async () => {
        await mountBand(EscalationStart, {
            tiles: TILES,
            start: {title: "Nobody is waiting too long", text: "", buttons: []},
        });
        expect(".o_view_nocontent_smiling_face").toHaveText(
            "Nothing here with these filters"
        );
    });
});
