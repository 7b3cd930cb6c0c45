"""Passwords as they are kept: argon2id."""

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from auth.domain.password import forms, prepared

# OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.
MEMORY_KIB = 19_456
PASSES = 2
LANES = 1


class Argon2:
    """Hashes and verifies passwords. Each takes some 20 ms of CPU and 19 MiB of memory.

    Args:
        memory_kib: Memory cost.
        passes: Time cost.
    """

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=LANES, type=Type.ID
        )
        self._nobodys = self.hash("the password of nobody")

    def hash(self, password: str) -> str:
        """Return the encoded hash of `password`, with a salt of its own."""
        return self._argon2.hash(prepared(password))

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether `encoded` was made of `password`, in a form of today or of before.

        Where there is no hash, as for an unknown account, the answer is no after the same work.
        """
        made_of_it = any(self._matches(encoded or self._nobodys, form) for form in forms(password))
        return made_of_it and bool(encoded)

    def is_outgrown(self, encoded: str) -> bool:
        """Tell whether `encoded` was made with other parameters than those of today."""
        return self._argon2.check_needs_rehash(encoded)

    def _matches(self, encoded: str, form: str) -> bool:
        try:
            return self._argon2.verify(encoded, form)
        except (VerificationError, InvalidHashError):
            return False
