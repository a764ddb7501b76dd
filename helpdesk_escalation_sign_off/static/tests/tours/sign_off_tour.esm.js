import {registry} from "@web/core/registry";

// An agent drags a card to the closed stage, is stopped, and asks for the sign-off.
registry.category("web_tour.tours").add("escalation_sign_off", {
    steps: () => [
        {
            content: "The closed stage is there",
            trigger: ".o_kanban_group:eq(2) .o_column_title:contains(Done)",
        },
        {
            content: "Drag the card to it",
            trigger: ".o_kanban_record:contains(Sign me off)",
            run: "drag_and_drop(.o_kanban_group:eq(2))",
        },
        {content: "A kind word", trigger: ".modal:contains(sign-off here)"},
        {
            content: "Ask",
            trigger: ".modal-footer button:contains(Ask for sign-off)",
            run: "click",
        },
        {
            content: "The leader is asked",
            trigger: ".o_notification:contains(esc_leader is asked to sign off)",
        },
        {
            content: "The card is where it was",
            trigger:
                ".o_kanban_group:not(:contains(Done)) .o_kanban_record:contains(Sign me off)",
        },
    ],
});
