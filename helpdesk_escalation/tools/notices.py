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


def make_count_notice(env, left, total):
    """Return what a button on several records answers with.

    :param int left: how many stay as they are, as somebody was quicker, they are
        settled, or the user may not
    :return: True when there are none, else a notice
    """
    if not left:
        return True
    words = env._(
        "%(left)s of %(total)s stay as they are: somebody else is on them, they are "
        "settled, or they are not yours to take.",
        left=left,
        total=total,
    )
    return make_notice(words, following=CLOSE)
