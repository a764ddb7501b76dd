import {Component, onMounted, onWillUnmount, reactive, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {toLocaleDateTimeString} from "@web/core/l10n/dates";

const {DateTime} = luxon;
const TICK = 10000;

// One clock for all the fields of a page; it stands still while there is none.
const clock = reactive({now: DateTime.now()});
let watchers = 0;
let ticking = null;

/** The time by a clock that all fields of the page share. */
export function useClock() {
    if (!watchers) {
        clock.now = DateTime.now();
    }
    onMounted(() => {
        watchers += 1;
        if (watchers === 1) {
            ticking = browser.setInterval(() => {
                clock.now = DateTime.now();
            }, TICK);
        }
    });
    onWillUnmount(() => {
        watchers -= 1;
        if (!watchers) {
            browser.clearInterval(ticking);
        }
    });
    return useState(clock);
}

/** Writes minutes as people say them: 90 is "1h 30min". */
export function formatMinutes(minutes) {
    const d = Math.floor(minutes / 1440);
    const h = Math.floor((minutes % 1440) / 60);
    const m = Math.floor(minutes % 60);
    if (d) {
        return _t("%(d)sd %(h)sh", {d, h});
    }
    return h ? _t("%(h)sh %(m)smin", {h, m}) : _t("%smin", m);
}

/** Shows a moment by its distance from now, and goes with the time. */
export class EscalationTimeField extends Component {
    static template = "helpdesk_escalation.TimeField";
    static props = {
        ...standardFieldProps,
        format: {type: String, optional: true},
    };
    static defaultProps = {format: "ago"};

    setup() {
        this.clock = useClock();
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get moment() {
        return toLocaleDateTimeString(this.value);
    }

    get text() {
        const value = this.value;
        if (this.props.format === "at") {
            return value.hasSame(this.clock.now, "day")
                ? value.toLocaleString(DateTime.TIME_SIMPLE)
                : this.moment;
        }
        const passed = this.clock.now.diff(value, "minutes").minutes;
        if (this.props.format === "in") {
            return passed < 0
                ? _t("in %s", formatMinutes(Math.ceil(-passed)))
                : _t("any moment");
        }
        const duration = formatMinutes(Math.max(passed, 0));
        if (this.props.format === "for") {
            return duration;
        }
        return passed < 1 ? _t("just now") : _t("%s ago", duration);
    }
}

registry.category("fields").add("escalation_time", {
    component: EscalationTimeField,
    displayName: _t("Live time"),
    supportedTypes: ["datetime"],
    supportedOptions: [
        {
            label: _t("Format"),
            name: "format",
            type: "selection",
            choices: [
                {label: _t("4min ago"), value: "ago"},
                {label: _t("in 26min"), value: "in"},
                {label: _t("1h 30min"), value: "for"},
                {label: _t("10:32"), value: "at"},
            ],
        },
    ],
    extractProps: ({options}) => ({format: options.format}),
    // A duration cannot be wrapped to advantage, nor is it a date to be picked.
    listViewWidth: 110,
});
