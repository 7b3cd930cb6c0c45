"""TLS before a port that speaks none, as a process of its own: `tunnel.py PORT CERTIFICATE`.

It prints the port at which it listens. As a process, so that it shares no loop with what it serves.
"""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def tunnel(port: int, certificate: Path) -> Iterator[int]:
    """Have TLS before `port` of this machine; the port of it, on localhost, is given."""
    command = [sys.executable, __file__, str(port), certificate]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _serve(port: int, certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("localhost", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        client, _ = listener.accept()
        threading.Thread(target=_join, args=(context, client, port), daemon=True).start()


def _join(context: ssl.SSLContext, client: socket.socket, port: int) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(client, server_side=True) as outer,
        socket.create_connection(("127.0.0.1", port)) as inner,
    ):
        threading.Thread(target=_pass_on, args=(outer, inner), daemon=True).start()
        _pass_on(inner, outer)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
