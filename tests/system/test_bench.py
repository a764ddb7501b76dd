"""The benchmarks still run and write their table: in small, where no figure counts."""

import os
import subprocess
import sys
from pathlib import Path

from ..support.torture import scale

# What is measured, and what the table then says.
PARTS = {
    "floor": "Beside the least it could cost",
    "rival": "Beside the time rules",
    "install": "Installing it",
    "others": "everybody else",
    "idle": "When nothing is due",
    "wings": "What the wings add",
    "reports": "The numbers",
    "rotas": "The calendar of shifts",
    "flood": "When everything is due",
    "scale": "As it grows",
}
REPO = Path(__file__).resolve().parents[2]


def test_all_is_measured_and_written(tmp_path):
    table = tmp_path / "table.md"
    parts = list(PARTS)[: scale(1, len(PARTS))]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.run", "--tiny", "--output", table),
            *("--base", os.environ.get("ODOO_TEST_BASE", "escalation_base")),
            *("--pristine", os.environ["ODOO_TEST_SOURCE"]),
            *("--prefix", f"{os.environ['ODOO_TEST_NAME']}_bench"),
            *("--only", *parts),
        ],
        cwd=REPO,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    text = table.read_text()
    for title in map(PARTS.get, parts):
        assert title in text
    assert "PostgreSQL" in text
    for private in (os.uname().nodename, str(REPO), str(Path.home())):
        assert private not in text.split()
