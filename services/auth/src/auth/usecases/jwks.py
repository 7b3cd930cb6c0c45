"""Showing everybody how to check a token."""

from typing import Any

from auth.credentials.keys import KeyFolder
from chassis.data.database import Reader
from contracts.models import Nothing
from contracts.rpc import Call


def signing_keys(reader: Reader, call: Call[Nothing], *, keys: KeyFolder) -> dict[str, Any]:
    """Return the public keys that access tokens are checked with, from their folder alone."""
    return keys.jwks()
