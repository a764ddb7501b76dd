import {
    allowTranslations,
    clickSave,
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    patchTranslations,
} from "@web/../tests/web_test_helpers";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {
    formatMinutes,
    parseMinutes,
} from "@helpdesk_escalation/fields/minutes/minutes_field.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

const MINUTES = ".o_field_widget[name=delay]";

class Step extends models.Model {
    _name = "step";

    delay = fields.Integer();

    _records = [{id: 1, delay: 90}];
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Step]);

async function mountStep(attributes = "") {
    onRpc("step", "web_save", ({args}) => {
        expect.step(args[1].delay);
    });
    await mountView({
        type: "form",
        resModel: "step",
        resId: 1,
        arch: `<form><field name="delay" widget="escalation_minutes" ${attributes}/></form>`,
    });
}

describe("what is typed", () => {
    beforeEach(allowTranslations);

    for (const [text, minutes] of [
        ["0", 0],
        ["90", 90],
        [" 90 ", 90],
        ["1:30", 90],
        ["1h30", 90],
        ["1h 30", 90],
        ["1h 30m", 90],
        ["1 h 30 min", 90],
        ["1.5h", 90],
        ["1,5 hours", 90],
        ["2 d", 2880],
        ["1d 4h", 1680],
        ["1 week", 10080],
        ["45 MIN.", 45],
        ["0.01 h", 1],
    ]) {
        test(`"${text}" is ${minutes}`, () => {
            expect(parseMinutes(text)).toBe(minutes);
        });
    }

    for (const text of [
        "",
        " ",
        "soon",
        "-5",
        "-1 h",
        "1 h -5",
        "1:75",
        "5 apples",
        "1.5",
        "1e3",
        "30 min 1 h",
        "1 h h",
        "1 h 2 h",
        "2 d 30",
    ]) {
        test(`"${text}" is no delay`, () => {
            expect(() => parseMinutes(text)).toThrow(`"${text}" is no delay`);
        });
    }

    test("in one's own language, and in English too", () => {
        patchTranslations({
            helpdesk_escalation: {"h,hr,hrs,hour,hours": "Std, Stunde, Stunden"},
        });
        expect(parseMinutes("2 Stunden")).toBe(120);
        expect(parseMinutes("1,5 Std.")).toBe(90);
        expect(parseMinutes("2 hours")).toBe(120);
    });
});

describe("what is shown", () => {
    beforeEach(allowTranslations);

    for (const [minutes, text] of [
        [false, ""],
        [0, "0min"],
        [45, "45min"],
        [60, "1h"],
        [90, "1h 30min"],
        [1440, "1d"],
        [1470, "1d 30min"],
        [1680, "1d 4h"],
        [10080, "7d"],
    ]) {
        test(`${minutes} is "${text}"`, () => {
            expect(formatMinutes(minutes)).toBe(text);
        });
    }

    test("is read as the same again", () => {
        for (let minutes = 0; minutes < 3000; minutes += 7) {
            expect(parseMinutes(formatMinutes(minutes))).toBe(minutes);
        }
    });

    test("in one's own language, from which it is read again", () => {
        patchTranslations({
            helpdesk_escalation: {
                "%sh": "%s س",
                "%smin": "%s د",
                "h,hr,hrs,hour,hours": "س,ساعة",
                "m,min,mins,minute,minutes": "د,دقيقة",
            },
        });
        expect(formatMinutes(90)).toBe("1 س 30 د");
        expect(parseMinutes("1 س 30 د")).toBe(90);
    });
});

describe("the field", () => {
    test("writes minutes and shows what was understood", async () => {
        await mountStep();
        expect(`${MINUTES} input`).toHaveValue("1h 30min");
        await contains(`${MINUTES} input`).edit("2h15");
        expect(`${MINUTES} input`).toHaveValue("2h 15min");
        await clickSave();
        expect.verifySteps([135]);
        expect(`${MINUTES} input`).toHaveValue("2h 15min");
    });

    for (const text of ["soon", "-5", ""]) {
        test(`refuses "${text}" and keeps it to be mended`, async () => {
            await mountStep();
            await contains(`${MINUTES} input`).edit(text);
            expect(MINUTES).toHaveClass("o_field_invalid");
            expect(".o_form_button_save:enabled").toHaveCount(0);
            expect(`${MINUTES} input`).toHaveValue(text);
            await contains(`${MINUTES} input`).edit("5");
            expect(MINUTES).not.toHaveClass("o_field_invalid");
            await clickSave();
            expect.verifySteps([5]);
        });
    }

    test("is text where nothing may be typed", async () => {
        await mountStep(`readonly="1"`);
        expect(`${MINUTES} input`).toHaveCount(0);
        expect(`${MINUTES} span`).toHaveText("1h 30min");
    });
});
