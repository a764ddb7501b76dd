"""The library with which addresses outside are reached. It need not be installed."""

import warnings
from importlib.util import find_spec


def is_available():
    """Whether the library is on the server."""
    return bool(find_spec("apprise"))


def load():
    """Return the library; only who uses it pays for its import.

    Parts of it warn of what a later Python leaves out, which is no matter of ours.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise
        import apprise.manager_plugins
        import apprise.plugins

        # All services: they are imported when one is asked for first.
        apprise.manager_plugins.NotificationManager().schemas()
    return apprise
