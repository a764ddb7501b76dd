"""The house: which file may know what. These tests read the code and run none of it."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from unittest import TestCase

import odoo.addons.helpdesk_escalation as addon

ROOT = Path(addon.__file__).parent
# What goes beyond the core, a folder each, and the words that only it may use.
WINGS = {
    "automation": ["trigger", "keyword", "request", "starts? at", "add_tag", "move_to"],
    "handover": ["handover", "hand_over", "handed", "handover", "manual", "tier"],
    "sign_off": ["sign_?off"],
    "analysis": ["backtest", "tuning", "working_minutes"],
}
# The same words, of Odoo's.
OF_ODOO = re.compile(r"_trigger\(|_trigger_run|ir[._]cron[._]trigger")


class Model:
    """The classes of ours that make up a model, per file."""

    def __init__(self):
        self.base = None
        self.methods = defaultdict(set)
        self.nodes = {}


def read_models():
    models = defaultdict(Model)
    for path in sorted((ROOT / "models").rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            values = {
                target.id: statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name)
            }
            name = values.get("_name") or values.get("_inherit")
            if not isinstance(name, ast.Constant):
                continue
            model = models[name.value]
            if "_name" in values and "_description" in values:
                model.base = path
            model.nodes[path] = node
            model.methods[path] |= {
                statement.name
                for statement in node.body
                if isinstance(statement, ast.FunctionDef)
            }
    return models


def calls_of_self(node):
    for part in ast.walk(node):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and isinstance(part.func.value, ast.Name)
            and part.func.value.id == "self"
        ):
            yield part.func.attr


class TestHouse(TestCase):
    def test_a_models_base_file_stands_alone(self):
        """It calls nothing that only another file of ours defines.

        But for the engine's, which tells the story of the run by calling them.
        """
        leaning = []
        for name, model in read_models().items():
            if not model.base or name == "helpdesk.escalation.engine":
                continue
            own = model.methods[model.base]
            elsewhere = set.union(set(), *model.methods.values()) - own
            for method in sorted(set(calls_of_self(model.nodes[model.base]))):
                if method in elsewhere:
                    leaning.append(f"{name}: {method}")
        self.assertEqual(leaning, [])

    def test_the_core_names_nothing_of_what_goes_beyond_it(self):
        words = re.compile("|".join(sum(WINGS.values(), [])), re.IGNORECASE)
        named = []
        for path in sorted((ROOT / "models").glob("*.py")):
            if path.name == "__init__.py":
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if words.search(OF_ODOO.sub("", line)):
                    named.append(f"{path.name}:{number}: {line.strip()}")
        self.assertEqual(named, [])

    def test_each_folder_uses_the_core_and_no_other_folder(self):
        for wing in WINGS:
            others = [other for other in WINGS if other != wing]
            for path in (ROOT / "models" / wing).glob("*.py"):
                for other in others:
                    with self.subTest(file=path.name, other=other):
                        self.assertNotIn(f"..{other}", path.read_text())
