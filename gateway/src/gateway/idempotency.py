"""The identity of one mutating request, by which its owner does it once."""

import hashlib
import hmac
import os

import orjson

from contracts.emails import email_key
from contracts.models import Request
from contracts.refusals import Invalid
from contracts.rpc import Command

HEADER = "idempotency-key"
LONGEST_KEY = 255
KEPT_SECONDS = 86_400
OWN_KEPT_SECONDS = 600


def own_command() -> Command:
    """Return an identity for a request whose client gave none, good for one delivery of it."""
    return Command.model_construct(
        id=os.urandom(16).hex(), fingerprint="", keep_seconds=OWN_KEPT_SECONDS
    )


def check_key(key: str) -> None:
    """Raise Invalid for a key that is empty, too long or not visible ASCII."""
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(
            "Send an Idempotency-Key of 1 to 255 visible ASCII characters.",
            errors={"Idempotency-Key": ["Must have 1 to 255 visible ASCII characters."]},
        )


def client_command(
    key: str, who: str, target: tuple[str, str], body: Request, secret: bytes
) -> Command:
    """Return the identity that a client's Idempotency-Key gives to a request.

    Args:
        key: The header as it came, and was checked.
        who: The user's id, or a word for nobody.
        target: The HTTP method, and the canonical path, so that an alias is the same request.
        body: What was asked; the fingerprint tells another body apart.
        secret: Key of the fingerprint: a body may hold a password, which must not be guessable.
    """
    scope = "\n".join((who, *target, key))
    return Command(
        id=hashlib.sha256(scope.encode()).hexdigest(),
        fingerprint=hmac.new(secret, _canonical(body), hashlib.sha256).hexdigest(),
        keep_seconds=KEPT_SECONDS,
    )


def _canonical(body: Request) -> bytes:
    said = body.model_dump(mode="json", exclude_unset=True)
    if "email" in said:  # another way to write one address makes no other request
        said["email"] = email_key(said["email"])
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
