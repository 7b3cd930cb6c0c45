"""TCP ports on the loopback interface."""

import secrets
import socket

LOOPBACK = "127.0.0.1"


_held: list[socket.socket] = []


def free_ports(count: int) -> list[int]:
    """Return `count` ports for servers, kept for who asks for as long as this process lives.

    A server may stop there and start again: nobody else is given its port meanwhile. Each is below
    those that Linux gives to whoever connects or asks for any port (32768 and up, unless told
    otherwise), and a socket that does not listen holds it, which refuses it to all but a server
    that sets SO_REUSEADDR, as servers do.
    """
    ports: list[int] = []
    while len(ports) < count:
        holder = socket.socket()
        try:
            holder.bind((LOOPBACK, 10_000 + secrets.randbelow(20_000)))
        except OSError:
            holder.close()
            continue
        # Not before: with it, a port that another process holds would be given twice.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(holder)
        ports.append(holder.getsockname()[1])
    return ports


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
