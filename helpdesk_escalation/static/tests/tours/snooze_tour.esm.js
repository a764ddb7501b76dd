import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_escalation_snooze", {
    steps: () => [
        {
            content: "The client said Monday",
            trigger: "[name=escalation_active] button:contains('Snooze')",
            run: "click",
        },
        {
            content: "Next week is proposed by one click",
            trigger: ".modal .o_field_widget[name=preset] label:contains('Next Week')",
            run: "click",
        },
        {
            content: "Nobody snoozes without a reason",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The client is back on Monday",
        },
        {
            trigger: ".modal footer button:contains('Snooze')",
            run: "click",
        },
        {
            content: "The banner says who, until when and why",
            trigger:
                "[name=escalation_snoozed]:contains('Snoozed by Anna Agent until'):contains('The client is back on Monday')",
        },
        {
            content: "It is woken before its time",
            trigger: "[name=escalation_snoozed] button:contains('Wake Now')",
            run: "click",
        },
        {
            content: "The steps start again, and the story keeps it",
            trigger: "[name=escalation_active]",
        },
        {
            trigger: ".o_notebook_headers a:text(Escalation)",
            run: "click",
        },
        {
            trigger: ".o_escalation_story:contains('Snoozed by Anna Agent until')",
        },
        {trigger: "body:not(:has(.o_error_dialog))"},
    ],
});
