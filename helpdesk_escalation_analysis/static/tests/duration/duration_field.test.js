import {describe, expect, test} from "@odoo/hoot";
import {formatDuration} from "@helpdesk_escalation_analysis/duration/duration_field.esm";
import {registry} from "@web/core/registry";

describe.current.tags("headless");

test("minutes are written as hours and minutes", () => {
    expect(formatDuration(0)).toBe("0:00");
    expect(formatDuration(4)).toBe("0:04");
    expect(formatDuration(90.4)).toBe("1:30");
    expect(formatDuration(59.9)).toBe("1:00");
    expect(formatDuration(26 * 60)).toBe("26:00");
});

test("nothing is written where there is no figure", () => {
    expect(formatDuration(false)).toBe("");
    expect(formatDuration(undefined)).toBe("");
});

test("pivots, graphs and sums of lists find it", () => {
    expect(registry.category("formatters").get("escalation_duration")).toBe(
        formatDuration
    );
});
