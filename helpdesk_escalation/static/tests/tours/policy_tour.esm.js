import {registry} from "@web/core/registry";

const DIALOG = ".modal .o_form_view";
const PAGE = "body:not(:has(.modal))";

/** A step as it is proposed, with what is typed into it. */
const proposed = (recipient, delay, typed) => [
    {
        content: `${recipient} is proposed`,
        trigger: `${DIALOG} [name=recipient] input:value(${recipient})`,
    },
    {
        trigger: `${DIALOG} [name=delay] input:value(${delay})`,
        ...(typed && {run: `edit ${typed}`}),
    },
];

const story = [
    {
        content: "From the empty dashboard",
        trigger: "button:contains(Create a Policy)",
        run: "click",
    },
    {
        content: "One may type at once",
        trigger: "[name=name] textarea:focus",
        run: "edit Gold",
    },
    {
        trigger: "[name=step_ids] .o_field_x2many_list_row_add a:contains(Add a step)",
        run: "click",
    },
    ...proposed("Responsible", "10min"),
    {trigger: ".modal .o_form_button_save_new", run: "click"},
    ...proposed("Team leader", "30min", "0.5h"),
    {trigger: ".modal .o_form_button_save_new", run: "click"},
    ...proposed("Parent team's leader", "1h", "1h30"),
    {trigger: ".modal .o_form_button_save", run: "click"},
    {
        trigger: `${PAGE} [name=timeline] .o_escalation_stop:contains(1h 30min):contains(Parent team's leader)`,
    },
    {
        content: "It is set on a team right here",
        trigger: `${PAGE} .o_field_widget[name=team_ids] input`,
        run: "click",
    },
    {
        trigger: ".o-autocomplete--dropdown-item:contains(Support)",
        run: "click",
    },
    {trigger: ".o_field_widget[name=team_ids] .o_tag:contains(Support)"},
    {trigger: ".o_form_button_save:enabled", run: "click"},
    {trigger: ".o_form_saved"},
];

registry.category("web_tour.tours").add("escalation_policy", {
    steps: () => {
        const clicks = story.filter((step) => step.run === "click").length;
        if (clicks > 10) {
            throw new Error(`A policy takes ${clicks} clicks`);
        }
        return [
            ...story,
            {
                content: "The dry run tells what would happen",
                trigger: "button:contains(Dry Run)",
                run: "click",
            },
            {
                trigger:
                    ".modal .o_escalation_stop:contains(the team leader):contains(esc_leader)",
            },
            {trigger: ".modal footer button:contains(Close)", run: "click"},
            {
                content: "It is tried on oneself",
                trigger: `${PAGE} button:contains(Test on Me)`,
                run: "click",
            },
            {trigger: ".o_notification:contains(Test notifications sent to you: 3)"},
        ];
    },
});
