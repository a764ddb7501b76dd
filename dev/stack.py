"""The development stack: see ``make help``."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036
    sys.exit(
        "error: this is Python {}.{}: Python 3.11 to 3.13 is needed; install it, "
        "or name it with PYTHON=...".format(*sys.version_info)
    )

import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
