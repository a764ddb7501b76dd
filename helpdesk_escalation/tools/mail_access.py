"""Who has a mail about our records rendered may read them (R14).

Odoo's composer renders templates with superuser rights for whoever opens it on a
record, and asks nobody whether they may see that.
"""

OUR_MODELS = "helpdesk.escalation."
HOST_MODEL = "helpdesk.ticket"


def check_may_write_about(env, template, model_name, res_ids):
    """Refuse to render anything about records that the user may not read.

    The template's model counts as well as the one named: Odoo takes the numbers for
    either. Tickets are the host's, and so are its templates: there only ours count.

    :param template: a mail template, or none
    :param str model_name: what a text is written about
    :param res_ids: numbers of such records
    :raise AccessError: when the user may not read one of them
    """
    res_ids = [res_id for res_id in res_ids if res_id]
    template = template.sudo()
    names = {name for name in (model_name, template.model) if name in env}
    for name in sorted(names):
        if name.startswith(OUR_MODELS) or (name == HOST_MODEL and _is_ours(template)):
            env[name].sudo(False).browse(res_ids).check_access("read")


def _is_ours(template):
    """Whether a template came with one of our add-ons."""
    return bool(template) and bool(
        template.env["ir.model.data"].search_count(
            [
                ("model", "=", template._name),
                ("res_id", "in", template.ids),
                ("module", "=like", r"helpdesk\_escalation%"),
            ],
            limit=1,
        )
    )
