"""What a blind, a keyboard or a tired eye meets: axe-core on a page of ours."""

import json
from importlib.metadata import distribution

# Level AA of the WCAG 2.1.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
# What Odoo's own web client is found guilty of, on any page: not for us to mend.
ODOO_RULES = [
    "aria-allowed-attr",
    "aria-command-name",
    "aria-required-children",
    "aria-required-parent",
    "aria-roles",
    "autocomplete-valid",
    "html-has-lang",
    "meta-viewport",
]
# Its widgets that bring no name, or too little contrast, for whatever they show.
ODOO_WIDGETS = ", ".join(
    (
        ".o_main_navbar",
        ".o_loading_indicator",
        ".o_control_panel",
        ".o-mail-Chatter",
        ".o-mail-ChatterContainer",
        ".o-mail-Avatar",
        ".o_m2m_avatar",
        ".o_optional_columns_dropdown",
        ".o_select_menu_input",
        ".o_searchview",
        ".o_statusbar_status",
        ".o_pivot th",
        ".o_field_widget .badge",
        ".o_list_button .btn-link",
        ".o_list_record_selector",
        ".oe_title .o_field_widget[name=name]",
        ".o_notebook_headers",
        "[disabled]",
        "#footer",
        "header",
    )
)
CHECK = (
    f"""
    const [tags, rules, widgets] = {json.dumps([TAGS, ODOO_RULES, ODOO_WIDGETS])};
"""
    + """
    // What fades in is pale until it is there.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await Promise.all(
        document.getAnimations().map(({finished}) => finished.catch(() => null))
    );
    const {violations} = await axe.run(document, {
        runOnly: {type: "tag", values: tags},
        resultTypes: ["violations"],
    });
    const isOurs = ({target: [selector]}) => {
        const element = document.querySelector(selector);
        return element && !element.closest(widgets);
    };
    return violations
        .filter(({id}) => !rules.includes(id))
        .flatMap(({id, nodes}) =>
            nodes
                .filter(isOurs)
                .map(({any, html}) => `${id}: ${any[0]?.message || ""} ${html}`)
        );
"""
)


def find_barriers(window):
    """Say what stands in somebody's way on the page of a window.

    :param Window window: of tests/support/windows.py
    :rtype: list[str]
    """
    (axe,) = (
        path
        for path in distribution("axe-playwright-python").files
        if path.name == "axe.min.js"
    )
    window.run(f"if (!window.axe) {{ {axe.read_text()} }}")
    return window.run(CHECK)
