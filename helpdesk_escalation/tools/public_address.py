"""Which addresses are of the internet, and none leads into the network behind us."""

import ipaddress

# IPv6 addresses that stand for an IPv4 one (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def is_public(address):
    """Whether an IP address is one of the internet, and no way around by another.

    :param address: an IP address, as text or object
    :raise ValueError: where it is none
    """
    ip = ipaddress.ip_address(str(address).partition("%")[0])
    if ip.version == 6 and (inner := _get_inner(ip)):
        return is_public(inner)
    return ip.is_global and not ip.is_multicast


def _get_inner(ip):
    """Return the IPv4 address that an IPv6 address leads to, if it is such a one."""
    if ip in _TRANSLATED:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour
