import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";

/**
 * However the dialog is closed, what was written is kept as a draft.
 */
export class HandoverDialogController extends FormController {
    setup() {
        super.setup();
        if (this.env.inDialog) {
            this.env.dialogData.dismiss = () => this.model.root.save();
        }
    }
}

registry.category("views").add("escalation_handover_dialog", {
    ...formView,
    Controller: HandoverDialogController,
});
