import {CalendarController} from "@web/views/calendar/calendar_controller";
import {CalendarModel} from "@web/views/calendar/calendar_model";
import {calendarView} from "@web/views/calendar/calendar_view";
import {registry} from "@web/core/registry";
import {serializeDateTime} from "@web/core/l10n/dates";

/**
 * What is dragged opens the dialog in which the change is made: the mouse alone
 * saves nothing.
 */
class OnCallCalendarModel extends CalendarModel {
    get canEdit() {
        return true;
    }

    async updateRecord(record) {
        const action = await this.orm.call(this.resModel, "action_move", [
            [record.id],
            serializeDateTime(record.start),
            serializeDateTime(record.end),
        ]);
        await this.env.services.action.doAction(action, {
            onClose: () => this.load(),
        });
        await this.load();
    }
}

registry.category("views").add("on_call_calendar", {
    ...calendarView,
    Controller: CalendarController,
    Model: OnCallCalendarModel,
});
