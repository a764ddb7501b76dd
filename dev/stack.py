"""The commands behind the Makefile and ``dev/odoo``, see ``make help``.

One command from a fresh clone to a running Odoo, as anybody, without Docker: that is
why there is a stack. Each command makes what it lacks, and what is there it reuses.
Runs in the Python at hand, with its standard library alone.
"""

import sys

if sys.version_info < (3, 8):  # noqa: UP036
    sys.exit(
        "error: this is Python {}.{}: Python 3.11 to 3.13 is needed; install it, "
        "or name it with PYTHON=...".format(*sys.version_info)
    )

import contextlib
import fcntl
import os
import shutil
import subprocess

import databases
import demo
import guide
import install
import lint
import migration
import model
import neighbours
import release
import screenshots
import settings
from cluster import ClusterError
from console import StackError, Step, say, telling_line

# What Odoo's browser tests look for.
BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
TESTS = settings.REPO / "tests"
NO_TESTS = 5  # what pytest ends with


@contextlib.contextmanager
def lock(name="setup"):
    """Let one process at a time work on the stack."""
    settings.STACK.mkdir(parents=True, exist_ok=True)
    with open(settings.STACK / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  … waiting for another run that works on {settings.STACK}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def setup():
    """Make whatever is missing. Needs no network when nothing is."""
    with lock():
        (settings.STACK / ".gitignore").write_text("*\n")
        install.ensure_odoo()
        install.ensure_venv(before_rebuild=databases.stop_server)
        write_conf()
        databases.ensure_server()


def write_conf():
    _source, addons = settings.odoo_source()
    paths = [*addons, settings.REPO] if settings.our_modules() else addons
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    text = "\n".join(
        [
            "[options]",
            f"addons_path = {','.join(map(str, paths))}",
            f"data_dir = {settings.DATA_DIR}",
            "admin_passwd = admin",
            "list_db = True",
            "http_interface = 127.0.0.1",
            f"http_port = {settings.http_port()}",
            "workers = 0",
            "max_cron_threads = 1",
            "smtp_server = localhost",
            f"smtp_port = {settings.smtp_port()}",
            "email_from = odoo@example.com",
            "",
        ]
    )
    if not settings.CONF.exists() or settings.CONF.read_text() != text:
        settings.CONF.write_text(text)


def odoo(args):
    """Become Odoo."""
    setup()
    python = str(settings.VENV / "bin/python")
    os.execve(python, [python, "-m", "odoo", *args], databases.environment())


def run_demo(args):
    demo.demo(args, setup)


def run_screenshots(args):
    with lock("databases"):
        screenshots.screenshots(args, setup, BROWSERS)


def dist(args):
    with lock("databases"):
        return release.dist(args, setup)


def migrate(args):
    setup()
    with lock("databases"):
        return migration.migration(args)


def docs(args):
    """Build the guide: with the stack's Python, and no server beside it."""
    with lock():
        install.ensure_odoo()
        install.ensure_venv(before_rebuild=databases.stop_server)
        guide.docs(args)


def changelog(args):
    return release.changelog(args, setup)


def terms(args):
    """Export the terms of all add-ons, and bring the translations up to them."""
    setup()
    with lock("databases"):
        source = databases.pristine()
    names = databases.installed(source).split(",")
    with databases.test_copy(source) as (name, _source), Step("Export the terms"):
        log = settings.LOGS / "terms.log"
        databases.odoo(log, "i18n", "export", "-d", name, *names)
    merge = [settings.VENV / "bin/python", settings.DEV / "terms.py", *args]
    return subprocess.run(list(map(str, merge)), check=False).returncode


def torture(args):
    """Run the long form of the tests that have one."""
    return run_tests(["-m", "torture", *args], TORTURE="1")


def run_neighbours(args):
    return neighbours.neighbours(args, setup, lock, run_tests)


def ai(args):
    """Run the tests that need a language model, with a real one on this machine."""
    setup()
    with lock("ai"):
        install.ensure_model_venv()
        with model.serve() as url:
            return run_tests([TESTS / "model", *args], MODEL_URL=url)


def test(args):
    """Run the suite: the core's tests with the core alone, the others with all."""
    named = [
        path.resolve()
        for path in (settings.REPO / arg.partition("::")[0] for arg in args)
        if path.exists()
    ]
    core = TESTS / "core"
    if named and all(path.is_relative_to(core) for path in named):
        return run_tests(args, databases.alone)
    if named:
        return run_tests(args)
    return worst(
        run_tests([core, *args], databases.alone),
        run_tests([f"--ignore={core}", *args]),
    )


def alone(args):
    """Run the tests of each wing with the core and that wing alone."""
    return worst(
        *(
            run_tests(
                [TESTS / wing.removeprefix(f"{settings.CORE}_"), *args],
                lambda wing=wing: databases.alone(wing),
            )
            for wing in settings.wings()
        )
    )


def worst(*results):
    """The result of several runs: where one collected no test, that of the others."""
    return max((one for one in results if one != NO_TESTS), default=NO_TESTS)


def run_tests(args, build=databases.pristine, **variables):
    """Run tests on a fresh copy of a freshly installed database.

    :param build: makes the database to copy
    """
    setup()
    with lock("databases"):
        source = build()
    if not any(map(shutil.which, BROWSERS)):
        say("  ! no Chromium: browser tests are skipped (apt-get install chromium)")
    with databases.test_copy(source) as (name, source):
        command = [
            settings.VENV / "bin/python",
            *("-m", "pytest", "--odoo-http", "--odoo-log-level=warn"),
            *(f"--odoo-database={name}", f"--numprocesses={min(4, os.cpu_count())}"),
            *("--dist=loadscope", "--no-loadscope-reorder", *args),
        ]
        env = {
            **databases.environment(),
            "ODOO_TEST_SOURCE": source,
            "ODOO_TEST_NAME": name,
        }
        env["ODOO_TEST_ADDONS"] = databases.installed(source)
        env.update({name: str(value) for name, value in variables.items()})
        return subprocess.run(
            list(map(str, command)), env=env, cwd=settings.REPO, check=False
        ).returncode


def bench(args):
    """Measure, and write bench/README.md; the databases are made and dropped."""
    setup()
    with lock("databases"):
        pristine = databases.pristine()
    with lock("bench"):
        command = [settings.VENV / "bin/python", "-m", "bench.run"]
        command += ["--base", databases.BASE, "--pristine", pristine]
        command += ["--prefix", settings.BENCH_DB, *args]
        return subprocess.run(
            list(map(str, command)),
            env=databases.environment(),
            cwd=settings.REPO,
            check=False,
        ).returncode


def stop(args):
    if not databases.stop_server():
        say("nothing is running")


def clean(args):
    """Remove the stack with all its databases."""
    if demo.in_use():
        raise StackError("the demo is running: stop it first, with Ctrl-C there")
    databases.stop_server()
    install.remove(settings.STACK)


def main(argv):
    commands = {
        "setup": lambda args: setup(),
        "odoo": odoo,
        "demo": run_demo,
        "screenshots": run_screenshots,
        "test": test,
        "alone": alone,
        "torture": torture,
        "neighbours": run_neighbours,
        "migration": migrate,
        "ai": ai,
        "bench": bench,
        "lint": lint.lint,
        "format": lint.fix,
        "dist": dist,
        "docs": docs,
        "changelog": changelog,
        "terms": terms,
        "stop": stop,
        "clean": clean,
    }
    try:
        return commands[argv[0]](argv[1:])
    except StackError as error:
        say(f"error: {error}")
    except ClusterError as error:
        say(
            f"error: PostgreSQL: {telling_line(str(error))} — run again; if it stays, "
            f"start over (make clean), or see {settings.PGDATA}/log"
        )
    except KeyboardInterrupt:
        say("\nstopped; the same command goes on from here")
    except OSError as error:
        if error.errno != 28:
            raise
        say("error: the disk is full: free some space and run again")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
