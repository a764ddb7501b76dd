import {EscalationDashboard, EscalationStart} from "./escalation_dashboard.esm";
import {
    onWillStart,
    onWillUnmount,
    useEffect,
    useExternalListener,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {RelationalModel} from "@web/model/relational_model/relational_model";
import {browser} from "@web/core/browser/browser";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";
import {useCardFocus} from "./card_focus.esm";
import {useService} from "@web/core/utils/hooks";

const CHANGED = "helpdesk_escalation/changed";
// A run tells of each of its batches: pages read once, and not all at the same time.
const CALM = 500;
const SPREAD = 1500;
// What is wrong is looked for in all open tickets, and changes with the runs.
const HEALTH_CALM = 60000;

/** Knows whether it is reading. */
export class EscalationKanbanModel extends RelationalModel {
    /** Of two reads at once only the last one ever ends. */
    async load() {
        const read = Symbol("read");
        this.read = read;
        try {
            await super.load(...arguments);
        } finally {
            if (this.read === read) {
                this.read = null;
            }
        }
    }
}

export class EscalationKanbanController extends KanbanController {
    setup() {
        super.setup();
        this.orm = useService("orm");
        this.dashboard = useState({
            tiles: [],
            problems: [],
            start: {title: "", text: "", buttons: []},
        });
        useSubEnv({
            escalationDashboard: this.dashboard,
            escalationReload: () => {
                // Somebody has put something right: what is wrong is looked for anew.
                this.healthRead = 0;
                return this.model.load();
            },
        });
        onWillStart(() => this.loadDashboard());
        this.followChanges();
    }

    get modelParams() {
        const params = super.modelParams;
        params.hooks.onRootLoaded = () => {
            if (!this.firstLoad) {
                const isFresh = Date.now() < this.healthRead + HEALTH_CALM;
                this.loadDashboard(!(this.follows && isFresh));
                this.follows = false;
            }
        };
        return params;
    }

    /**
     * @param {Boolean} withHealth: else what is wrong is left as it was
     */
    async loadDashboard(withHealth = true) {
        if (withHealth) {
            this.healthRead = Date.now();
        }
        const dashboard = await this.orm.call(
            this.props.resModel,
            "get_dashboard",
            [],
            {with_health: withHealth}
        );
        Object.assign(this.dashboard, dashboard);
    }

    /** Reads anew when the server says so, unless that would be in the way. */
    followChanges() {
        const bus = useService("bus_service");
        let timer = null;
        let outdated = false;
        const follow = () => {
            timer = null;
            // To read on top of another read would end that one: the first, which
            // makes the page, or that of a filter which was just chosen.
            outdated =
                document.hidden ||
                this.model.read ||
                Boolean(this.model.root.selection?.length);
            if (!outdated) {
                this.follows = true;
                this.model.load();
            }
        };
        const catchUp = () => {
            if (outdated) {
                follow();
            }
        };
        const onChanged = () => {
            timer ??= browser.setTimeout(follow, CALM + Math.random() * SPREAD);
        };
        bus.subscribe(CHANGED, onChanged);
        onWillUnmount(() => {
            bus.unsubscribe(CHANGED, onChanged);
            browser.clearTimeout(timer);
        });
        useExternalListener(document, "visibilitychange", catchUp);
        useEffect(catchUp, () => [this.model.read, this.model.root.selection?.length]);
    }
}

export class EscalationKanbanRenderer extends KanbanRenderer {
    static template = "helpdesk_escalation.KanbanRenderer";
    static components = {
        ...KanbanRenderer.components,
        EscalationDashboard,
        EscalationStart,
    };

    setup() {
        super.setup();
        useCardFocus();
    }

    /** Enter and space press a button, rather than open or select its card. */
    onKeydown(ev) {
        if (["Enter", " "].includes(ev.key) && ev.target.closest("a, button")) {
            ev.stopPropagation();
        }
    }
}

registry.category("views").add("helpdesk_escalation_kanban", {
    ...kanbanView,
    Controller: EscalationKanbanController,
    Model: EscalationKanbanModel,
    Renderer: EscalationKanbanRenderer,
});
