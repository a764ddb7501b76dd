"""``make bench``: measure, print the table and write it to a file.

    python -m bench.run --base DATABASE --pristine DATABASE --prefix NAME
                        [--tiny] [--only PART …] [--open NUMBER …] [--output FILE]

``--base`` is a database with the helpdesk and without the addon, ``--pristine`` one
with the addon just installed. Both are only copied; the names of those that are made
begin with ``--prefix``, and they are dropped again.
``--tiny`` does the same in seconds at a size at which the figures mean nothing.
``--open`` says beside how many open tickets the part "scale" measures; a million takes
half an hour and 4 GB.
With ``--only`` and ``--output`` the other tables of the file stay as they are.
"""

import argparse
import os
import platform
import re
import sys
import time
from ast import literal_eval
from functools import cached_property
from pathlib import Path

from odoo.release import version as odoo_version
from odoo.tools import config

from . import (
    data,
    flood,
    idle,
    install,
    odoo_db,
    others,
    reports,
    rotas,
    scale,
    steps,
)

REPO = Path(__file__).resolve().parent.parent
CORE = "helpdesk_escalation"
README = Path(__file__).with_name("README.md")
FULL = {
    "teams": 40,
    "clients": 5000,
    "tickets": 100_000,
    "sizes": [100_000, 10_000, 1_000],
    "watched": 20_000,
    "fired": 200,
    "flood": 10_000,
    "rounds": 7,
    "few_rounds": 3,
    "turns": 600,
    "incidents": 20_000,
    "words": 100_000,
    "rotas": 200,
    "people": 50,
    "open": [10_000, 100_000, 1_000_000],
}
TINY = {
    "teams": 1,
    "clients": 3,
    "tickets": 40,
    "sizes": [40, 20],
    "watched": 40,
    "fired": 5,
    "flood": 12,
    "rounds": 1,
    "few_rounds": 1,
    "turns": 1,
    "incidents": 10,
    "words": 50,
    "rotas": 3,
    "people": 4,
    "open": [20, 40],
}

TEXT = """# What it costs

Written by `make bench`, which measures all of a table in one go on the development
stack: an ordinary machine, PostgreSQL without fsync, one thing at a time.

{machine}

Times are medians of several runs that took turns, a ratio is measured in the same run,
and queries are exact. "Holds" says whether the limit in the last but one column does.

{tables}
"""

PARTS = {
    "rival": (
        "Beside the time rules that people configure today",
        "Three time rules of *Automation Rules* (`base_automation`) with the actions "
        '"schedule activity" and "send email" do the same three-step job on the same '
        "tickets: an activity for the responsible after 10 minutes, a mail to the team "
        "leader after 30, a mail to the responsible after 60. In each round theirs is "
        "one turn amid some of ours, and the ratio is the median of the rounds (± its "
        "noise, 95 %). Their mails say what "
        "ours say, as far as a rule knows it. With "
        f"{steps.A_MAIL_EACH} tickets a person each is mailed alone; with "
        f"{steps.A_DIGEST_EACH} the rules mail as much as before, and we send digests.",
    ),
    "floor": (
        "Beside the least it could cost",
        "Odoo's own batch creation of the very same activities without their mails "
        "(`mail_activity_quick_update`), of the same log notes (`_message_log_batch`) "
        "and notices in open windows (`bus.bus`), as ours have left them behind, "
        "and of the same mails, queued, their facts and buttons written into the text "
        "of an ordinary template. Ours finds who is due and keeps an incident and a "
        "notification besides; it fills in facts and buttons from views, which Odoo "
        "compiles once, and not once a mail as such a text.",
    ),
    "install": (
        "Installing it on a helpdesk at work",
        "Somebody else works meanwhile, ten times a second, and measures how long each "
        "of these takes at the longest. Whatever Odoo installs, whoever needs a table "
        "that gets a column waits until that add-on is installed. Who spoke in old "
        "messages is read afterwards.",
    ),
    "others": (
        "What it costs everybody else",
        "Copies of the database, with the addon and without, take turns, each in "
        f"{others.LIVES} processes of its own, one after the other, and each piece of "
        "work a request of its own. With the addon come those that install themselves "
        "beside it; what all of ours cost is below each. ± is the noise of the "
        "comparison (95 %), and a second copy without the addon shows what the same "
        "work differs by. The list "
        "is read from an index that comes with the addon instead of sorting all "
        "tickets; what its columns cost by themselves is below.",
    ),
    "idle": (
        "When nothing is due",
        "What the scheduled action costs every five minutes.",
    ),
    "wings": (
        "What the wings add to that",
        "Two databases with the same tickets take turns.",
    ),
    "reports": (
        "The numbers",
        "What a manager opens, on the same helpdesk with a past full of escalations.",
    ),
    "rotas": (
        "The calendar of shifts",
        "What the web client reads when somebody opens it; no shift is stored.",
    ),
    "flood": (
        "When everything is due at once",
        "A real server with its cron and SMTP, two steps on every ticket: an activity "
        "for the responsible, a mail to the team leader.",
    ),
    "scale": (
        "As it grows",
        "The same beside more and more open tickets, the smallest number first, with "
        f"{len(data.SHORT)} messages each; on every other one a client waits. Seconds "
        "are of the processor, Odoo's and PostgreSQL's together, the least of several "
        "times. What it means: [docs/scale.md](../docs/scale.md).",
    ),
}


