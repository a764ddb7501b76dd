import {Component, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

// The figures of what is escalated now.
const OPEN = ["active", "confirmed"];

/** What stands above the cards: figures, and what is wrong. */
export class EscalationDashboard extends Component {
    static template = "helpdesk_escalation.Dashboard";
    static props = {};

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.dashboard = useState(this.env.escalationDashboard);
        this.state = useState({busy: false});
    }

    toneOf(tile) {
        return tile.value && tile.tone ? `text-${tile.tone}` : "";
    }

    /** The points of a line of figures, the last day at the right. */
    trendOf({trend}) {
        const highest = Math.max(...trend, 1);
        return trend
            .map((value, day) => {
                const x = (100 * day) / (trend.length - 1);
                return `${x.toFixed(1)},${(19 - (18 * value) / highest).toFixed(1)}`;
            })
            .join(" ");
    }

    /** Shows what a problem is about, or mends it, asking first where people hear of it. */
    mend({action, method, confirm}) {
        if (action) {
            return this.action.doAction(action);
        }
        if (confirm) {
            return this.dialog.add(ConfirmationDialog, {
                body: confirm,
                confirm: () => this.call(method),
                cancel: () => {
                    // It takes one to have the button.
                },
            });
        }
        return this.call(method);
    }

    async call(method) {
        this.state.busy = true;
        try {
            await this.orm.call("helpdesk.escalation.health", method, []);
            await this.env.escalationReload();
        } finally {
            this.state.busy = false;
        }
    }
}

/** What to say and offer where there is nothing to show. */
export class EscalationStart extends Component {
    static template = "helpdesk_escalation.Start";
    static props = {};

    setup() {
        this.action = useService("action");
        this.dashboard = useState(this.env.escalationDashboard);
    }

    /** Where others are escalated, it is the filters that leave nothing. */
    get start() {
        const isOpen = ({name, value}) => OPEN.includes(name) && value;
        if (!this.dashboard.tiles.some(isOpen)) {
            return this.dashboard.start;
        }
        return {
            title: _t("Nothing here with these filters"),
            text: _t("Other tickets are escalated. Remove a filter to see them."),
            buttons: [],
        };
    }
}
