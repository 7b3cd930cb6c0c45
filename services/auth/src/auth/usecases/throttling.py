"""Wrong passwords: counted where they fail, refused where they are too many."""

from dataclasses import dataclass

from auth.domain import throttle
from auth.store import failures
from chassis import clock
from chassis.database import Connection, Database
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

    def check(self, tx: Connection) -> None:
        """Refuse a try where there were too many failures; asked again before a success counts.

        Raises:
            TooMany: With the seconds to wait.
        """
        left = failures.seconds_left(tx, self.account, self.origin, clock.now())
        if left:
            raise _too_many(left)

    def failed(self, db: Database, answer: Refusal) -> Refusal:
        """Count a failure and return what to refuse with: `answer`, or that it is one too many."""
        with db.transaction() as tx:
            left = failures.add(tx, self.account, self.origin, clock.now())
        return _too_many(left) if left else answer


def guard_address(email: str, address: str) -> Guard:
    """Return the guard of a login by `email` from the network address `address`."""
    return Guard(throttle.account_mark(email_key(email)), throttle.origin(address))


def guard_session(email: str, sid: str) -> Guard:
    """Return the guard of what a session claims to know of its account's password."""
    return Guard(throttle.account_mark(email_key(email)), throttle.session_origin(sid))


def _too_many(seconds: int) -> TooMany:
    return TooMany("Too many wrong passwords. Wait before you try again.", retry_after=seconds)
