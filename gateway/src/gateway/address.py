"""The network address that a request comes from."""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from gateway.settings import Network


def client_address(scope: Scope, proxies: tuple[Network, ...]) -> str:
    """Return the client's address, or an empty string where there is none.

    X-Forwarded-For is believed only where it was written by a proxy of ours: it is read from
    its end, and the first address that is not one of `proxies` is the client's.
    """
    client = scope.get("client")
    address: str = client[0] if client else ""
    if not proxies or not _is_ours(address, proxies):
        return address
    hops = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    for hop in reversed([hop.strip() for hop in hops if hop.strip()]):
        if not _is_address(hop):
            return address
        address = hop
        if not _is_ours(hop, proxies):
            return address
    return address


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_ours(text: str, proxies: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in proxies)
