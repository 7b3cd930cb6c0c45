"""A server with a certificate that it made for itself."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from sakina_local.self_signed import self_signed


@contextlib.contextmanager
def stranger(folder: Path) -> Iterator[int]:
    """Have a server on localhost that shows the certificate; the port is given."""
    file = folder / "stranger.pem"
    file.write_bytes(b"".join(self_signed("localhost")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("localhost", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context), daemon=True).start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True).close()
