import {GraphModel} from "@web/views/graph/graph_model";
import {graphView} from "@web/views/graph/graph_view";
import {registry} from "@web/core/registry";

/**
 * A graph that draws nothing where a share or an average does not apply, not zero.
 */
export class EscalationGraphModel extends GraphModel {
    /**
     * Odoo answers "false" for the average of nothing.
     *
     * @override
     */
    async _loadDataPoints() {
        const [dataPoints, currencies] = await super._loadDataPoints(...arguments);
        for (const dataPoint of dataPoints) {
            if (dataPoint.value === false) {
                dataPoint.value = null;
            }
        }
        return [dataPoints, currencies];
    }

    /**
     * Odoo fills up with zeros what no group is about: right for sums only.
     *
     * @override
     */
    _getData(dataPoints) {
        const data = super._getData(...arguments);
        const {fields, measure} = this.metaData;
        if (fields[measure]?.aggregator === "avg") {
            for (const dataset of data.datasets) {
                const drawn = new Set(
                    dataPoints
                        .filter(
                            (point) => this._getDatasetLabel(point) === dataset.label
                        )
                        .map((point) => point.labelIndex)
                );
                dataset.data = dataset.data.map((value, index) =>
                    drawn.has(index) ? value : null
                );
            }
        }
        return data;
    }
}

registry.category("views").add("helpdesk_escalation_graph", {
    ...graphView,
    Model: EscalationGraphModel,
});
