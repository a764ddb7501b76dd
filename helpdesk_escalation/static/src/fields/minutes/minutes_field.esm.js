import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useInputField} from "@web/views/fields/input_field_hook";

const MINUTES = {d: 24 * 60, h: 60, min: 1};

/**
 * Write minutes as people say them: 90 is "1h 30min".
 *
 * @param {Number | false} value minutes
 * @returns {String}
 */
export function formatMinutes(value) {
    if (value === false) {
        return "";
    }
    const days = Math.floor(value / MINUTES.d);
    const hours = Math.floor((value % MINUTES.d) / MINUTES.h);
    const minutes = value % MINUTES.h;
    const parts = [];
    if (days) {
        parts.push(_t("%sd", days));
    }
    if (hours) {
        parts.push(_t("%sh", hours));
    }
    if (minutes || !parts.length) {
        parts.push(_t("%smin", minutes));
    }
    return parts.join(" ");
}

/** How people abbreviate and write out the units, in English and their language. */
function getUnits() {
    const words = {
        w: ["w", "week", "weeks", ..._t("w,week,weeks").split(",")],
        d: ["d", "day", "days", ..._t("d,day,days").split(",")],
        h: ["h", "hr", "hrs", "hour", "hours", ..._t("h,hr,hrs,hour,hours").split(",")],
        min: ["m", "min", "mins", "minute", "minutes"].concat(
            _t("m,min,mins,minute,minutes").split(",")
        ),
    };
    const units = {};
    for (const [unit, names] of Object.entries(words)) {
        for (const name of names) {
            units[name.trim().toLowerCase()] =
                unit === "w" ? 7 * MINUTES.d : MINUTES[unit];
        }
    }
    return units;
}

/**
 * Read a delay as people type it, in minutes: 90, 1:30, 1h30, 1.5h, 2 d 4 h.
 *
 * @param {String} text
 * @returns {Number} minutes
 * @throws {Error} when it cannot be understood
 */
export function parseMinutes(text) {
    const typed = text.trim().toLowerCase();
    if (/^\d+$/.test(typed)) {
        return parseInt(typed, 10);
    }
    const clock = typed.match(/^(\d+):([0-5]\d)$/);
    if (clock) {
        return parseInt(clock[1], 10) * MINUTES.h + parseInt(clock[2], 10);
    }
    const units = getUnits();
    const parts = [...typed.matchAll(/(\d+(?:[.,]\d+)?)\s*(\p{L}*)\.?\s*/gu)];
    let total = 0;
    let length = 0;
    let last = Infinity;
    for (const [whole, number, word] of parts) {
        // "1h30" has a bare number only where minutes follow the hours.
        const unit = word ? units[word] : last === MINUTES.h && MINUTES.min;
        if (!unit || unit >= last) {
            throw new Error(`"${text}" is no delay`);
        }
        total += parseFloat(number.replace(",", ".")) * unit;
        length += whole.length;
        last = unit;
    }
    if (!parts.length || length !== typed.length) {
        throw new Error(`"${text}" is no delay`);
    }
    return Math.round(total);
}

/** An integer field of minutes that reads and types naturally. */
export class MinutesField extends Component {
    static template = "helpdesk_escalation.MinutesField";
    static props = {...standardFieldProps};

    setup() {
        this.hint = _t("For example 45, 1:30, 1h30, 1.5h or 2d");
        useInputField({
            getValue: () => this.formattedValue,
            parse: parseMinutes,
        });
    }

    get formattedValue() {
        return formatMinutes(this.props.record.data[this.props.name]);
    }
}

export const minutesField = {
    component: MinutesField,
    displayName: _t("Minutes"),
    supportedTypes: ["integer"],
    isEmpty: (record, fieldName) => record.data[fieldName] === false,
};

registry.category("fields").add("escalation_minutes", minutesField);
