"""Which passwords may be chosen, and which two are the same."""

import unicodedata
from collections.abc import Collection, Iterable
from typing import Protocol

SHORTEST = 8
"""Characters that a password must have; what is shorter as it was typed, the contract refuses."""


class Hasher(Protocol):
    """Turns passwords into what may be stored, slowly on purpose: never inside a transaction."""

    def hash(self, password: str) -> str:
        """Return the encoded hash of `password`."""

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether `encoded` was made of `password`; no, after the same work, without one."""

    def is_outgrown(self, encoded: str) -> bool:
        """Tell whether `encoded` should be made anew."""


def prepared(password: str) -> str:
    """Return `password` as RFC 8265 compares it (OpaqueString), since keyboards differ.

    Every space is the space bar's, and what can be written in two ways is in Unicode NFC.
    """
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    return unicodedata.normalize("NFC", spaced)


def forms(password: str) -> tuple[str, ...]:
    """Return the forms in which `password` may have been hashed, today's first.

    Once it was hashed in NFC alone, with its spaces as they were typed.
    """
    return tuple(dict.fromkeys((prepared(password), unicodedata.normalize("NFC", password))))


def faults(
    password: str, *, emails: Iterable[str], names: Iterable[str], common: Collection[str]
) -> list[str]:
    """Return why the owner of `emails` and `names` may not choose `password`; empty where they may.

    Args:
        password: What they chose.
        emails: The ways to write their e-mail; neither one nor its local part may be it.
        names: Username and full name; empty ones say nothing.
        common: Passwords that guessers try first, in lower case.
    """
    chosen = _bare(password)
    found = []
    if len(" ".join(prepared(password).split())) < SHORTEST <= len(password):
        found.append(f"must have {SHORTEST} characters, without spaces around or repeated ones")
    if any(chosen in {_bare(email), _bare(email.rpartition("@")[0])} for email in emails):
        found.append("must not be your e-mail")
    if chosen in {_bare(name) for name in names if name}:
        found.append("must not be your name")
    if any(form.casefold() in common for form in (password, *forms(password))):
        found.append("is one that many people use, so it is guessed first")
    return found


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFC", text.casefold())
    return "".join(folded.split())
