import {onPatched, useExternalListener, useRef} from "@odoo/owl";

const CARD = ".o_kanban_record";
// With Alt: of the card that has the focus alone, as all cards have these buttons.
const HOTKEYS = {action_confirm: "y", action_open_ticket: "o"};

/**
 * Keeps the focus with a card that goes to another column, where it is made anew.
 *
 * Only what had the focus gets it back, and only while nothing else has it.
 */
export function useCardFocus() {
    const root = useRef("root");
    let focused = null;
    let keyed = [];
    const setHotkeys = (card) => {
        keyed.forEach((button) => button.removeAttribute("data-hotkey"));
        keyed = card ? [...card.querySelectorAll("button[name]")] : [];
        keyed = keyed.filter((button) => button.name in HOTKEYS);
        keyed.forEach((button) =>
            button.setAttribute("data-hotkey", HOTKEYS[button.name])
        );
    };
    const remember = ({target}) => {
        const card = target.closest(CARD);
        setHotkeys(card);
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
