"""Finding the addresses that a host's name leads to, of which each must be allowed.

DNS is asked, and nothing else: by dnspython, whose sockets are greenlets' own, since the system's
resolver would hold up everything else in the process while it waits.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from dns.resolver import Resolver

from notify.domain.addresses import Address, literal, may_lead_to

RESOLUTION_SECONDS = 3.0
"""For all questions about one name, to all servers; who makes a webhook waits for it."""
# RFC 6761, section 6.3: it is never looked for.
_LOCALHOST = "localhost"
_LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class Forbidden(Exception):
    """One of the addresses is not allowed."""


class Unresolved(Exception):
    """The name leads to no address, or DNS does not answer."""


def addresses_of(host: str, *, loopback: bool) -> list[Address]:
    """Return the addresses of `host`, of a checked URL, all of them allowed.

    Args:
        host: A name, or an address.
        loopback: Whether this machine itself is allowed, too.

    Raises:
        Forbidden: One of them is not allowed. Which, is not said: it would tell what is inside.
        Unresolved: There is none.
    """
    found = _found(host)
    if not found:
        raise Unresolved
    if not all(may_lead_to(address, loopback=loopback) for address in found):
        raise Forbidden
    return found


def _found(host: str) -> list[Address]:
    address = literal(host)
    if address is not None:
        return [address]
    name = host.removesuffix(".")
    if name == _LOCALHOST or name.endswith(f".{_LOCALHOST}"):
        return list(_LOOPBACK)
    try:
        answers = Resolver().resolve_name(f"{name}.", lifetime=RESOLUTION_SECONDS)
    except Exception as error:
        # Not by the library's own class: eventlet imports parts of it a second time.
        raise Unresolved from error
    return [ip_address(text) for text in answers.addresses()]
