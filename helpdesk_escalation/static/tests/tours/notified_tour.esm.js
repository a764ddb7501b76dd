import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_escalation_notified", {
    steps: () => [
        {
            content: "Somebody outside the helpdesk finds the app, and no other of it",
            trigger: ".o_navbar_apps_menu button",
            run: "click",
        },
        {
            content: "It opens what they were notified of",
            trigger: ".o_app:contains('Escalated to Me')",
            run: "click",
        },
        {
            content: "A row opens the ticket",
            trigger: ".o_data_row td[name=name]:contains('The printer is on fire')",
            run: "click",
        },
        {
            content: "What happened is on a page of its own",
            trigger: ".o_notebook_headers a:text(Escalation)",
            run: "click",
        },
        {trigger: ".o_field_widget[name=escalation_history]:contains('Dora Director')"},
        {
            content: "The banner says how it stands, and has the button",
            trigger: "[name=escalation_active] button:contains(I'm on it)",
            run: "click",
        },
        {
            content: "They are on it",
            trigger: "[name=escalation_confirmed]:contains('Dora Director')",
        },
        {trigger: "body:not(:has(.o_error_dialog))"},
    ],
});
