import {Component, onWillUpdateProps} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useClock} from "../escalation_time_field.esm";

const {DateTime} = luxon;
const HALF = 50;
const WHOLE = 100;

/**
 * How much of the time until the last step has passed, as a ring that fills.
 *
 * The server counts working hours. From what it said the ring goes on evenly until the
 * moment of the last step.
 */
export class EscalationUrgencyField extends Component {
    static template = "helpdesk_escalation.UrgencyField";
    static props = {...standardFieldProps};

    setup() {
        this.clock = useClock();
        this.readAt = DateTime.now();
        onWillUpdateProps(({record}) => {
            if (record !== this.props.record) {
                this.readAt = DateTime.now();
            }
        });
    }

    get share() {
        const {[this.props.name]: share, urgency_date: last} = this.props.record.data;
        const left = last ? last.diff(this.readAt).milliseconds : 0;
        if (share >= WHOLE || left <= 0) {
            return share;
        }
        const passed = Math.max(this.clock.now.diff(this.readAt).milliseconds, 0);
        const added = (WHOLE - share) * Math.min(passed / left, 1);
        return Math.floor(share + added);
    }

    get tone() {
        if (this.share >= WHOLE) {
            return "danger";
        }
        return this.share >= HALF ? "warning" : "info";
    }

    get label() {
        return _t("%s %% of the time until the last step has passed", this.share);
    }
}

registry.category("fields").add("escalation_urgency", {
    component: EscalationUrgencyField,
    displayName: _t("Urgency"),
    supportedTypes: ["integer"],
    fieldDependencies: [{name: "urgency_date", type: "datetime"}],
});
