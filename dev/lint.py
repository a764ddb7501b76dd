"""``make lint`` and ``make format``: the OCA's checks, without its git hooks."""

import os

import install
import settings
from console import StackError, Step, run_and_read, say
from settings import DEV, LINT_VENV, NODE, REPO

PRETTIER_SUFFIXES = {".xml", ".js", ".scss", ".css"}
# A class per subject and file is how the house is built.
PYLINT = ["--disable=consider-merging-classes-inherited"]
ESLINT_CONFIG = REPO / "eslint.config.cjs"
MODULES = NODE / "node_modules"


def tool(name):
    return LINT_VENV / "bin" / name


def files(*suffixes):
    """Files of our add-ons with one of the suffixes."""
    return [
        path
        for name in settings.our_modules()
        for path in sorted((REPO / name).rglob("*"))
        if path.suffix in suffixes
    ]


def prettier(option):
    plugin = MODULES / "@prettier/plugin-xml/src/plugin.js"
    paths = [ESLINT_CONFIG, *files(*PRETTIER_SUFFIXES)]
    return [MODULES / ".bin/prettier", option, f"--plugin={plugin}", *paths]


def eslint(*options):
    paths = files(".js")
    command = [MODULES / ".bin/eslint", "--max-warnings=0", *options, *paths]
    return command if paths else None


def checks():
    """The commands to run, by name; None where there is nothing to check."""
    modules = list(settings.our_modules())
    catalogues = files(".po", ".pot")
    odoo = "oca-checks-odoo-module"
    return {
        "ruff": [tool("ruff"), "check", "."],
        "ruff format": [tool("ruff"), "format", "--check", "."],
        "pylint-odoo": modules
        and [tool("pylint"), "--rcfile=.pylintrc-mandatory", *PYLINT, *modules],
        odoo: modules and [tool(odoo), *modules],
        "oca-checks-po": catalogues and [tool("oca-checks-po"), *catalogues],
        "readme": [tool("python"), DEV / "readme.py", "--check"],
        "prettier": prettier("--check"),
        "eslint": eslint(),
    }


def fixes():
    return {
        "ruff": [tool("ruff"), "check", "--fix", "."],
        "ruff format": [tool("ruff"), "format", "."],
        "readme": [tool("python"), DEV / "readme.py"],
        "eslint": eslint("--fix"),
        "prettier": prettier("--write"),
    }


def lint(args):
    install_tools()
    failed = run_all(checks())
    if failed:
        raise StackError(f"{', '.join(failed)}: see above (make format may help)")


def fix(args):
    install_tools()
    run_all(fixes())


def install_tools():
    settings.STACK.mkdir(parents=True, exist_ok=True)
    install.ensure_lint_venv()
    install.ensure_node()


def run_all(commands):
    """Run them all, show what the failing ones say, return their names."""
    failed = []
    for name, command in commands.items():
        if not command:
            continue
        try:
            with Step(name):
                run_one(command)
        except StackError as error:
            failed.append(name)
            say(str(error))
    return failed


def run_one(command):
    # ESLint's configuration is read from the repository, its plugins are not in it.
    env = {**os.environ, "NODE_PATH": str(MODULES)}
    done = run_and_read(command, env=env, cwd=REPO)
    if done.returncode:
        raise StackError(done.stdout.strip())
