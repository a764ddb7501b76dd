"""The development stack: see ``make help``."""

import sys

if sys.version_info < (3, 8):
    sys.exit(
        "error: this is Python %d.%d: Python 3.11 to 3.13 is needed; install it, "
        "or name it with PYTHON=..." % sys.version_info[:2]
    )

import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
