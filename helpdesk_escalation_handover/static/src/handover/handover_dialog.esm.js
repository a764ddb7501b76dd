import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";
import {registry} from "@web/core/registry";

/**
 * However the dialog is closed, what was written is kept as a draft. What is missing is
 * marked in it, and pressing Escalate leads there instead of to another dialog.
 */
export class HandoverDialogController extends FormController {
    setup() {
        super.setup();
        if (this.env.inDialog) {
            this.env.dialogData.dismiss = () => this.model.root.save();
        }
    }

    /**
     * @override
     */
    async beforeExecuteActionButton(clickParams) {
        const goesOn = await super.beforeExecuteActionButton(clickParams);
        if (goesOn === false || clickParams.name !== "action_escalate") {
            return goesOn;
        }
        // Also what others have done to the ticket meanwhile.
        await this.model.root.load();
        if (this.model.root.data.missing_text) {
            this.showMissing();
            return false;
        }
        return goesOn;
    }

    /** Leads to the first thing that is missing, and into its field. */
    showMissing() {
        const form = this.rootRef.el;
        const mark = form.querySelector(".o_handover_missing, [name=blocker]");
        mark?.scrollIntoView({block: "center"});
        const place =
            mark?.closest(".o_handover_part") ||
            form.querySelector(".o_field_widget[name=to_team_id]");
        place?.querySelector("textarea, input")?.focus({preventScroll: true});
    }
}

registry.category("views").add("escalation_handover_dialog", {
    ...formView,
    Controller: HandoverDialogController,
});
