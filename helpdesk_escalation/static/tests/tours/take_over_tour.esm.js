import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("helpdesk_escalation_take_over", {
    steps: () => [
        {
            content: "Somebody is on it, and the leader takes over",
            trigger:
                "[name=escalation_confirmed]:contains('Anna Agent') button:contains('Take over')",
            run: "click",
        },
        {
            content:
                "The banner names the leader, who has nothing to take over any more",
            trigger:
                "[name=escalation_confirmed]:contains('Lea Leader'):not(:has(button:contains('Take over')))",
        },
        {
            content: "The story keeps who was on it before",
            trigger: ".o_notebook_headers a:text(Escalation)",
            run: "click",
        },
        {
            trigger:
                ".o_escalation_story:contains('Lea Leader has taken over from Anna Agent')",
        },
    ],
});
