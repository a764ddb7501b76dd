import {registry} from "@web/core/registry";

const choose = (field, label) => [
    {trigger: `[name=step_ids] .o_selected_row [name=${field}] input`, run: "click"},
    {trigger: `.o_select_menu_item:contains(${label})`, run: "click"},
];

const addStep = (delay, written, recipient, channel) => [
    {
        trigger: "[name=step_ids] .o_field_x2many_list_row_add a:contains(Add a line)",
        run: "click",
    },
    {
        trigger: "[name=step_ids] .o_selected_row [name=delay] input",
        run: `edit ${delay}`,
    },
    ...choose("recipient", recipient),
    ...choose("channel", channel),
    {
        trigger: `[name=timeline] .o_escalation_stop:contains(${written}):contains(${recipient})`,
    },
];

registry.category("web_tour.tours").add("escalation_policy", {
    url: "/odoo/escalation-policies",
    steps: () => [
        {trigger: ".o_list_button_add", run: "click"},
        {trigger: "[name=name] input, [name=name] textarea", run: "edit Gold"},
        ...addStep("10", "10 min", "Responsible", "Notification"),
        ...addStep("1h30", "1 h 30 min", "Account manager", "Email"),
        ...addStep("0.5h", "30 min", "Team leader", "Email"),
        {trigger: ".o_form_button_save:enabled", run: "click"},
        {
            content: "Once saved the steps are sorted by their delay",
            trigger:
                "[name=step_ids] .o_data_row:nth-child(2):contains(30 min):contains(Team leader)",
        },
        {
            content: "The dry run tells what would happen",
            trigger: "button:contains(Dry run)",
            run: "click",
        },
        {
            trigger: ".modal [name=team_id] input",
            run: "edit Support",
        },
        {
            trigger: ".modal .o-autocomplete--dropdown-item:contains(Support)",
            run: "click",
        },
        {
            trigger:
                ".modal .o_escalation_stop:contains(Team leader):contains(esc_leader)",
        },
        {
            trigger: ".modal [name=user_id] input",
            run: "edit esc_agent",
        },
        {
            trigger: ".modal .o-autocomplete--dropdown-item:contains(esc_agent)",
            run: "click",
        },
        {
            trigger:
                ".modal .o_escalation_stop:contains(Responsible):contains(esc_agent)",
        },
        {trigger: ".modal footer button:contains(Close)", run: "click"},
        {
            content: "It is set on a team",
            trigger:
                "body:not(:has(.modal)) [data-menu-xmlid='helpdesk_mgmt.helpdesk_ticket_config_main_menu']",
            run: "click",
        },
        {
            trigger:
                ".dropdown-menu [data-menu-xmlid='helpdesk_mgmt.helpdesk_ticket_team_menu']",
            run: "click",
        },
        {trigger: ".o_data_row .o_data_cell:contains(Support)", run: "click"},
        {trigger: "[name=escalation_policy_id] input", run: "edit Gold"},
        {trigger: ".o-autocomplete--dropdown-item:contains(Gold)", run: "click"},
        {trigger: ".o_form_button_save:enabled", run: "click"},
        {trigger: ".o_form_saved"},
    ],
});