class Bench:
    def __init__(self, base, pristine, prefix, size):
        self.base = base
        self.pristine = pristine
        self.prefix = prefix
        self.size = size
        self.made = []
        # Not glue beside add-ons that are not there.
        self.modules = [
            name
            for (name,) in odoo_db.sql(
                pristine,
                "SELECT name FROM ir_module_module WHERE state = 'installed' "
                f"AND name LIKE '{CORE}%' ORDER BY name",
            )
        ]
        self.wing_names = [
            name
            for name in self.modules
            if literal_eval((REPO / name / "__manifest__.py").read_text())["depends"]
            == [CORE]
        ]

    def database(self, name, source):
        """Make a database of ours, a copy of another one."""
        name = f"{self.prefix}_{name}"
        self.made.append(name)
        odoo_db.copy(source, name)
        return name

    def drop(self):
        for name in self.made:
            odoo_db.drop(name)

    def helpdesk(self, name, tickets):
        """A database with so many tickets, without the addon."""
        name = self.database(name, self.base)
        with odoo_db.environment(name) as env:
            data.create_people(env, self.size["teams"], 3)
            data.create_clients(env, self.size["clients"])
            data.create_tickets(env, tickets)
            env.cr.commit()
        odoo_db.vacuum(name)
        return name

    def with_addons(self, name, source, *args):
        """A copy of a database with add-ons; nobody has worked in it meanwhile."""
        name = self.database(name, source)
        odoo_db.run_odoo(name, "-i", *args)
        odoo_db.read_messages(name)
        odoo_db.vacuum(name)
        return name

    @cached_property
    def full(self):
        return self.helpdesk("full", self.size["tickets"])

    @cached_property
    def installed(self):
        return self.with_addons("quiet", self.full, ",".join(self.modules))

    def rival(self):
        name = self.database("rival", self.pristine)
        with odoo_db.environment(name) as env:
            stage = steps.Stage(env, self.size["fired"])
            return steps.measure_rival(stage, self.size["rounds"])

    def floor(self):
        with odoo_db.environment(self.database("floor", self.pristine)) as env:
            stage = steps.Stage(env, self.size["fired"])
            return steps.measure_floor(stage, self.size["rounds"])

    def install(self):
        name = self.database("installed", self.full)
        return install.measure(name, self.modules)

    def others(self):
        # The copies differ by the addon alone.
        return others.measure(
            self.database("without", self.full),
            self.database("without_too", self.full),
            self.with_addons("with", self.full, CORE),
            self.database("with_all", self.installed),
            self.size["turns"],
        )

    def idle(self):
        name = self.database("idle", self.installed)
        return idle.measure(name, self.size["sizes"], self.size["rounds"])

    def wings(self):
        small = self.helpdesk("small", self.size["watched"])
        copies = [
            self.with_addons(name, small, ",".join(modules), "--skip-auto-install")
            for name, modules in (
                ("alone", [CORE]),
                ("together", [CORE, *self.wing_names]),
            )
        ]
        return idle.measure_wings(*copies, self.size["watched"], self.size["rounds"])

    def reports(self):
        return reports.measure(
            self.database("reports", self.installed),
            self.size["incidents"],
            self.size["words"],
            self.size["few_rounds"],
        )

    def rotas(self):
        return rotas.measure(
            self.database("rotas", self.pristine),
            self.size["rotas"],
            self.size["people"],
            self.size["rounds"],
        )

    def scale(self):
        found = {}
        for count in self.size["open"]:
            name = self.database("scale", self.pristine)
            scale.prepare(name, count)
            found[count] = scale.measure(name, self.size["few_rounds"])
        return scale.compare(found)

    def flood(self):
        return flood.measure(self.database("flood", self.installed), self.size["flood"])


def machine():
    """What it ran on; neither its name nor where anything is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    ((postgres,),) = odoo_db.sql("postgres", "SHOW server_version")
    return (
        f"Machine: {os.cpu_count()} cores ({model}), {memory:.0f} GB of memory, Python "
        f"{platform.python_version()}, PostgreSQL {postgres}, Odoo {odoo_version}."
    )


def table(part, rows):
    title, text = PARTS[part]
    lines = [f"## {title}", "", text, ""]
    lines += ["| What | Measured | Limit | Holds |", "|---|---|---|---|"]
    for row in rows:
        holds = {True: "yes", False: "**no**", None: ""}[row.holds]
        lines.append(f"| {row.what} | {row.measured} | {row.limit or ''} | {holds} |")
    lines += ["", f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())}."]
    return "\n".join(lines)


def tables_of(path):
    """The tables that a file has already, by their parts."""
    text = path.read_text() if path.exists() else ""
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    parts = {f"## {title}": part for part, (title, _text) in PARTS.items()}
    return {
        parts[title]: section.strip()
        for section in sections
        if (title := section.splitlines()[0]) in parts
    }


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", required=True)
    parser.add_argument("--pristine", required=True)
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--open", nargs="+", type=int)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(argv)
    output = options.output
    if not output and not options.tiny and options.only == list(PARTS):
        output = README
    config.parse_config([], setup_logging=False)
    size = dict(TINY if options.tiny else FULL)
    if options.open:
        size["open"] = sorted(options.open)
    bench = Bench(options.base, options.pristine, options.prefix, size)
    tables = tables_of(output) if output else {}
    start = time.monotonic()
    try:
        for part in options.only:
            tables[part] = table(part, getattr(bench, part)())
            print(f"\n{tables[part]}", flush=True)
            if output:
                in_order = [tables[part] for part in PARTS if part in tables]
                text = "\n\n".join(in_order)
                output.write_text(TEXT.format(machine=machine(), tables=text))
    finally:
        bench.drop()
    print(f"\n{machine()} {(time.monotonic() - start) / 60:.0f} minutes.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
