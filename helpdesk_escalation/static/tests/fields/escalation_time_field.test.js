import {
    EscalationTimeField,
    formatMinutes,
} from "@helpdesk_escalation/fields/escalation_time_field.esm";
import {
    advanceTime,
    beforeEach,
    describe,
    expect,
    mockDate,
    queryOne,
    test,
} from "@odoo/hoot";
import {
    allowTranslations,
    contains,
    defineModels,
    fields,
    findComponent,
    models,
    mountView,
    patchTranslations,
    serverState,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {toRaw} from "@odoo/owl";

const MINUTE = 60 * 1000;

class Wait extends models.Model {
    _name = "wait";

    since = fields.Datetime();
    due = fields.Datetime();
    before = fields.Datetime();
    never = fields.Datetime();
    hidden = fields.Boolean();

    _records = [
        {
            id: 1,
            since: "2026-03-04 10:29:30",
            due: "2026-03-04 12:02:00",
            before: "2026-03-02 09:05:07",
        },
    ];
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Wait]);

const time = (name) => `.o_field_widget[name=${name}] time`;

function mountWait(...shown) {
    mockDate("2026-03-04 12:00:00", 0);
    const tags = shown.map(
        ([name, format]) =>
            `<field name="${name}" widget="escalation_time" readonly="1"
                invisible="hidden" options="{'format': '${format}'}"/>`
    );
    return mountView({
        type: "form",
        resModel: "wait",
        resId: 1,
        arch: `<form><field name="hidden"/>${tags.join("")}</form>`,
    });
}

describe("minutes", () => {
    beforeEach(allowTranslations);

    for (const [minutes, text] of [
        [0, "0min"],
        [0.9, "0min"],
        [59.9, "59min"],
        [60, "1h 0min"],
        [90, "1h 30min"],
        [1439, "23h 59min"],
        [1440, "1d 0h"],
        [1710, "1d 4h"],
    ]) {
        test(`${minutes} are "${text}"`, () => {
            expect(formatMinutes(minutes)).toBe(text);
        });
    }
});

describe("formats", () => {
    test("how long since", async () => {
        await mountWait(["since", "for"]);
        expect(time("since")).toHaveText("1h 30min");
    });

    test("how long ago", async () => {
        await mountWait(["since", "ago"], ["due", "ago"]);
        expect(time("since")).toHaveText("1h 30min ago");
        expect(time("due")).toHaveText("just now");
    });

    test("how long until, and that it is due", async () => {
        await mountWait(["due", "in"], ["since", "in"]);
        expect(time("due")).toHaveText("in 2min");
        expect(time("since")).toHaveText("any moment");
    });

    test("the time of today, and the day of before", async () => {
        await mountWait(["since", "at"], ["before", "at"]);
        expect(time("since")).toHaveText("10:29 AM");
        expect(time("before")).toHaveText("Mar 2, 9:05 AM");
    });

    test("the moment itself is told, whatever the format", async () => {
        await mountWait(["since", "for"]);
        expect(time("since")).toHaveAttribute("title", "Mar 4, 10:29 AM");
        expect(time("since")).toHaveAttribute("datetime", "2026-03-04T10:29:30.000Z");
    });

    test("nothing where there is no time", async () => {
        await mountWait(["never", "for"]);
        expect(".o_field_widget[name=never]").toHaveCount(1);
        expect(time("never")).toHaveCount(0);
    });
});

describe("languages", () => {
    test("the time of day and the date as the language has them", async () => {
        serverState.lang = "de";
        await mountWait(["since", "at"], ["before", "at"]);
        expect(time("since")).toHaveText("10:29");
        expect(time("before")).toHaveText("2. März, 09:05");
    });

    test("what a program reads has digits that it knows", async () => {
        serverState.lang = "ar-SA";
        await mountWait(["since", "at"]);
        expect(time("since")).toHaveText(/١٠:٢٩/);
        expect(time("since")).toHaveAttribute("datetime", /^2026-03-04T10:29:30/);
    });

    test("words that run right to left do so on any page", async () => {
        patchTranslations({
            helpdesk_escalation: {"in %s": "خلال %s", "%smin": "%s دقيقة"},
        });
        await mountWait(["due", "in"]);
        expect(time("due")).toHaveText("خلال 2 دقيقة");
        expect(getComputedStyle(queryOne(time("due"))).direction).toBe("rtl");
    });

    test("English runs left to right on a page that does not", async () => {
        await mountWait(["due", "in"]);
        queryOne(".o_form_view").dir = "rtl";
        expect(getComputedStyle(queryOne(time("due"))).direction).toBe("ltr");
    });
});

describe("the clock", () => {
    test("goes on by itself", async () => {
        await mountWait(["since", "ago"], ["due", "in"]);
        await advanceTime(MINUTE);
        expect(time("since")).toHaveText("1h 31min ago");
        expect(time("due")).toHaveText("in 1min");
        await advanceTime(MINUTE);
        expect(time("due")).toHaveText("any moment");
    });

    test("is one for the page, and stands still while nothing shows it", async () => {
        const view = await mountWait(["since", "for"], ["due", "in"]);
        const clockOf = (name) =>
            toRaw(
                findComponent(
                    view,
                    (component) =>
                        component instanceof EscalationTimeField &&
                        component.props.name === name
                ).clock
            );
        const clock = clockOf("since");
        expect(clockOf("due")).toBe(clock);
        const passed = async (minutes) => {
            const before = clock.now;
            await advanceTime(minutes * MINUTE);
            return Math.round(clock.now.diff(before, "minutes").minutes);
        };
        expect(await passed(1)).toBe(1);
        await contains("[name=hidden] input").click();
        expect(time("since")).toHaveCount(0);
        expect(await passed(5)).toBe(0);
        await contains("[name=hidden] input").click();
        expect(time("since")).toHaveText("1h 36min");
        expect(await passed(1)).toBe(1);
    });
});
