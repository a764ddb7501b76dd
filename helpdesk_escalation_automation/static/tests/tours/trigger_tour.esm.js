import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("escalation_starter_set", {
    steps: () => [
        {
            content: "One click makes the policies of a small team",
            trigger: ".o_view_nocontent a:contains('Create Starter Policies')",
            run: "click",
        },
        {
            content: "Working hours are asked, and the company's proposed",
            trigger: ".modal footer button:contains('Create')",
            run: "click",
        },
        {
            content: "Three of them, the last with words and VIP clients",
            trigger: ".o_data_row:eq(2)",
        },
        {
            trigger: ".o_data_cell:contains('VIP Clients')",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_notebook a[name='triggers']",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='trigger_ids'] .o_data_row:contains('Client')",
        },
        {
            trigger:
                ".o_field_widget[name='trigger_ids'] .o_data_row:contains('refund')",
        },
    ],
});

registry.category("web_tour.tours").add("escalation_keyword_policy", {
    steps: () => [
        {
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='name'] input, .o_field_widget[name='name'] textarea",
            run: "edit Alarming words",
        },
        {
            content: "A step",
            trigger: ".o_field_widget[name='step_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='delay'] input",
            run: "edit 20",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_notebook a[name='triggers']",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='trigger_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='keywords'] textarea",
            run: "edit refund, lawyer",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            trigger:
                ".o_field_widget[name='trigger_ids'] .o_data_row:contains('refund, lawyer')",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: ".o_form_saved",
        },
    ],
});
