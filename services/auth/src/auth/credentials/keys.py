"""The keys that sign access tokens: a folder of `<kid>.pem`, the newest by name signs.

`python -m auth.credentials.keys new <folder>` makes one.
"""

import logging
import os
import re
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt.algorithms
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from chassis.process import clock

ALGORITHM = "ES256"
_log = logging.getLogger(__name__)
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class KeysUnusable(Exception):
    """The folder holds no usable key, or a file that is not one; says what to do."""


@dataclass(frozen=True)
class SigningKey:
    """A private key on the curve P-256 and its name."""

    kid: str
    private: ec.EllipticCurvePrivateKey

    def public_jwk(self) -> dict[str, Any]:
        """Return the public half as a JSON Web Key (RFC 7517)."""
        jwk = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**jwk, "kid": self.kid, "use": "sig", "alg": ALGORITHM}


class KeyFolder:
    """The keys of a folder.

    The one that signs is chosen at start. The published ones are read whenever they are asked
    for, so that every instance publishes a key that was put into the folder before an instance
    that was restarted signs with it.

    Raises:
        KeysUnusable: At start, where a key is missing or malformed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._published = read(folder)
        self.newest = self._published[-1]

    def jwks(self) -> dict[str, Any]:
        """Return the public halves of all keys as a JSON Web Key Set.

        Where the folder has become unusable, they are those that were read last.
        """
        try:
            self._published = read(self._folder)
        except KeysUnusable as error:
            _log.error("the signing keys read before stay published: %s", error)
        return {"keys": [key.public_jwk() for key in self._published]}


def read(folder: Path) -> list[SigningKey]:
    """Return the keys of `folder`, oldest first by name.

    Raises:
        KeysUnusable: There is none, or a file is not a key.
    """
    try:
        files = sorted(folder.glob("*.pem"))
    except OSError as error:
        raise KeysUnusable(f"{folder} cannot be read: {error.strerror}") from error
    if not files:
        make_one = f"python -m auth.credentials.keys new {folder}"
        raise KeysUnusable(f"no signing key in {folder}: run `{make_one}`")
    return [_load(file) for file in files]


def _load(file: Path) -> SigningKey:
    if not _KID.fullmatch(file.stem):
        raise KeysUnusable(f"{file}: name it by letters, digits, dots, hyphens and underscores")
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise KeysUnusable(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeysUnusable(f"{file} is not an unencrypted private key in PEM") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
        raise KeysUnusable(f"{file} is not a key on the curve P-256")
    return SigningKey(file.stem, private)


def make(folder: Path) -> Path:
    """Put a new key into `folder`, readable by its owner alone, and return its file.

    The name starts with the time, so that the newest key is the last by name.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{clock.now():%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.pem"
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    # Written under a name that is no key's, so that nobody reads half a key.
    unfinished = file.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    unfinished.rename(file)
    return file


def main(arguments: list[str]) -> None:
    """Make a key as the command line says, and print its file."""
    match arguments:
        case ["new", folder]:
            try:
                sys.stdout.write(f"{make(Path(folder))}\n")
            except OSError as error:
                sys.exit(f"no key was made in {folder}: {error.strerror}")
        case _:
            sys.exit("usage: python -m auth.credentials.keys new <folder>")


if __name__ == "__main__":
    main(sys.argv[1:])
