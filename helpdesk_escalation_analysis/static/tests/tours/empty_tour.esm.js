import {registry} from "@web/core/registry";

// In the pivot's order of measures: count, escalations, rate, first tier, median.
const cell = (team, number) =>
    `.o_pivot tbody tr:contains(${team}) td:nth-of-type(${number})`;

registry.category("web_tour.tours").add("escalation_empty", {
    steps: () => [
        {
            content: "A team that closed a ticket has its share",
            trigger: `${cell("Support", 4)}:contains(100)`,
        },
        {
            content: "One that closed none has no share, rather than 0 %",
            trigger: `${cell("Busy", 4)}.o_empty:not(:contains(0))`,
        },
        {
            content: "What is zero is still said",
            trigger: `${cell("Busy", 3)}:contains(0)`,
        },
        {trigger: ".o_switch_view.o_graph", run: "click"},
        {
            content: "The graph is drawn all the same",
            trigger: ".o_graph_canvas_container canvas",
        },
    ],
});
