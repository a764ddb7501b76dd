"""What a button answers with, besides doing its work."""

CLOSE = {"type": "ir.actions.act_window_close"}


def make_notice(words, kind="info", following=None):
    """Return the action that shows somebody a short notice.

    Programs get it too: its type, tag and ``params["message"]`` keep their names.

    :param str kind: "info", "success" or "warning"
    :param dict following: an action to go on with, such as CLOSE for a dialog
    """
    params = {"type": kind, "message": words}
    if following:
        params["next"] = following
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": params,
    }
