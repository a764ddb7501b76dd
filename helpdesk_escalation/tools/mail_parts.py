"""The placeholders in the texts of mail templates."""

from lxml import html

# An element with this attribute stands for one of the parts of a mail.
PLACEHOLDER = "data-escalation"


def fill_in(body, parts, needed=()):
    """Put the parts of a mail where its text has placeholders for them.

    A placeholder goes with all that is in it, so that it may say to who edits the
    template what comes there.

    :param str body: HTML
    :param dict parts: HTML by the name of the placeholder
    :param needed: names of parts that go to the end if they have no place
    :return: HTML
    """
    root = html.fragment_fromstring(body or "", create_parent="div")
    found = set()
    for element in root.xpath(f".//*[@{PLACEHOLDER}]"):
        name = element.get(PLACEHOLDER)
        if name not in parts:
            continue
        found.add(name)
        tail = element.tail
        element.clear()
        # What people wrote is escaped: nobody else can write such an element.
        element.tag, element.tail = f"escalation-{name}", tail
    text = html.tostring(root, encoding="unicode")[len("<div>") : -len("</div>")]
    for name, part in parts.items():
        text = text.replace(f"<escalation-{name}></escalation-{name}>", part)
    return text + "".join(parts[name] for name in needed if name not in found)
