"""Finding khatmas by words, and keeping the words by which they are found."""

from typing import Any

from chassis.data.database import Database, Reader, Transaction
from contracts.auth.events import UserData
from contracts.events import Event
from contracts.khatma.lists import SearchKhatmas
from contracts.rpc import Call
from khatma.domain.searching import searchable, wanted
from khatma.store import search as store
from khatma.store.people import people
from khatma.usecases.answers import khatma_answer
from khatma.usecases.refusals import refusing

BATCH = 200


def search(reader: Reader, call: Call[SearchKhatmas]) -> list[dict[str, Any]]:
    """Return up to 20 public, active khatmas that the asker is not in and that hold all words.

    Raises:
        Invalid: It holds no word of two letters, or too many words.
    """
    asker, asked = call.asker, call.body
    with refusing():
        words = wanted(asked.q)
    return [khatma_answer(row, asker) for row in store.find(reader, asker.id, words, asked.type)]


def read_khatmas(db: Database) -> None:
    """Keep the words of all khatmas whose words are not kept: what they are made of changed."""
    while db.transact(_read_some) == BATCH:
        pass


def rename(db: Database, event: Event[UserData]) -> None:
    """Let the khatmas that a person made be found by the name that they have now.

    It needs no inbox: what is read again is read from the newest copy of them. One that is being
    made by their name of before is waited for.
    """
    people.keep(db.reader, event)
    people.outwait(db.reader, event.subject_id)
    last = 0
    while batch := store.read_anew(db.reader, event.subject_id, after=last, most=BATCH):
        last = batch[-1]
    if last:
        read_khatmas(db)


def _read_some(tx: Transaction) -> int:
    rows = store.unread(tx, BATCH)
    if rows:
        store.keep(tx, {row.id: searchable(row.name, row.description, row.creator) for row in rows})
    return len(rows)
