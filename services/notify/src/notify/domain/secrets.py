"""Which secrets sign for a webhook: the newest, and each before it for as long as was promised."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_SECRETS = 5
"""That sign at a time: what is sent has a signature by each."""


class TooManySecrets(Exception):
    """As many sign as may; `until` is when the first of them ceases to."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True)
class Former:
    """A secret that was replaced, and until when it signs, too."""

    secret: bytes
    until: datetime


@dataclass(frozen=True)
class Secrets:
    """The secrets of a webhook.

    Attributes:
        newest: Which its owner was told last.
        former: Those before, the latest first; some may be over.
    """

    newest: bytes
    former: tuple[Former, ...] = ()

    def good(self, now: datetime) -> tuple[bytes, ...]:
        """Return those that sign now, the newest first."""
        return (self.newest, *(each.secret for each in _good(self.former, now)))

    def rotated(self, secret: bytes, now: datetime, overlap: timedelta) -> "Secrets":
        """Return the same with another one, beside which those of before go on.

        Args:
            secret: The newest from now on.
            now: The moment.
            overlap: For how long the newest of before signs, too. Without any, none of before
                does: whoever says so cannot trust them.

        Raises:
            TooManySecrets: Another one beside those that sign would be more than `MOST_SECRETS`.
        """
        if not overlap:
            return Secrets(secret)
        former = (Former(self.newest, now + overlap), *_good(self.former, now))
        if len(former) >= MOST_SECRETS:
            raise TooManySecrets(min(each.until for each in former[1:]))
        return Secrets(secret, former)


def _good(former: Iterable[Former], now: datetime) -> Iterable[Former]:
    return (each for each in former if each.until > now)
