"""Signatures as Standard Webhooks has them: HMAC-SHA256 of id, time and body, one for each secret.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

_SECRET_BYTES = 32  # the specification allows 24 to 64
_PREFIX = "whsec_"


def new_secret() -> bytes:
    """Return a new secret."""
    return secrets.token_bytes(_SECRET_BYTES)


def written(secret: bytes) -> str:
    """Return `secret` as its owner is told it."""
    return _PREFIX + base64.b64encode(secret).decode()


def headers(keys: Sequence[bytes], message: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows that `body` is from here, and whether it is new.

    Args:
        keys: The secrets that are good now, the newest first.
        message: The same for each try of one message, and of no other.
        now: When it is sent; a receiver refuses what is older than some minutes.
        body: As it is sent, to the byte.
    """
    sent = str(int(now.timestamp()))
    said = b".".join((message.encode(), sent.encode(), body))
    signatures = [hmac.new(key, said, hashlib.sha256).digest() for key in keys]
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": sent,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(s).decode()}" for s in signatures),
    }
