"""The end of a person's erasure, the same in every service that keeps something of people."""

from collections.abc import Callable

from chassis.data import commands, inbox, outbox
from chassis.data.database import Database, Transaction
from contracts.auth.events import UserDeletedData
from contracts.events import Announcement, Event


def end(
    db: Database,
    event: Event[UserDeletedData],
    inbox_name: str,
    erased: Announcement,
    *last: Callable[[Transaction, int], None],
) -> None:
    """Take the event in and announce that nothing is left of a person, once.

    A service buries them first, so that no late command adds anything, and then takes away what
    is theirs, by steps that can be done again after a failure. This comes behind them all.

    Args:
        db: The service's database.
        event: That the account is gone.
        inbox_name: By which the service knows that it took the event in; it never changes.
        erased: What the service announces.
        last: What else goes in the same transaction.
    """
    person = event.subject_id

    def work(tx: Transaction) -> None:
        inbox.take_in(tx, inbox_name, event.id)
        for erase in last:
            erase(tx, person)
        commands.forget(tx, person)
        outbox.announce(tx, erased)

    inbox.once(db, work)
