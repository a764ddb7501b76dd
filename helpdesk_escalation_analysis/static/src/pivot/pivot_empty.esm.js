import {PivotModel} from "@web/views/pivot/pivot_model";

/**
 * A pivot in which what does not apply is empty, on the screen and in the export.
 */
export class EscalationPivotModel extends PivotModel {
    /**
     * Odoo answers "false" for the average of nothing, and shows it as 0 %; what is not
     * defined it leaves empty.
     *
     * @override
     */
    _getMeasurements(group, config) {
        const measurements = super._getMeasurements(group, config);
        for (const [name, value] of Object.entries(measurements)) {
            if (value === false && config.metaData.measures[name]?.type !== "boolean") {
                measurements[name] = undefined;
            }
        }
        return measurements;
    }
}
