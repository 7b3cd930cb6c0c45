"""Which passwords may be chosen. Their length and characters are the contract's business."""

import unicodedata
from collections.abc import Collection, Iterable
from typing import Protocol


class Hasher(Protocol):
    """Turns passwords into what may be stored, slowly on purpose: never inside a transaction."""

    def hash(self, password: str) -> str:
        """Return the encoded hash of `password`."""

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether `encoded` was made of `password`; no, after the same work, without one."""

    def is_outgrown(self, encoded: str) -> bool:
        """Tell whether `encoded` should be made anew."""


def prepared(password: str) -> str:
    """Return `password` in one Unicode form, since keyboards differ (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)


def faults(
    password: str, *, email: str, names: Iterable[str], common: Collection[str]
) -> list[str]:
    """Return why the owner of `email` and `names` may not choose `password`; empty where they may.

    Args:
        password: What they chose.
        email: Neither it nor its local part may be the password.
        names: Username and full name; empty ones say nothing.
        common: Passwords that guessers try first, in lower case.
    """
    chosen = _bare(password)
    found = []
    if chosen in {_bare(email), _bare(email.rpartition("@")[0])}:
        found.append("must not be your e-mail")
    if chosen in {_bare(name) for name in names if name}:
        found.append("must not be your name")
    if password.casefold() in common:
        found.append("is one that many people use, so it is guessed first")
    return found


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFC", text.casefold())
    return "".join(folded.split())
