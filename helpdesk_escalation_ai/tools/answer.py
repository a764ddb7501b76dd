"""Read what a language model has answered, which may be anything: plain functions.

Nothing of an answer is used but what a question asked for: one of the values it named,
or a text of bounded length.
"""

import json

# What is longer is no answer to any of our questions.
MAX_ANSWER = 20_000
# Where an object may begin: a model may chat around it.
MAX_STARTS = 20

UNKNOWN = "unknown"


def choice(values):
    """Describe a value out of a list; or that the model does not know."""
    return {"type": "string", "enum": [*values, UNKNOWN]}


def sentence(length):
    """Describe a text of some length at most."""
    return {"type": "string", "maxLength": length}


def describe(properties):
    """Return the JSON schema of an answer that has these properties, and no more."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def read_content(reply):
    """Return the text of a chat completion; empty where there is none.

    :param reply: what the server sent, parsed
    """
    try:
        content = reply["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return ""
    if isinstance(content, list):
        content = "".join(
            part["text"]
            for part in content
            if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return content if isinstance(content, str) else ""


def read_tokens(reply):
    """Return how many tokens a completion has cost; 0 where the server keeps quiet."""
    usage = reply.get("usage") if isinstance(reply, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    is_number = isinstance(total, int) and not isinstance(total, bool)
    return min(max(total, 0), 10_000_000) if is_number else 0


def read_answer(text, schema):
    """Find the answer in what a model wrote, and keep what is right of it.

    :param dict schema: as ``describe`` makes it
    :return: the properties that are as asked, and the names of those that are not
    :rtype: tuple[dict, list]
    """
    properties = schema["properties"]
    found = _find_object(text[:MAX_ANSWER], properties)
    kept = {}
    for name, wanted in properties.items():
        value = _read_value(found.get(name), wanted)
        if value is not None:
            kept[name] = value
    return kept, [name for name in properties if name not in kept]


def _find_object(text, properties):
    """Return the first object in a text that has one of the properties."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _number in range(MAX_STARTS):
        if start < 0:
            break
        try:
            found, _end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and not properties.keys().isdisjoint(found):
            return found
        start = text.find("{", start + 1)
    return {}


def _read_value(value, wanted):
    """Return a value as it was asked for; None for any other."""
    if "enum" in wanted:
        return _read_choice(value, wanted["enum"])
    if wanted["type"] == "integer":
        is_number = isinstance(value, int) and not isinstance(value, bool)
        fits = is_number and wanted["minimum"] <= value <= wanted["maximum"]
        return value if fits else None
    if wanted["type"] == "string":
        if not isinstance(value, str):
            return None
        return " ".join(value.split())[: wanted["maxLength"]]
    if wanted["type"] == "array":
        if not isinstance(value, list):
            return None
        items = (_read_value(one, wanted["items"]) for one in value)
        return [one for one in items if one is not None][: wanted["maxItems"]]
    if not isinstance(value, dict):
        return None
    parts = {
        name: _read_value(value.get(name), part)
        for name, part in wanted["properties"].items()
    }
    return None if None in parts.values() else parts


def _read_choice(value, values):
    if not isinstance(value, str):
        return None
    wanted = value.strip().casefold()
    return next((one for one in values if one.casefold() == wanted), None)
