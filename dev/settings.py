"""Where everything is, what the environment can change, and which add-ons there are.

The one place for what several commands must agree on. "make help" lists the variables.
"""

import hashlib
import os
import re
import sys
from ast import literal_eval
from pathlib import Path

from console import StackError

REPO = Path(__file__).resolve().parent.parent
DEV = REPO / "dev"
STACK = Path(os.environ.get("STACK_DIR") or REPO / ".stack").absolute()
LOGS = STACK / "log"
VENV = STACK / "venv"
LINT_VENV = STACK / "lint"
NODE = STACK / "node"
NEIGHBOURS = STACK / "neighbours"
PLAYWRIGHT = STACK / "playwright"
RELEASE = STACK / "release"
DOCS = STACK / "docs"
MODEL = STACK / "ai"
ODOO = STACK / "odoo"
PGDATA = STACK / "pg"
DATA_DIR = STACK / "data"
CONF = STACK / "odoo.conf"
MAILS = STACK / "mails"

# The host addons to have in every database, beside what our own depend on.
HOST_MODULES = ["helpdesk_mgmt"]
# What the suite works beside, though none of our own depends on it.
TEST_MODULES = ["base_automation"]
ADDON_GLOB = "helpdesk_escalation*/__manifest__.py"
CORE = "helpdesk_escalation"
# Glue beside what only "make neighbours" has: it installs itself there.
NEIGHBOUR_GLUE = {"helpdesk_escalation_hr_holidays_public"}

PYTHONS = ((3, 11), (3, 13))  # first and last that Odoo 19 and the pins support
DEMO_DB = os.environ.get("DEMO_DB") or "demo"
TEST_DB = os.environ.get("TEST_DB") or "escalation_test"
SCREEN_LANG = os.environ.get("SCREEN_LANG")
BENCH_DB = os.environ.get("BENCH_DB") or "escalation_bench"


def port(name, default):
    value = os.environ.get(name) or default
    try:
        number = int(value)
        if not 0 < number < 65536:
            raise ValueError
    except ValueError:
        raise StackError(f"{name}={value} is not a port number") from None
    return number


def http_port():
    return port("HTTP_PORT", 8069)


def smtp_port():
    return port("SMTP_PORT", 8025)


def mail_port():
    return port("MAIL_PORT", 8070)


def odoo_source():
    """The folder that holds the ``odoo`` package, and the folders of add-ons."""
    home = os.environ.get("ODOO_HOME")
    if not home:
        source = ODOO / "usr/lib/python3/dist-packages"
        return source, []
    home = Path(home).expanduser().absolute()
    for source in (home, home / "lib/python3/dist-packages", *home.glob("*/odoo/..")):
        release = source / "odoo/release.py"
        if not release.is_file():
            continue
        match = re.search(r"version_info\s*=\s*\((\d+),", release.read_text())
        if not match or match[1] != "19":
            found = match[1] if match else "unknown"
            raise StackError(
                f"ODOO_HOME={home} is Odoo {found}: name an Odoo 19, or unset it"
            )
        addons = source / "addons"
        return source, [addons] if (addons / "web").is_dir() else []
    raise StackError(
        f"ODOO_HOME={home} holds no Odoo (no odoo/release.py): "
        "name a checkout or install of Odoo 19, or unset it"
    )


def our_modules():
    """Our own add-ons in the repository, as {name: manifest}."""
    return {
        path.parent.name: literal_eval(path.read_text())
        for path in sorted(REPO.glob(ADDON_GLOB))
    }


def installed_modules():
    """Those of our add-ons that the suite has installed."""
    return {
        name: manifest
        for name, manifest in our_modules().items()
        if name not in NEIGHBOUR_GLUE
    }


def wings():
    """Our add-ons that need the core and nothing else."""
    return [name for name, one in our_modules().items() if one["depends"] == [CORE]]


def demo_modules():
    """Those of our add-ons that the demo shows: not the glue beside other apps."""
    ours = our_modules()
    return {name: ours[name] for name in [CORE, *wings()] if name in ours}


def host_modules(demo=False):
    """What to have installed before our own add-ons."""
    needed = set(HOST_MODULES if demo else HOST_MODULES + TEST_MODULES)
    for manifest in (demo_modules() if demo else installed_modules()).values():
        needed.update(manifest.get("depends", ()))
    return sorted(needed - set(our_modules()))


def digest(*parts):
    """A short hash of texts and files."""
    result = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        result.update(b"%d:" % len(data) + data)
    return result.hexdigest()[:12]


def addons_digest():
    """A hash of all that an installed database takes from our add-ons."""
    files = sorted(
        path
        for name in our_modules()
        for path in (REPO / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return digest(
        *(part for path in files for part in (str(path.relative_to(REPO)), path))
    )


def interpreter():
    """A Python that the pins support: this one, or another one on the PATH."""
    low, high = PYTHONS
    if low <= sys.version_info[:2] <= high:
        if Path(sys.prefix) != VENV:
            return sys.executable
        # The stack's own environment is activated: it is not made from itself.
        return (
            f"{sys.base_prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
        )
    from shutil import which

    for minor in range(high[1], low[1] - 1, -1):
        found = which(f"python3.{minor}")
        if found:
            return found
    raise StackError(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} does not fit: "
        f"install Python 3.{low[1]} to 3.{high[1]} (as python3.{high[1]} on the "
        "PATH, or name it with PYTHON=…) and run again"
    )
