"""``make docs``: the guide for users, as plain files in site/.

In the repository its pages link each other, the add-ons' pages and docs/ as they lie on
the disk. For the site all of them are put side by side, with their links and pictures
turned to match, and mkdocs builds that strictly: a link or an anchor that leads nowhere
fails. What is built needs no server, and loads nothing from elsewhere.
"""

import os
import re
import shutil
from pathlib import Path, PurePosixPath

import install
import settings
from console import StackError, Step, run_and_read, say
from settings import REPO, STACK, VENV

GUIDE = "docs/guide"
PAGES = STACK / "guide"
SITE = REPO / "site"
# What more of the repository is in it, for those who go further.
OTHERS = ["SECURITY.md", "bench/README.md"]
# What of the README is a page.
SECTIONS = ["Install it in your Odoo 19", "A core and its wings", "Limits"]
# What of an add-on's readme/ is its page.
FRAGMENTS = {"DESCRIPTION": "", "CONFIGURE": "## Configuration", "USAGE": "## Usage"}
LINK = re.compile(r"(?<=\]\()([^\s()#:]+)(?=[\s)#])")
FOREIGN = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=\"?https?:[^>]*>"
)


def docs(args):
    """Build the site."""
    if args:
        raise StackError("make docs knows no ARGS")
    tools = install.ensure_docs()
    with Step("Build the guide"):
        collect()
        build(tools)
    for page in SITE.rglob("*.html"):
        if foreign := FOREIGN.search(page.read_text()):
            raise StackError(f"{page} loads from elsewhere: {foreign[0]}")
    say(f"  {SITE / 'index.html'}")


def build(tools):
    command = [VENV / "bin/python", "-m", "mkdocs", "build", "--strict", "--clean"]
    env = {
        **os.environ,
        "PYTHONPATH": str(tools),
        "GUIDE_PAGES": str(PAGES),
        "NO_MKDOCS_2_WARNING": "1",
    }
    done = run_and_read([*command, "--site-dir", SITE], env=env, cwd=REPO)
    if done.returncode:
        told = re.findall(r"^(?:WARNING|ERROR) .*", done.stdout, re.M)
        raise StackError("\n".join(told) or done.stdout.strip())


def collect():
    """Put all pages and pictures side by side, in the folder that mkdocs reads."""
    install.remove(PAGES)
    texts = {path: (REPO / path).read_text() for path in find("docs", "*.md")}
    texts.update({path: (REPO / path).read_text() for path in OTHERS})
    texts["README.md"] = read_readme()
    pictures = find(f"{GUIDE}/images", "*.png")
    for name, manifest in settings.our_modules().items():
        # Its README.rst is made of the same texts.
        texts[f"{name}/README.rst"] = read_addon(name, manifest["name"])
        pictures += find(f"{name}/static/description", "*.png")
    places = {path: place_of(path) for path in [*texts, *pictures]}
    for path, place in places.items():
        (PAGES / place).parent.mkdir(parents=True, exist_ok=True)
        if path in texts:
            (PAGES / place).write_text(turn_links(texts[path], path, places))
        else:
            shutil.copy(REPO / path, PAGES / place)


def find(folder, pattern):
    found = sorted((REPO / folder).rglob(pattern))
    return [path.relative_to(REPO).as_posix() for path in found]


def read_readme():
    text = (REPO / "README.md").read_text()
    parts = ["# Installing, add-ons and limits"]
    for title in SECTIONS:
        section = rf"^## {title}$.*?(?=^## |^How to take part|\Z)"
        found = re.search(section, text, re.M | re.S)
        if not found:
            raise StackError(f"README.md has no section {title}: mend {__file__}")
        parts.append(found[0])
    return "\n\n".join(parts)


def read_addon(name, title):
    parts = [f"# {title}"]
    for fragment, heading in FRAGMENTS.items():
        file = REPO / name / "readme" / f"{fragment}.md"
        if file.is_file():
            parts += [heading, file.read_text()]
    return "\n\n".join(filter(None, parts))


def place_of(path):
    """Where a file of the repository is in the site."""
    path = PurePosixPath(path)
    if path.is_relative_to(GUIDE):
        return str(path.relative_to(GUIDE))
    if path.suffix == ".png":
        return f"images/{path.parts[0]}/{path.name}"
    if path.name == "README.rst":
        return f"add-ons/{path.parent}.md"
    if path.name == "README.md":
        return f"more/{path.parent}.md" if path.parent.name else "add-ons/index.md"
    # SECURITY.md beside docs/security.md: not every disk tells them apart.
    return f"more/{path.stem}-policy.md" if path.stem.isupper() else f"more/{path.name}"


def turn_links(text, path, places):
    """Lead the links of a page to where their targets are in the site.

    What is not in the site stays, and mkdocs says that it leads nowhere.
    """
    source, here = Path(path).parent, Path(places[path]).parent
    if path.endswith(".rst"):
        source /= "readme"

    def turn(match):
        target = places.get(os.path.normpath(source / match[1]))
        return os.path.relpath(target, here) if target else match[1]

    return LINK.sub(turn, text)
