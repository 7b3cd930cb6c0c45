"""What is in the record of activity, put there as the recorder does it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from chassis.data.database import Database
from chassis.process import clock
from chassis.testing import envelope
from contracts.events import Event
from notify.store import planning

_ADD = text(
    """
    insert into activity (position, event_id, person_id, khatma_id, type, recorded_at, event)
    values (:position, cast(:id as uuid), cast(:person as bigint), cast(:khatma as bigint), :type,
            :now, :event)
    """
)
_NEXT = text("update recorder set position = position + 1 returning position")
_MEMBER = text(
    """
    insert into member (khatma_id, person_id, is_in, sequence, changed_at)
    values (:khatma, :person, :is_in, 1, now())
    on conflict (khatma_id, person_id) do update set is_in = excluded.is_in
    """
)
_FAREWELL = text("insert into farewell (position, person_id) values (:position, :person)")


@dataclass(frozen=True)
class Recorded:
    """An event, its place, and who may see it."""

    position: int
    event: Event[Any]
    audience: Collection[int]


class Record:
    """The record of activity of a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, *events: Event[Any], audience: Collection[int] = (), now: Any = None) -> None:
        """Record events, one after the other, each for its person or for `audience`."""
        with self._db.transaction() as tx:
            said = []
            for event in events:
                position = tx.ask(_NEXT)[0].position
                is_person = event.type.subject == "person"
                seen = {event.subject_id} if is_person else set(audience)
                tx.tell(
                    _ADD,
                    position=position,
                    id=str(event.id),
                    person=event.subject_id if is_person else None,
                    khatma=None if is_person else event.subject_id,
                    type=event.type.wire_name,
                    now=now or clock.now(),
                    event=envelope(event).model_dump_json(),
                )
                said.append(Recorded(position, event, seen))
            planning.plan(tx, said, now or clock.now())

    def join(self, khatma: int, *people: int, is_in: bool = True) -> None:
        """Let people be in a khatma, or not be."""
        with self._db.transaction() as tx:
            for person in people:
                tx.tell(_MEMBER, khatma=khatma, person=person, is_in=is_in)

    def bid_farewell(self, person: int) -> None:
        """Let what was recorded last have been seen by a person as they went."""
        position = self._db.reader.ask(text("select position from recorder"))[0].position
        with self._db.transaction() as tx:
            tx.tell(_FAREWELL, position=position, person=person)
