import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

const ALARM = "helpdesk_escalation/alarm";
const ALARM_OVER = "helpdesk_escalation/alarm_over";
// More would hide the page: the rest is one notice.
const MAX_SHOWN = 5;

/** Notices about tickets that are escalated to the user, until somebody is on them. */
export const escalationPopupService = {
    dependencies: ["action", "bus_service", "notification", "orm"],

    start(env, {action, bus_service: bus, notification, orm}) {
        // By the id of the incident: its ticket, and how to close its notice.
        const shown = new Map();
        const more = new Map();
        let closeMore = null;

        function close(incidentId) {
            shown.get(incidentId)?.remove();
            more.delete(incidentId);
        }

        /** One ticket is one notice, whatever it is escalated for. */
        function closeTicket(ticketId) {
            for (const [incidentId, notice] of [...shown]) {
                if (notice.ticketId === ticketId) {
                    close(incidentId);
                }
            }
            for (const [incidentId, otherId] of [...more]) {
                if (otherId === ticketId) {
                    more.delete(incidentId);
                }
            }
        }

        async function confirm(alarm) {
            const answer = await orm.call(
                "helpdesk.escalation.notification",
                "action_confirm",
                [[alarm.id]]
            );
            closeTicket(alarm.ticket_id);
            if (answer === true) {
                notification.add(_t("You are on it. Nobody else will be alarmed."), {
                    type: "success",
                });
            } else {
                // It came too late: says who is on it.
                action.doAction(answer);
            }
        }

        function open(alarm) {
            close(alarm.incident_id);
            return action.doAction({
                type: "ir.actions.act_window",
                res_model: "helpdesk.ticket",
                res_id: alarm.ticket_id,
                views: [[false, "form"]],
            });
        }

        function openMore() {
            const ticketIds = [...more.values()];
            more.clear();
            closeMore?.();
            return action.doAction({
                type: "ir.actions.act_window",
                name: _t("Escalated to Me"),
                res_model: "helpdesk.ticket",
                domain: [["id", "in", ticketIds]],
                views: [
                    [false, "list"],
                    [false, "form"],
                ],
            });
        }

        function show(alarm) {
            // In another round it comes again.
            close(alarm.incident_id);
            closeTicket(alarm.ticket_id);
            if (shown.size >= MAX_SHOWN) {
                more.set(alarm.incident_id, alarm.ticket_id);
                return;
            }
            let isBusy = false;
            const remove = notification.add(`\n${alarm.text}`, {
                title: alarm.title,
                type: "danger",
                sticky: true,
                className: "o_escalation_popup",
                onClose: () => shown.delete(alarm.incident_id),
                buttons: [
                    {
                        name: _t("I'm on it"),
                        primary: true,
                        onClick: async () => {
                            if (isBusy) {
                                return;
                            }
                            isBusy = true;
                            try {
                                await confirm(alarm);
                            } finally {
                                isBusy = false;
                            }
                        },
                    },
                    {name: _t("Open ticket"), onClick: () => open(alarm)},
                ],
            });
            shown.set(alarm.incident_id, {ticketId: alarm.ticket_id, remove});
        }

        /** Says how many more there are, in one notice that is written anew. */
        function summarize() {
            closeMore?.();
            closeMore = null;
            if (more.size) {
                const remove = notification.add(
                    _t("More tickets escalated to you: %s", more.size),
                    {
                        type: "danger",
                        sticky: true,
                        className: "o_escalation_popup",
                        buttons: [{name: _t("Open list"), onClick: openMore}],
                        // By hand; we say so before we close it ourselves.
                        onClose: () => closeMore && more.clear(),
                    }
                );
                closeMore = () => {
                    closeMore = null;
                    remove();
                };
            }
        }

        bus.subscribe(ALARM, (message) => {
            message.alarms.forEach(show);
            for (const {incident_id, ticket_id} of message.more) {
                close(incident_id);
                more.set(incident_id, ticket_id);
            }
            summarize();
        });
        bus.subscribe(ALARM_OVER, (message) => {
            const before = more.size;
            message.incident_ids.forEach(close);
            if (more.size !== before) {
                summarize();
            }
        });
        bus.start();
    },
};

registry.category("services").add("escalation_popup", escalationPopupService);
