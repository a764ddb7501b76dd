import {registry} from "@web/core/registry";

const dialog = ".modal:has(.o_form_view)";

registry.category("web_tour.tours").add("escalation_numbers", {
    steps: () => [
        {
            content: "The analysis counts the incidents per policy",
            trigger: ".o_pivot .o_pivot_header_cell_closed:contains(Standard)",
        },
        {
            content: "Half of those confirmed were confirmed within 4 minutes",
            trigger:
                ".o_pivot tr:contains(Standard) .o_pivot_cell_value:contains(0:04)",
        },
        {
            content: "Each figure says what it means",
            trigger:
                ".o_pivot_measure_row[data-tooltip^='Half of those confirmed']:contains(Confirm)",
        },
        {
            trigger: ".o_menu_sections button:contains(Configuration)",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .dropdown-item:contains(Escalation Policies)",
            run: "click",
        },
        {trigger: ".o_data_row .o_data_cell:contains(Standard)", run: "click"},
        {trigger: "button[name=action_backtest]", run: "click"},
        {
            content: "Another delay, for this trial only",
            trigger: `${dialog} [name=line_ids] .o_data_row:first .o_data_cell[name=delay]`,
            run: "click",
        },
        {
            trigger: `${dialog} [name=line_ids] .o_selected_row [name=delay] input`,
            run: "edit 12",
        },
        {trigger: `${dialog} button:contains(Try it)`, run: "click"},
        {
            content: "It says what would have happened, and to whom",
            trigger: `${dialog} [name=result_html] tr:contains(After 12min):contains(esc_agent)`,
        },
        {trigger: `${dialog} .o_escalation_bars`},
        {
            trigger: `${dialog} a[href^='/odoo/helpdesk.ticket/']:contains(The printer is on fire)`,
        },
        {trigger: `${dialog} footer button:contains(Close)`, run: "click"},
        {
            content: "The policy is as it was",
            trigger:
                "body:not(:has(.modal)) [name=step_ids] .o_data_row:first:contains(10min)",
        },
        {trigger: "button[name=action_tune]", run: "click"},
        {trigger: `${dialog} .o_escalation_hours`},
        {
            trigger: `${dialog} [name=suggestion]:contains(try 30min / 40min / 1h 15min)`,
        },
        {
            trigger: `${dialog} button:contains(Use These Delays)`,
            run: "click",
        },
        {
            content: "One click, and they are the policy's",
            trigger:
                "body:not(:has(.modal)) [name=step_ids] .o_data_row:first:contains(30min)",
        },
    ],
});
