import {EscalationPivotModel} from "./pivot_empty.esm";
import {PivotRenderer} from "@web/views/pivot/pivot_renderer";
import {pivotView} from "@web/views/pivot/pivot_view";
import {registry} from "@web/core/registry";

/** A pivot that says what each figure means, where the mouse rests on its name. */
export class EscalationPivotRenderer extends PivotRenderer {
    static template = "helpdesk_escalation_analysis.PivotRenderer";
}

registry.category("views").add("helpdesk_escalation_pivot", {
    ...pivotView,
    Model: EscalationPivotModel,
    Renderer: EscalationPivotRenderer,
});
