import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Tries a policy on the past, part by part, and shows how far it is.
 */
export class BacktestRun extends Component {
    static template = "helpdesk_escalation_analysis.BacktestRun";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({running: false, percent: 0});
    }

    async run() {
        const {record} = this.props;
        if (this.state.running || !(await record.save())) {
            return;
        }
        Object.assign(this.state, {running: true, percent: 0});
        try {
            for (let part = 0, parts = 1; part < parts; part++) {
                parts = await this.orm.call(record.resModel, "run_part", [
                    [record.resId],
                    part,
                ]);
                this.state.percent = Math.round((100 * (part + 1)) / parts);
            }
        } finally {
            this.state.running = false;
            await record.load();
        }
    }
}

registry.category("view_widgets").add("escalation_backtest_run", {
    component: BacktestRun,
});
