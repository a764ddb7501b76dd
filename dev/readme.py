"""README.rst and index.html of each add-on, from its readme/ and its manifest.

The OCA's ``oca-gen-addon-readme`` is not on PyPI, and its pages carry badges and links
of a repository of theirs. This makes the same of the same fragments, in their order and
by the same means (pandoc), without those. ``--check`` writes nothing and names what is
out of date.
"""

import re
import sys
from html import escape

import pypandoc
import settings
from settings import REPO

# What the OCA reads, without what has no place here.
FRAGMENTS = {
    "DESCRIPTION": "",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "DEVELOP": "Development",
    "ROADMAP": "Known issues / Roadmap",
    "HISTORY": "Changelog",
    "CONTRIBUTORS": "Contributors",
}
# What of the manifest stands below them.
CREDITS = {
    "Author": "author",
    "Website": "website",
    "Development status": "development_status",
    "License": "license",
}
MARKDOWN = "gfm-raw_html-gfm_auto_identifiers"
PICTURES = "static/description/"
GENERATED = "Generated from readme/ by make format: edit that instead."


def convert(text, to):
    return pypandoc.convert_text(text, to, format=MARKDOWN, extra_args=["--columns=88"])


def read(addon):
    """Return the fragments that an add-on has, as (title, Markdown)."""
    folder = REPO / addon / "readme"
    names = {path.stem for path in folder.glob("*.*")}
    if "DESCRIPTION" not in names:
        raise SystemExit(f"{addon}/readme: no DESCRIPTION.md")
    unknown = names - set(FRAGMENTS)
    if unknown:
        raise SystemExit(f"{addon}/readme: {', '.join(sorted(unknown))} goes nowhere")
    return [
        (title, path.read_text())
        for name, title in FRAGMENTS.items()
        if (path := folder / f"{name}.md").exists()
    ]


def make_rst(manifest, fragments):
    line = "=" * len(manifest["name"])
    parts = [line, manifest["name"], line, "", f".. {GENERATED}", ""]
    for title, text in fragments:
        if title:
            parts += [title, "=" * len(title), ""]
        # Pictures as seen from the add-on's folder.
        text = convert(text, "rst").replace(f"../{PICTURES}", PICTURES)
        parts += [text.strip(), ""]
    parts += [f"{title}: {manifest[key]}\n" for title, key in CREDITS.items()]
    return "\n".join(parts)


def make_html(manifest, fragments):
    """What Odoo's Apps show: its own styles, pictures by their name alone."""
    parts = [f"<!-- {GENERATED} -->", '<section class="container">']
    parts.append(f"<h1>{escape(manifest['name'])}</h1>")
    for title, text in fragments:
        if title:
            parts.append(f'<h2 class="mt-4">{title}</h2>')
        text = convert(text, "html").strip()
        text = text.replace("<table>", '<table class="table table-sm">')
        text = re.sub(
            rf'<img\s+src="\.\./{PICTURES}', '<img class="img-fluid border" src="', text
        )
        parts.append(text)
    parts.append("</section>")
    return "\n".join(parts) + "\n"


def main(check):
    stale = []
    for addon, manifest in settings.our_modules().items():
        fragments = read(addon)
        pages = {
            REPO / addon / "README.rst": make_rst(manifest, fragments),
            REPO / addon / PICTURES / "index.html": make_html(manifest, fragments),
        }
        for path, text in pages.items():
            if path.exists() and path.read_text() == text:
                continue
            stale.append(str(path.relative_to(REPO)))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    if check and stale:
        raise SystemExit(f"out of date, run make format: {', '.join(stale)}")


if __name__ == "__main__":
    main(check="--check" in sys.argv)
