"""Whether a certificate and its key can serve Sakina's public address; Traefik waits for a yes.

Traefik itself starts with a certificate that it cannot use, and then shows everybody one that it
made up.
"""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from sakina_stack.problems import Problem


def check(certificate: Path, key: Path, public_url: str) -> None:
    """Return where a client of `public_url` would accept the certificate.

    Trust in who issued it is the clients' affair and not looked at, so one's own authority is
    fine.

    Args:
        certificate: In PEM, the server's own first.
        key: Its private key in PEM, not encrypted.
        public_url: The address that clients use.

    Raises:
        Problem: Says what is wrong with which file.
    """
    address = urlsplit(public_url)
    if address.scheme != "https" or not address.hostname:
        raise Problem(f"SAKINA_PUBLIC_URL is {public_url}: with TLS it has to start with https://")
    server = _server(certificate, key)
    client = ssl.create_default_context()
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    client.load_verify_locations(certificate)
    try:
        _shake_hands(server, client, address.hostname)
    except ssl.SSLCertVerificationError as error:
        raise Problem(
            f"the certificate {certificate} does not serve {public_url}: {error.verify_message}"
        ) from error


def _server(certificate: Path, key: Path) -> ssl.SSLContext:
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise Problem(f"{file} cannot be read: {error.strerror}") from error
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise Problem(f"the key {key} is not that of the certificate {certificate}") from error
        raise Problem(f"{certificate} or {key} is not PEM as it should be: {error}") from error
    return context


def _refuse_password() -> str:
    raise Problem("the private key is encrypted: store it without a password")


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, hostname: str) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = server.wrap_bio(to_server, to_client, server_side=True)
    outside = client.wrap_bio(to_client, to_server, server_hostname=hostname)
    for _ in range(10):
        for side in (outside, inside):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
