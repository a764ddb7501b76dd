from odoo import api, models

MENU = "helpdesk_escalation.menu_escalated_to_me"


class IrUiMenu(models.Model):
    """R8: "Escalated to me" is there for whoever has an open notification.

    Odoo keeps menus in memory per user. What changes with every notification is taken
    out of that answer each time, by one look into the open incidents: no group has to
    be changed, which would make Odoo forget everybody's rights, and nothing is done
    while nobody opens a page.
    """

    _inherit = "ir.ui.menu"

    @api.model
    def load_menus(self, debug):
        menus = super().load_menus(debug)
        menu_id = self._get_escalated_to_me_id()
        if menu_id not in menus or self.env["helpdesk.ticket"]._escalation_has_mine():
            return menus
        # What Odoo keeps is not changed.
        menus = {key: menu for key, menu in menus.items() if key != menu_id}
        root = menus["root"]
        children = [child for child in root["children"] if child != menu_id]
        return {**menus, "root": {**root, "children": children}}

    @api.model
    def load_menus_root(self):
        root = super().load_menus_root()
        menu_id = self._get_escalated_to_me_id()
        if menu_id not in root["all_menu_ids"] or (
            self.env["helpdesk.ticket"]._escalation_has_mine()
        ):
            return root
        return {
            **root,
            "children": [menu for menu in root["children"] if menu["id"] != menu_id],
            "all_menu_ids": [one for one in root["all_menu_ids"] if one != menu_id],
        }

    @api.model
    def _get_escalated_to_me_id(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(
            MENU, raise_if_not_found=False
        )
