"""What our own mail server found out about the sender of a mail (RFC 8601)."""

import re

HEADER = "Authentication-Results"
# "hardfail" is what "fail" was called before RFC 7001. Everything else, "softfail" and
# errors too, leaves it open who wrote.
FAILED = {"fail", "hardfail"}
# Which property says for whom a check passed.
IDENTITIES = {
    "spf": ("smtp.mailfrom", "smtp.helo"),
    "dkim": ("header.d", "header.i"),
    "dmarc": ("header.from",),
}
_METHOD = re.compile(r"^(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)")
_PROPERTY = re.compile(r"([a-z]+(?:\s*\.\s*[a-z_-]+)?)\s*=\s*(\"[^\"]*\"|[^\s;]*)")


def is_marked_as_failed(headers, sender):
    """Whether our own mail server says that a mail is not from whom it names.

    That is: a check failed, and none passed for the sender's own domain. A stranger
    passes the checks of a domain of theirs in whosever name they write.

    The server puts its header before those that were there, so the first one is ours.
    A failure counts also in the later ones that name the same server, which may have
    several filters; a pass does not, as the writer of a mail can add such a header.

    :param list headers: the values of the mail's ``Authentication-Results``, from top
    :param str sender: the address in ``From``
    """
    if not headers:
        return False
    domain = _get_domain(sender)
    server, results = _parse(headers[0])
    if any(
        result == "pass" and _is_for(properties, method, domain)
        for method, result, properties in results
    ):
        return False
    for header in headers[1:]:
        other_server, others = _parse(header)
        if other_server == server:
            results += others
    return any(result in FAILED for _method, result, _properties in results)


def _parse(header):
    """Take a header apart.

    :return: the server's name, "" where it names none, as Microsoft's does not; and
        for each check that we know (method, result, what it was about)
    :rtype: tuple[str, list[tuple[str, str, dict]]]
    """
    parts = [part.strip() for part in _split(str(header).lower())]
    server = ""
    if parts and "=" not in parts[0]:
        server = parts.pop(0).split(" ")[0].strip('"')
    results = []
    for part in parts:
        if found := _METHOD.match(part):
            properties = {
                re.sub(r"\s", "", name): value.strip('"')
                for name, value in _PROPERTY.findall(part[found.end() :])
            }
            results.append((*found.groups(), properties))
    return server, results


def _split(text):
    """Split at semicolons outside of comments and quotes; drop comments and folds."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for sign in text:
        if escaped:
            escaped = False
            sign = "" if depth or sign == '"' else sign
        elif sign == "\\" and (depth or quoted):
            escaped = True
            continue
        elif sign == '"' and not depth:
            quoted = not quoted
        elif not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")" and depth:
            depth -= 1
            sign = " "
        elif sign == ";" and not (quoted or depth):
            parts.append("")
            continue
        if not depth:
            parts[-1] += " " if sign.isspace() else sign
    return parts


def _is_for(properties, method, domain):
    """Whether a check was about a domain, or one above or below; or does not say."""
    names = [properties[name] for name in IDENTITIES[method] if name in properties]
    if not names or not domain:
        return not names
    other = _get_domain(names[0])
    return bool(other) and (
        other == domain or other.endswith(f".{domain}") or domain.endswith(f".{other}")
    )


def _get_domain(address):
    return (address or "").rpartition("@")[2].strip(" <>.").lower()
