"""The placeholders in the texts of mail templates."""

from lxml import etree, html

# An element with this attribute stands for one of the parts of a mail.
PLACEHOLDER = "data-escalation"


def fill_in(body, parts, needed=()):
    """Put the parts of a mail where its text has placeholders for them.

    What is in a placeholder goes, so that it may say to who edits the template what
    comes there; its style stays.

    :param str body: HTML
    :param dict parts: HTML by the name of the placeholder
    :param needed: names of parts that go to the end if they have no place
    :return: HTML
    """
    root = html.fragment_fromstring(body or "", create_parent="div")
    for element in root.xpath(f".//*[@{PLACEHOLDER}]"):
        name = element.get(PLACEHOLDER)
        if name in parts:
            _empty(element)
            # What people wrote is escaped: nobody else can write such an element.
            etree.SubElement(element, f"escalation-{name}")
    text = html.tostring(root, encoding="unicode")[len("<div>") : -len("</div>")]
    for name, part in parts.items():
        place = f"<escalation-{name}></escalation-{name}>"
        if place in text:
            text = text.replace(place, part)
        elif name in needed:
            text += str(part)
    return text


def _empty(element):
    """Leave nothing of a placeholder but its looks."""
    kept = {
        name: value for name, value in element.items() if name in ("class", "style")
    }
    tail = element.tail
    element.clear()
    element.attrib.update(kept)
    element.tail = tail
