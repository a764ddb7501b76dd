import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_escalation_why_not", {
    steps: () => [
        {
            content: "The tab says why nobody is notified",
            trigger: ".o_notebook_headers a:text(Escalation)",
            run: "click",
        },
        {
            content: "There is no policy, so set one",
            trigger:
                "[name=escalation_why]:contains('no escalation policy is set') button:contains('Set one')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=escalation_policy_id] input",
            run: "edit Standard",
        },
        {
            trigger: ".modal .ui-menu-item a:contains('Standard')",
            run: "click",
        },
        {
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Now the tab says who is next, and the dry run is a click away",
            trigger:
                "body:not(:has(.modal)) [name=escalation_why]:not(:contains('no escalation policy')) button:contains('Dry Run')",
            run: "click",
        },
        {
            content: "It plays this very ticket through",
            trigger: ".modal .o_escalation_story:contains('Carla Client')",
        },
        {
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {trigger: "body:not(:has(.modal))"},
    ],
});
