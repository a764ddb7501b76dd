import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

const ACTIVE = ".o_kanban_group:nth-child(1)";
const CONFIRMED = ".o_kanban_group:nth-child(2)";
const RESOLVED = ".o_kanban_group:nth-child(3)";
const CARD = ".o_kanban_record:contains('The printer is on fire')";

function call(model, method, ...args) {
    return rpc(`/web/dataset/call_kw/${model}/${method}`, {
        model,
        method,
        args,
        kwargs: {},
    });
}

async function idOf(model, name) {
    const [id] = await call(model, "search", [["name", "=", name]]);
    return id;
}

/** What the scheduler does: nothing on the page has a hand in it. */
async function runJob() {
    const [job] = await call("ir.cron", "search", [
        ["cron_name", "=", "Helpdesk: escalate waiting tickets"],
    ]);
    await call("ir.cron", "method_direct_trigger", [job]);
}

/** Lets the cards be long in coming, until the function it returns is called. */
function holdCards() {
    const {XMLHttpRequest} = browser;
    const held = [];
    browser.XMLHttpRequest = class extends XMLHttpRequest {
        open(method, url) {
            this.isHeld = url.endsWith("/web_read_group");
            super.open(...arguments);
        }

        send(body) {
            const send = () => super.send(body);
            if (this.isHeld) {
                held.push(send);
            } else {
                send();
            }
        }
    };
    return () => {
        browser.XMLHttpRequest = XMLHttpRequest;
        held.forEach((send) => send());
    };
}

function figure(name, value) {
    return `.o_escalation_tile[name=${name}] .o_escalation_figure:text(${value})`;
}

registry.category("web_tour.tours").add("helpdesk_escalation_dashboard", {
    steps: () => [
        {
            content: "A ticket escalates while the dashboard is being opened",
            trigger: ".o_menu_sections .o_nav_entry:contains('Escalations')",
            async run({anchor}) {
                const release = holdCards();
                anchor.click();
                await runJob();
                // By now it would have read on top of its first reading.
                await new Promise((resolve) => browser.setTimeout(resolve, 2500));
                release();
            },
        },
        {
            content: "Its card is there",
            trigger: `${ACTIVE} ${CARD} [name=step]:contains('Step 1 of 3 · Responsible · notification, just now')`,
        },
        {trigger: `${ACTIVE} ${CARD} [name=waiting]:contains('Waiting for 1')`},
        {trigger: `${ACTIVE} ${CARD} [name=next]:contains('Next: Team leader, in 1')`},
        {trigger: `${ACTIVE} ${CARD} [name=told] img`},
        {trigger: figure("active", 1)},
        {
            content: "While one is about to click, the next step fires",
            trigger: `${ACTIVE} ${CARD} button[name=action_confirm]`,
            async run({anchor}) {
                anchor.focus();
                window.beingFocused = anchor;
                const [step] = await call("helpdesk.escalation.step", "search", [
                    ["delay", "=", 30],
                    ["policy_id.name", "=", "Standard"],
                ]);
                await call("helpdesk.escalation.step", "write", [step], {delay: 12});
                await runJob();
            },
        },
        {
            content: "The card follows and the focus stays",
            trigger: `${ACTIVE} ${CARD} [name=step]:contains('Step 2 of 3 · Team leader · email')`,
            run() {
                if (document.activeElement !== window.beingFocused) {
                    throw new Error("the focus is lost");
                }
            },
        },
        {
            content: "One key, and one is on it",
            trigger: `${ACTIVE} ${CARD} button[name=action_confirm]`,
            run: "press Enter",
        },
        {
            content: "The focus goes with the card",
            trigger: `${CONFIRMED} ${CARD}:focus [name=confirmed]:contains('has been on it since')`,
        },
        {trigger: figure("confirmed", 1)},
        {
            content: "Somebody answers the client elsewhere: the card comes by itself",
            trigger: figure("active", 0),
            async run() {
                const ticket = await idOf("helpdesk.ticket", "The printer is on fire");
                await rpc("/mail/message/post", {
                    thread_model: "helpdesk.ticket",
                    thread_id: ticket,
                    post_data: {
                        body: "We are on our way.",
                        message_type: "comment",
                        subtype_xmlid: "mail.mt_comment",
                    },
                });
            },
        },
        {
            trigger: `${RESOLVED} ${CARD}:focus [name=resolved]:contains('Answered by')`,
        },
        {
            content: "A figure leads to what it counts",
            trigger: figure("resolved_today", 1),
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains('The printer is on fire')"},
        {trigger: ".o_breadcrumb .o_back_button", run: "click"},
        {trigger: `${RESOLVED} ${CARD}`},
    ],
});

registry.category("web_tour.tours").add("helpdesk_escalation_first_page", {
    steps: () => [
        {
            content: "The first page offers what to do, and says what is wrong",
            trigger: ".o_escalation_start:contains('Let no client be forgotten')",
        },
        {
            trigger:
                ".o_escalation_problem[data-name=job_off] button:contains('Switch On')",
            run: "click",
        },
        {
            content: "It is mended",
            trigger:
                ".o_escalation_dashboard:not(:has(.o_escalation_problem[data-name=job_off]))",
        },
        {
            trigger: ".o_escalation_start button:contains('Create a Policy')",
            run: "click",
        },
        {trigger: ".o_form_view .o_field_widget[name=step_ids]"},
    ],
});
