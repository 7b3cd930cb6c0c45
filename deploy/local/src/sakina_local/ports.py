"""TCP ports on the loopback interface."""

import secrets
import socket

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return `count` different ports that nobody listens on now.

    Somebody may take one before it is used, so whoever starts a server there tries again.
    """
    holders = [socket.socket() for _ in range(count)]
    try:
        for holder in holders:
            holder.bind((LOOPBACK, 0))
        return [holder.getsockname()[1] for holder in holders]
    finally:
        for holder in holders:
            holder.close()


def lasting_ports(count: int) -> list[int]:
    """Return `count` different ports that nobody listens on now, and to be had again later.

    They are below those that Linux gives to outgoing connections (32768 and up, unless told
    otherwise), one of which would sooner or later be in the way.
    """
    found: set[int] = set()
    while len(found) < count:
        port = 20_000 + secrets.randbelow(10_000)
        if not taken(port):
            found.add(port)
    return list(found)


def listening(port: int) -> bool:
    """Return whether somebody accepts connections on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def taken(port: int) -> bool:
    """Return whether a server that starts now would not get `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False
