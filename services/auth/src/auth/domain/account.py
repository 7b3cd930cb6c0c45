"""An account, and what changing it means."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

SEEN_BY_OTHERS = ("username", "fullname", "timezone", "day_starts_at", "visibility")

# "localtime" is whatever the machine is set to, and "Factory" says that nobody has set it: neither
# means anything to a person.
_TIMEZONES = frozenset(available_timezones()) - {"localtime", "Factory"}


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account.

    Attributes:
        email: As the person wrote it; `contracts.emails.email_key` says which are equal.
        password_hash: An encoded argon2id hash.
        timezone: An IANA name.
        day_starts_at: Minutes after midnight.
        visibility: Who sees their figures: companions, everybody or nobody.
        version: Grows with each change that others see.
    """

    id: int
    email: str
    username: str
    fullname: str
    gender: str | None
    phone: str | None
    bio: str
    timezone: str
    day_starts_at: int
    visibility: str
    version: int
    joined_at: datetime
    password_hash: str

    def changed(self, named: dict[str, Any]) -> "Account":
        """Return the account with the `named` fields changed; an empty gender or phone clears it.

        The version grows where others see a difference.
        """
        cleared: dict[str, Any] = {
            name: value or None if name in ("gender", "phone") else value
            for name, value in named.items()
        }
        after = replace(self, **cleared)
        return replace(after, version=self.version + 1) if after.looks_unlike(self) else after

    def looks_unlike(self, other: "Account") -> bool:
        """Tell whether others see a difference between the two."""
        return any(getattr(self, name) != getattr(other, name) for name in SEEN_BY_OTHERS)


class UsernameTaken(Exception):
    """Somebody else has the username."""


class PasswordChanged(Exception):
    """The password is another one than when it was verified."""


def is_timezone(name: str) -> bool:
    """Tell whether `name` is an IANA time zone, written as IANA writes it."""
    return name in _TIMEZONES
