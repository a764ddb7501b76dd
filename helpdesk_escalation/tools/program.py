"""Whether a program is at work, and no person on a screen."""

from odoo.http import request
from odoo.service.server import thread_local


def is_program():
    """Whether what is done now was asked for over one of Odoo's external APIs.

    JSON-2 has a path of its own. While Odoo serves XML-RPC or JSON-RPC it hides the
    request, and notes on the thread which method was asked for.
    """
    if request:
        return request.httprequest.path.startswith("/json/2/")
    return bool(getattr(thread_local, "rpc_model_method", ""))
