"""Keys that sign access tokens: ES256, one file each, named by its kid."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def make(folder: Path) -> Path:
    """Make a private key in `folder` and return its file, `<kid>.pem`.

    Kids sort by the time of their making, since the newest by name signs.
    """
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    file = folder / f"{moment}-{secrets.token_hex(4)}.pem"
    file.touch(mode=0o600)
    file.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    return file
