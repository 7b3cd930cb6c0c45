"""Telling who is in the khatmas that were there before anybody followed them."""

from time import sleep

from chassis.data import outbox
from chassis.data.database import Database, Transaction
from khatma import events
from khatma.store import unlisted

BATCH = 50
# What else is announced meanwhile goes behind these: it is to wait for no more than a batch.
PAUSE_SECONDS = 0.05


def list_members(db: Database) -> None:
    """Announce the members of every khatma that is still to be listed, once, in batches."""
    while db.transact(_list_some) == BATCH:
        sleep(PAUSE_SECONDS)


def _list_some(tx: Transaction) -> int:
    count, listed = unlisted.take(tx, BATCH)
    outbox.announce(tx, *(events.listed(each.khatma, each.members) for each in listed))
    return count
