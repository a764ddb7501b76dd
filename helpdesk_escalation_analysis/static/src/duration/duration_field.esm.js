import {Component, xml} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatFloatTime} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * Write minutes as hours and minutes: 90 is "1:30". Nothing where there is no figure.
 *
 * @param {Number | false | undefined} value minutes
 * @returns {String}
 */
export function formatDuration(value) {
    if (typeof value !== "number") {
        return "";
    }
    return formatFloatTime(value / 60, {noLeadingZeroHour: true});
}

/** A figure of minutes in a list. What has not happened is kept as zero. */
export class DurationField extends Component {
    static template = xml`<span t-esc="text" />`;
    static props = {...standardFieldProps};

    get text() {
        return formatDuration(this.props.record.data[this.props.name] || false);
    }
}

export const durationField = {
    component: DurationField,
    displayName: _t("Duration"),
    supportedTypes: ["float"],
};

registry.category("fields").add("escalation_duration", durationField);
// Pivots, graphs and the sums of lists find it by the same name.
registry.category("formatters").add("escalation_duration", formatDuration);
