"""Who may ask for a hash: so often in all, and not after too many wrong passwords."""

from dataclasses import dataclass

from auth.domain import throttle
from auth.domain.rate import Rate
from auth.store import allowances, failures
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from contracts.emails import email_key
from contracts.refusals import Refusal, TooMany


@dataclass(frozen=True)
class Guard:
    """Counts the failures of one account from one origin.

    Attributes:
        account: See `throttle.account_mark`.
        origin: Where the tries come from.
    """

    account: bytes
    origin: str

    @property
    def failing(self) -> tuple[bytes, str]:
        """Whose failures count, as the store is told."""
        return self.account, self.origin

    def check(self, reader: Reader) -> None:
        """Refuse a try where there were too many failures; asked again before a success counts.

        Raises:
            TooMany: With the seconds to wait.
        """
        left = failures.seconds_left(reader, self.account, self.origin, clock.now())
        if left:
            raise too_many_failures(left)

    def failed(self, db: Database, answer: Refusal) -> Refusal:
        """Count a failure and return what to refuse with: `answer`, or that it is one too many."""

        def add(tx: Transaction) -> int:
            return failures.add(tx, self.account, self.origin, clock.now())

        left = db.transact(add)
        return too_many_failures(left) if left else answer


def guard_address(email: str, address: str) -> Guard:
    """Return the guard of a login by `email` from the network address `address`."""
    return Guard(throttle.account_mark(email_key(email)), throttle.origin(address))


def guard_session(email: str, sid: str) -> Guard:
    """Return the guard of what a session claims to know of its account's password."""
    return Guard(throttle.account_mark(email_key(email)), throttle.session_origin(sid))


def count(reader: Reader, kind: str, origin: str, rate: Rate) -> None:
    """Count one try of `kind` from `origin`, whatever becomes of it.

    Raises:
        TooMany: There were as many as `rate` allows.
    """
    if not allowances.take(reader, kind, origin, rate, clock.now()):
        raise too_often(rate)


def too_often(rate: Rate) -> TooMany:
    """Return the refusal of what was asked more often than `rate` allows."""
    return TooMany(
        "This was asked too often. Wait before you try again.",
        retry_after=rate.retry_after,
    )


def too_many_failures(seconds: int) -> TooMany:
    """Return the refusal of somebody who is shut out for `seconds`."""
    return TooMany("Too many wrong passwords. Wait before you try again.", retry_after=seconds)
