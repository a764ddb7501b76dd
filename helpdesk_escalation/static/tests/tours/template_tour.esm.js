import {registry} from "@web/core/registry";

// An administrator rewords the mail in the editor of templates.
registry.category("web_tour.tours").add("escalation_mail_template", {
    steps: () => [
        {
            content: "What comes where is said in the editor",
            trigger:
                ".o_field_widget[name=body_html] .odoo-editor-editable [data-escalation=buttons]",
        },
        {
            content: "Write something else",
            trigger:
                ".o_field_widget[name=body_html] .odoo-editor-editable p:contains(Hello)",
            run: "editor Somebody needs you!",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_form_view:not(:has(.o_form_button_save:visible))",
        },
    ],
});
