"""Finds the doors of the add-ons in their source and in the registry, kind by kind.

What is found is held against the tables in test_access.py: a new door fails there until
somebody has thought about who may go through it.
"""

import ast
import re
from functools import cache
from pathlib import Path

import odoo.addons.helpdesk_escalation

FOLDER = Path(odoo.addons.helpdesk_escalation.__file__).parents[1]
OURS = "helpdesk_escalation"


@cache
def _functions():
    """All functions of the add-ons: (file, name, names that it calls, goes sudo)."""
    found = []
    for path in sorted(FOLDER.glob(f"{OURS}*/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                calls = [
                    call
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                ]
                names = {call.func.attr for call in calls}
                found.append((path, node.name, names, any(map(_is_sudo, calls))))
    return found


def _is_sudo(call):
    """Whether a call gives rights that the person may not have."""
    if call.func.attr == "with_user":
        return "SUPERUSER" in ast.unparse(call)
    return call.func.attr == "sudo" and not (
        call.args and ast.unparse(call.args[0]) == "False"
    )


def find_sudo(*folders):
    """Functions in some folders of the add-ons that go sudo: "file.function"."""
    return {
        f"{path.stem}.{name}"
        for path, name, _names, is_sudo in _functions()
        if is_sudo and (path.parent.name in folders or name == "_get_report_values")
    }


@cache
def _sudo_names():
    """Names of the functions that go sudo, themselves or by what they call."""
    names = {name for _path, name, _names, is_sudo in _functions() if is_sudo}
    while True:
        more = {name for _path, name, calls, _sudo in _functions() if calls & names}
        if more <= names:
            return names
        names |= more


def _sudo_fields(env):
    """Names of our fields whose values are worked out by what goes sudo."""
    return {
        name
        for model in env.registry.values()
        for name, field in model._fields.items()
        if (field._module or "").startswith(OURS) and field.compute in _sudo_names()
    }


def find_sudo_in_template(env, arch):
    """What a QWeb template asks for and that goes sudo: methods, fields, the env."""
    code = " ".join(re.findall(r't-(?!name|call)[\w-]+="([^"]*)"', arch))
    called = set(re.findall(r"\.(\w+)\(", code)) & (
        _sudo_names() | {"sudo", "with_user"}
    )
    read = set(re.findall(r"\.(\w+)", code)) & (_sudo_fields(env) | {"env"})
    return called | read | set(re.findall(r"\b(?:request|env)\b(?=[.\[])", code))


def is_ours(records):
    """Those of some records that our add-ons bring along: {XML id: record}."""
    return {
        xml_id: records.browse(record_id)
        for record_id, xml_id in records.get_external_id().items()
        if xml_id.startswith(OURS)
    }


def our_models(env):
    """The names of all models of the add-ons, also those that hold no records."""
    return {
        name
        for name, model in env.registry.items()
        if model._original_module.startswith(OURS)
    }


def find_reports(env):
    """Reports that any logged-in user can ask for by address, of or about ours."""
    reports = env["ir.actions.report"].search([])
    known = set(is_ours(reports).values())
    return reports.filtered(lambda r: r in known or r.model in our_models(env))


def find_templates(env):
    """All QWeb templates of ours: {XML id: architecture}."""
    views = env["ir.ui.view"].search([("type", "=", "qweb")])
    return {xml_id: view.arch_db for xml_id, view in is_ours(views).items()}


def find_stored_domains(env):
    """Fields in which people store a domain: by their name, or by a view's widget."""
    found = set()
    for model in our_models(env):
        for name, field in env[model]._fields.items():
            if (
                field.type in ("char", "text")
                and field.store
                and not env[model]._abstract
                and re.search("domain|condition|filter", name)
            ):
                found.add((model, name))
    for view in is_ours(env["ir.ui.view"].search([("type", "!=", "qweb")])).values():
        for tag in re.findall(r"<field[^>]*widget=\"domain\"[^>]*>", view.arch_db):
            name = re.search(r'name="(\w+)"', tag).group(1)
            found |= {
                (model, name)
                for model in our_models(env)
                if name in env[model]._fields and not env[model]._abstract
            }
    return found


def find_constraints(env, model, name):
    """The checks that are made when a field is saved."""
    return [
        method.__name__
        for method in env[model]._constraint_methods
        if name in method._constrains
    ]


def find_added_states(env):
    """What a server action can do because of our add-ons."""
    model = env["ir.actions.server"]
    modules = model._fields["state"]._selection_modules(model)
    return {
        state
        for state, names in modules.items()
        if any(name.startswith(OURS) for name in names)
    }


def find_activity_buttons(env):
    """What Odoo lets people call on an activity, or on all of a ticket's."""
    return {
        name
        for model in ("mail.activity", "mail.activity.mixin")
        for base in env.registry[model].mro()
        if base.__module__.startswith("odoo.addons.mail.")
        for name in vars(base)
        if re.match("action_|activity_[a-z]+$", name)
        and callable(getattr(env[model], name))
    }
