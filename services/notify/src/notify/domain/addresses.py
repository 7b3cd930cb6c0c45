"""Where a webhook may lead: public addresses, by HTTP, and nowhere else.

Whoever names an address has this system call it, from inside of its network. So an address is
allowed because it is known to be public, and not because it is not known to be anything else.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

PORTS = {"http": 80, "https": 443}
FIRST_FREE_PORT = 1024
LONGEST_HOST = 253

# IANA's registries of special-purpose addresses, and what they leave out: the relays of 6to4
# (RFC 7526), multicast, and the address at which one cloud serves its machines' metadata though
# it is public. The link-local one that the others use is among the first.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "168.63.129.16/32",
    )
)
# Of IPv6 only this is given out for the internet. What embeds an IPv4 address is elsewhere
# (mapped, compatible, translated, NAT64) but for Teredo, among the protocols' own, and 6to4.
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_WHOLE = re.compile(r"[!-~]+")
_HALF_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadUrl(Exception):
    """An address to which nothing can be sent; the text says what it must be."""


def is_public(address: Address) -> bool:
    """Tell whether `address` belongs to the internet, and to one machine of it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return (
        address.scope_id is None
        and address in _PUBLIC_6
        and not any(address in network for network in _NOT_PUBLIC_6)
    )


def may_lead_to(address: Address, *, loopback: bool) -> bool:
    """Tell whether something may be sent to `address`.

    Args:
        address: As DNS or a URL gave it.
        loopback: Whether this machine itself is allowed beside what is public, as a development
            system says.
    """
    return is_public(address) or (loopback and address.is_loopback and _is_plain(address))


def _is_plain(address: Address) -> bool:
    return isinstance(address, IPv4Address) or address.ipv4_mapped is None


def literal(host: str) -> Address | None:
    """Return the address that `host` of a URL is, or None where it is a name."""
    if ":" in host:
        return IPv6Address(host)
    return IPv4Address(host) if host.rpartition(".")[2].isdigit() else None


def parted(url: str) -> SplitResult:
    """Return the parts of an absolute URL of HTTP; `port_of` says its port.

    Raises:
        BadUrl: It is none, or has credentials, a fragment, or a port that is not allowed.
    """
    if not _WHOLE.fullmatch(url) or "\\" in url:
        raise BadUrl(
            "Must hold printable ASCII alone: other letters in percent-encoding, an international "
            "host as xn--…"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadUrl("Must be a URL, such as https://example.com/hooks.") from None
    if parts.scheme not in PORTS or not url.lower().startswith(f"{parts.scheme}://"):
        raise BadUrl("Must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise BadUrl("Must not hold credentials: what is sent is signed, check that.")
    if "#" in url:
        raise BadUrl("Must not have a fragment (#…): it would not be sent.")
    _check_host(parts.hostname or "", bracketed="[" in parts.netloc)
    if _HALF_ENCODED.search(url):
        raise BadUrl("Must have two hexadecimal digits after each %, which itself is %25.")
    if not _is_allowed(port):
        raise BadUrl("Must be at port 80, 443, or 1024 and above.")
    return parts


def port_of(parts: SplitResult) -> int:
    """Return the port that a checked URL leads to."""
    return parts.port or PORTS[parts.scheme]


def _is_allowed(port: int | None) -> bool:
    # Below are other protocols' servers, such as those of mail, to which HTTP is a nuisance.
    return port is None or port in PORTS.values() or port >= FIRST_FREE_PORT


def _check_host(host: str, *, bracketed: bool) -> None:
    if ":" in host and "%" in host:
        raise BadUrl("Must name an address without a zone (%…), which one machine alone knows.")
    if bracketed and ":" not in host:
        # Of a version of IP that is to come (RFC 3986, section 3.2.2), or no address at all.
        raise BadUrl("Must have an IPv6 address alone in brackets.")
    try:
        if literal(host) is not None:
            return
    except ValueError:
        raise BadUrl("Must name its host by a name, or by an IP address in full.") from None
    name = host.removesuffix(".")
    if len(name) > LONGEST_HOST or not _NAME.fullmatch(name):
        raise BadUrl("Must name a host, such as https://example.com/hooks.")
    # Where others read 0x7f.1 as an address, nobody is to wonder which.
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise BadUrl("Must name its host by a name, or by an IP address in full.")
