import {onPatched, useExternalListener, useRef} from "@odoo/owl";

const CARD = ".o_kanban_record";

/**
 * Keeps the focus with a card that goes to another column, where it is made anew.
 *
 * Only what had the focus gets it back, and only while nothing else has it.
 */
export function useCardFocus() {
    const root = useRef("root");
    let focused = null;
    const remember = ({target}) => {
        const card = target.closest(CARD);
        const id = card?.querySelector("[data-incident]")?.dataset.incident;
        focused = id ? {id, button: target.getAttribute("name")} : null;
    };
    const forget = ({target}) => {
        if (!target.closest(CARD)) {
            focused = null;
        }
    };
    useExternalListener(document.body, "focusin", remember);
    useExternalListener(document.body, "pointerdown", forget);
    onPatched(() => {
        if (focused && document.activeElement === document.body) {
            const card = root.el
                .querySelector(`[data-incident="${focused.id}"]`)
                ?.closest(CARD);
            const button = card?.querySelector(`button[name="${focused.button}"]`);
            const target = button && !button.disabled ? button : card;
            target?.focus({preventScroll: true});
        }
    });
}
