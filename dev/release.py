"""``make dist`` and ``make changelog``: wheels of the add-ons, and what has changed.

The wheels are built by whool, as the OCA builds its own, and so are named as theirs.
``make dist ARGS=--check`` installs them beside Odoo in a fresh virtual environment that
knows nothing of this repository, and lets the job run there.
"""

import os
import re
import subprocess

import databases
import install
import settings
from console import StackError, Step, run, say
from settings import DEV, LOGS, REPO, STACK, VENV

DIST = REPO / "dist"
CHECK = STACK / "dist-check"
CHECK_DB = "escalation_dist"
TRY = """
from pathlib import Path

import odoo.addons.helpdesk_escalation as core

if "site-packages" not in Path(core.__file__).parts:
    raise SystemExit(f"not from a wheel: {core.__file__}")
reading = env["helpdesk.escalation.message.reading"]
while reading._is_pending():
    reading._cron_read_messages()
env["helpdesk.escalation.engine"]._cron_escalate()
if problems := env["helpdesk.escalation.incident"].search([("error", "!=", False)]):
    raise SystemExit(problems.mapped("error"))
"""


def dist(args, setup):
    """Build a wheel of each add-on; ``--check`` installs and runs them as well."""
    if set(args) - {"--check"}:
        raise StackError("make dist knows ARGS=--check only")
    setup()
    tools = install.ensure_release()
    install.remove(DIST)
    env = {
        **os.environ,
        "PYTHONPATH": str(tools),
        # The version of the manifest, as it is: a release is a tag.
        "WHOOL_POST_VERSION_STRATEGY_OVERRIDE": "none",
    }
    names = sorted(settings.our_modules())
    with Step(f"Build {len(names)} wheels"):
        run(
            [
                *(VENV / "bin/python", "-m", "pip", "wheel", "--no-deps"),
                *("--no-build-isolation", "--disable-pip-version-check"),
                *("--wheel-dir", DIST, *(REPO / name for name in names)),
            ],
            log=LOGS / "dist.log",
            advice="see the log",
            env=env,
        )
    wheels = sorted(DIST.glob("*.whl"))
    if len(wheels) != len(names):
        raise StackError(f"{len(wheels)} wheels of {len(names)} add-ons in {DIST}")
    if args:
        check(wheels)
    for wheel in wheels:
        say(f"  {wheel.relative_to(REPO)}")


def check(wheels):
    """Install the wheels beside Odoo in a fresh environment, and run the job."""
    source, addons = settings.odoo_source()
    python = CHECK / "bin/python"
    log = LOGS / "dist-check.log"
    install.remove(log)
    install.make_venv(CHECK, settings.interpreter())
    pip = [python, "-m", "pip", "install", "--no-input"]
    install.pip_install(pip, "Install Python packages", DEV / "requirements.txt")
    pins = DEV / "requirements-addons.txt"
    install.pip_install([*pip, "--no-deps"], "Install OCA helpdesk", pins)
    # One of ours is for a neighbour.
    pins = DEV / "requirements-neighbours.txt"
    install.pip_install([*pip, "--no-deps"], "Install the neighbours", pins)
    (install.site_packages(CHECK) / "odoo-source.pth").write_text(f"{source}\n")
    with Step("Install the wheels"):
        command = [*pip, "--no-deps", "--no-index", *wheels]
        run(command, log=log, advice="see the log")
    # Where another server is at work, its databases stay out of it.
    databases.drop(CHECK_DB)
    databases.copy(databases.base(), CHECK_DB)
    env = {**databases.environment(), "ODOO_RC": os.devnull}
    options = [
        *("-d", CHECK_DB, f"--data-dir={settings.DATA_DIR}", "--no-http"),
        *([f"--addons-path={','.join(map(str, addons))}"] if addons else []),
    ]
    ours = ",".join([*settings.installed_modules(), *settings.NEIGHBOUR_GLUE])
    try:
        with Step("Install the add-ons from them, and run"):
            for more, code in ((["-i", ours, "--stop-after-init"], ""), ([], TRY)):
                shell = [] if more else ["shell"]
                run(
                    [python, "-m", "odoo", *shell, *options, *more],
                    log=log,
                    advice="see the log",
                    env=env,
                    text=code,
                    cwd=CHECK,
                )
        databases.report_trouble(log)
        if databases.installed(CHECK_DB).count(",") != ours.count(","):
            raise StackError(f"not all are installed (log: {log})")
    finally:
        databases.drop(CHECK_DB)
        install.remove(CHECK)


def changelog(args, setup):
    """Move what is in changelog.d/ into CHANGELOG.md, under a version."""
    version = os.environ.get("VERSION", "")
    if not re.fullmatch(r"19\.0(\.\d+){3}", version) and not args:
        raise StackError("say which version: make changelog VERSION=19.0.1.1.0")
    setup()
    env = {**os.environ, "PYTHONPATH": str(install.ensure_release())}
    command = [VENV / "bin/python", "-m", "towncrier", "build", "--yes"]
    command += ["--version", version or "next", *args]
    return subprocess.run(
        list(map(str, command)), env=env, cwd=REPO, check=False
    ).returncode
