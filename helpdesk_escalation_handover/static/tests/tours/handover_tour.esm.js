import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const fill = (name, text) => ({
    content: `Say ${name}`,
    trigger: `.modal [name=${name}] textarea`,
    run: `edit ${text}`,
});

const button = (name, where = ".modal") => ({
    content: `Press ${name}`,
    trigger: `${where} button[name=${name}]`,
    run: "click",
});

// An agent escalates: the draft survives, what is missing is said, then it moves.
tours.add("escalation_handover", {
    steps: () => [
        button("action_escalation_escalate", ".o_form_statusbar"),
        {
            content: "The tier above is proposed",
            trigger: ".modal [name=to_team_id] input:value(Engineering)",
        },
        {
            content: "The state of the ticket is shown",
            trigger: ".modal [name=readiness] .badge:contains(Still open: Yes)",
        },
        {
            content: "So are the client's other tickets",
            trigger: ".modal [name=history_ids] td:contains(Toner everywhere)",
        },
        fill("user_impact", "Twelve people cannot print"),
        {
            content: "What is missing is marked at the field",
            trigger:
                ".modal .o_handover_part:has([name=reason]):contains(Still missing)",
        },
        {
            content: "And counted beside the button",
            trigger: ".modal footer:contains(Escalation Reason)",
        },
        {
            content: "Close the dialog without a word",
            trigger: ".modal .btn-close",
            run: "click",
        },
        {content: "It is gone", trigger: "body:not(:has(.modal))"},
        button("action_escalation_escalate", ".o_form_statusbar"),
        {
            content: "The draft was kept",
            trigger: ".modal [name=user_impact] textarea:value(Twelve people)",
        },
        button("action_escalate", ".modal footer"),
        {
            content: "It leads to what is missing, without a second dialog",
            trigger: ".modal:count(1) .o_handover_part :focus",
        },
        // First of all: what a text changes would come back while the menu is open.
        {
            content: "Of what kind is the reason",
            trigger:
                ".modal [name=reason_kind] input, .modal [name=reason_kind] select",
            run: "click",
        },
        {
            content: "Access",
            trigger: ".o_select_menu_item:contains(Access)",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".modal [name=reason_kind] input:value(Access)",
        },
        fill("troubleshooting", "Changed the cable"),
        fill("reason", "Only you may change the print server"),
        {
            content: "The other ticket is related",
            trigger:
                ".modal [name=history_ids] tr:contains(Toner) [name=is_related] .o-checkbox",
            run: "click",
        },
        {
            content: "It is ticked",
            trigger:
                ".modal [name=history_ids] tr:contains(Toner) [name=is_related] input:checked",
        },
        button("action_escalate", ".modal footer"),
        {
            content: "It is done",
            trigger: ".o_notification:contains(Handed over to Engineering)",
        },
    ],
});

// The expert reads the handover and sends it back.
tours.add("escalation_send_back", {
    steps: () => [
        button("action_escalation_open_handover", "[name=escalation]"),
        {
            content: "The handover comes first",
            trigger: "[name=handover_body]:contains(Twelve people cannot print)",
        },
        {
            content: "Without the related ticket, which the expert may not read",
            trigger: "[name=handover_body]:not(:contains(Toner everywhere))",
        },
        button("action_send_back", ".o_form_statusbar"),
        fill("note", "Which print server?"),
        button("action_return", ".modal footer"),
        {
            content: "The ticket has left the expert's view",
            trigger: ".o_notification:contains(You no longer see the ticket)",
        },
    ],
});

// The expert takes it, and gives it back once the hard part is done.
tours.add("escalation_de_escalate", {
    steps: () => [
        button("action_escalation_confirm", "[name=escalation]"),
        {
            content: "It is taken",
            trigger:
                "[name=escalation_confirmed]:contains(esc_expert has been on it since)",
        },
        button("action_escalation_de_escalate", "[name=escalation]"),
        fill("note", "The print server has a new driver"),
        button("action_return", ".modal footer"),
        {
            content: "The ticket has left the expert's view",
            trigger: ".o_notification:contains(You no longer see the ticket)",
        },
    ],
});
