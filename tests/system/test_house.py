"""The house: which file may know what. These tests read the code and run none of it."""

import ast
import re
from collections import defaultdict
from pathlib import Path
from unittest import TestCase

import odoo.addons.helpdesk_escalation as addon

ROOT = Path(addon.__file__).parent
ADDONS = ROOT.parent
# The wings, an add-on each, and the words that only it may use.
WINGS = {
    "ai": ["ai", "proposals?", "prompts?", "language model"],
    "automation": [
        "triggers?",
        "keywords?",
        "requests",
        "escalation.request",
        "starts? at",
        "add_tag",
        "move_to",
        "assign_to(?!_me)",
        "vip",
        "strong language",
        "wish(es)?",
        "only.thanks",
    ],
    "chat": ["chats?", "chat_rooms?", "apprise"],
    "handover": [
        "hand_?overs?",
        "hand(s|ed) over",
        "hand_over",
        "manual",
        "tiers?",
        "sent[ _]back",
        "send[ _]back",
        "de[-_]?escalat(e|ed|ion)",
        "escalate further",
    ],
    "personal": ["personal[_ ]rules?", "held_until", "reminders?", "second[_ ]channel"],
    "sign_off": ["sign[-_ ]?off"],
    "on_call": ["rotas?", "on[-_ ]duty", "on[-_ ]call"],
    "analysis": ["backtests?", "tuning", "working_minutes", "medians?"],
    "webhook": ["webhooks?", "heartbeats?", "signing secret"],
}
# The same words, of Odoo's.
OF_ODOO = re.compile(
    r"_trigger\b|_trigger_run|_trigger_list|ir[._]cron[._]trigger|ir\.cron\.trigger"
    r"|method_direct_trigger|trigger:"
)
SUFFIXES = {".py", ".xml", ".csv", ".js", ".scss"}


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
        words = re.compile(
            rf"(?<![a-z])({'|'.join(sum(WINGS.values(), []))})(?![a-z])", re.IGNORECASE
        )
        named, read = [], 0
        for path in sorted(ROOT.rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            read += 1
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if words.search(OF_ODOO.sub("", line)):
                    named.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
        self.assertEqual(named, [])
        self.assertGreater(read, 100)

    def test_a_wing_uses_the_core_and_no_other_wing(self):
        for wing in WINGS:
            folder = ADDONS / f"helpdesk_escalation_{wing}"
            manifest = ast.literal_eval((folder / "__manifest__.py").read_text())
            self.assertEqual(manifest["depends"], ["helpdesk_escalation"])
            for path in folder.rglob("*"):
                if path.suffix not in SUFFIXES:
                    continue
                for other in WINGS:
                    if other == wing:
                        continue
                    with self.subTest(file=path.name, wing=wing, other=other):
                        self.assertNotIn(
                            f"helpdesk_escalation_{other}", path.read_text()
                        )
