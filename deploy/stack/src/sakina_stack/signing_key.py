"""Keys that sign access tokens: ES256, made with the standard library alone."""

import base64
import secrets
import textwrap
from datetime import UTC, datetime
from pathlib import Path

# The number of points on P-256 (SEC 2, section 2.4.2): private keys are below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# PKCS#8 (RFC 5958) around an ECPrivateKey (RFC 5915) of 32 bytes on prime256v1, which follow. The
# public half is left out, as both allow: whoever loads the key computes it.
_BEFORE_THE_KEY = bytes.fromhex(
    "3041 0201 00 3013 0607 2A8648CE3D0201 0608 2A8648CE3D030107 0427 3025 0201 01 0420"
)


def make(folder: Path) -> Path:
    """Make a private key in `folder`, for its owner alone, and return its file, `<kid>.pem`."""
    file = folder / f"{name()}.pem"
    file.touch(mode=0o600)
    file.write_text(pem())
    return file


def pem() -> str:
    """Return a new private key on P-256, as PKCS#8 in PEM, not encrypted."""
    key = secrets.randbelow(_ORDER - 1) + 1
    text = base64.b64encode(_BEFORE_THE_KEY + key.to_bytes(32, "big")).decode()
    lines = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"


def name() -> str:
    """Return a kid that sorts after every older one: auth signs with the last by name."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}"
