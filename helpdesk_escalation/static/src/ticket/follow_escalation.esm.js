import {Component, onWillUnmount, useEffect, useExternalListener, xml} from "@odoo/owl";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";
import {FetchRecordError} from "@web/model/relational_model/errors";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const CHANGED = "helpdesk_escalation/ticket_changed";
// Several changes in a row are read once, and not by all pages at the same time.
const CALM = 300;
const SPREAD = 700;
// How soon it looks again whether somebody still has unsaved changes.
const PATIENCE = 5000;

/** Shows nothing: has an open form read its ticket anew when its escalation changes. */
export class FollowEscalation extends Component {
    static template = xml``;
    static props = {...standardWidgetProps};

    setup() {
        this.bus = useService("bus_service");
        this.timer = null;
        this.isOutdated = false;
        useEffect(
            (ticketId) => {
                if (!ticketId) {
                    return;
                }
                const channel = `helpdesk_escalation.ticket_${ticketId}`;
                this.bus.addChannel(channel);
                return () => this.bus.deleteChannel(channel);
            },
            () => [this.props.record.resId]
        );
        const onChanged = (message) => {
            if (message.ticket_id === this.props.record.resId) {
                this.followIn(CALM + Math.random() * SPREAD);
            }
        };
        this.bus.subscribe(CHANGED, onChanged);
        useExternalListener(document, "visibilitychange", () => {
            if (this.isOutdated) {
                this.followIn(0);
            }
        });
        onWillUnmount(() => {
            this.bus.unsubscribe(CHANGED, onChanged);
            browser.clearTimeout(this.timer);
        });
    }

    followIn(delay) {
        this.timer ??= browser.setTimeout(() => {
            this.timer = null;
            this.follow();
        }, delay);
    }

    /** Reads the ticket, unless that would take away what somebody is writing. */
    async follow() {
        const {record} = this.props;
        this.isOutdated = document.hidden;
        if (this.isOutdated) {
            return;
        }
        if (record.dirty || (await record.isDirty())) {
            this.followIn(PATIENCE);
            return;
        }
        try {
            await record.load();
        } catch (error) {
            // Who may see the ticket no more keeps the page as it is.
            if (
                !(error instanceof RPCError) &&
                !(error instanceof FetchRecordError) &&
                !(error instanceof ConnectionLostError)
            ) {
                throw error;
            }
        }
    }
}

registry.category("view_widgets").add("escalation_follow", {
    component: FollowEscalation,
});
