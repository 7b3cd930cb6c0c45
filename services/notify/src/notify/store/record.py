"""The record of activity as its one writer keeps it: what it begins a batch with, what it adds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from chassis.data.database import Reader, Transaction
from notify.domain.audience import Group, Standing

_MARK = text("select stream_offset, message_id from recorder")
# A statement of its own, in the message of the next one: what one statement reads beside a lock
# that it had to wait for is older than the lock.
_LOCK = text("select from recorder for update")
_LOAD = text(
    """
    select position, stream_offset, message_id,
        array(
            select cast(event_id as text) from activity
            where event_id = any(cast(:events as uuid[]))
        ) as known,
        array(
            select id from person
            where id = any(cast(:people as bigint[])) and deleted_at is not null
        ) as gone,
        array(
            select id from ended_khatma where id = any(cast(:khatmas as bigint[])) and is_recorded
        ) as ended,
        (
            select json_agg(json_build_array(khatma_id, person_id, sequence, is_in))
            from member where khatma_id = any(cast(:khatmas as bigint[]))
        ) as members,
        exists (select from delivery_queue) as delivers
    from recorder
    """
)
_ADD = text(
    """
    insert into activity (position, event_id, person_id, khatma_id, type, recorded_at, event)
    select position, event_id, person_id, khatma_id, type, cast(:now as timestamptz), event
    from unnest(
        cast(:positions as bigint[]), cast(:ids as uuid[]), cast(:people as bigint[]),
        cast(:khatmas as bigint[]), cast(:types as text[]), cast(:events as text[])
    ) as said (position, event_id, person_id, khatma_id, type, event)
    """
)
_ADD_FAREWELLS = text(
    """
    insert into farewell (position, person_id)
    select * from unnest(cast(:positions as bigint[]), cast(:people as bigint[]))
    """
)
# In the order of the key, as erasing takes them.
_KEEP_MEMBERS = text(
    """
    insert into member (khatma_id, person_id, sequence, is_in, changed_at)
    select said.*, cast(:now as timestamptz)
    from unnest(
        cast(:khatmas as bigint[]), cast(:people as bigint[]), cast(:sequences as bigint[]),
        cast(:are_in as boolean[])
    ) as said
    order by 1, 2
    on conflict (khatma_id, person_id) do update
        set sequence = excluded.sequence, is_in = excluded.is_in, changed_at = excluded.changed_at
        where member.sequence < excluded.sequence
    """
)
_END = text(
    """
    insert into ended_khatma (id, ended_at, is_recorded)
    select id, cast(:now as timestamptz), true from unnest(cast(:khatmas as bigint[])) as said (id)
    order by id
    on conflict (id) do update set is_recorded = true
    """
)
_MOVE = text(
    """
    update recorder set position = :position, stream_offset = :offset, message_id = :message,
        stepped_over = stepped_over + :stepped_over
    """
)
_WAIT = text("select from recorder for share")


class Place(NamedTuple):
    """The message of the stream that was taken last: its offset, and its message id."""

    offset: int
    id: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch begins with.

    Attributes:
        position: The last one that was given.
        place: In the stream; None where nothing was taken yet.
        events: Those of the batch that are recorded already.
        gone: Those of its people whose accounts were deleted.
        groups: Of each of its khatmas of which anything is known.
        delivers: Whether anybody has webhooks.
    """

    position: int
    place: Place | None
    events: frozenset[UUID]
    gone: frozenset[int]
    groups: Mapping[int, Group]
    delivers: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An event to be added: at which position, about whom or about which khatma."""

    position: int
    id: UUID
    person: int | None
    khatma: int | None
    type: str
    event: str


class Changed(NamedTuple):
    """What became of a person in a khatma."""

    khatma: int
    person: int
    standing: Standing


class Farewell(NamedTuple):
    """Somebody who saw what is at `position` as they went out of its khatma."""

    position: int
    person: int


def place(reader: Reader) -> Place | None:
    """Return where in the stream the recorder is; None where it has not begun."""
    row = reader.ask(_MARK)[0]
    return None if row.stream_offset is None else Place(row.stream_offset, row.message_id)


def lock(
    tx: Transaction, *, events: Collection[UUID], people: Collection[int], khatmas: Collection[int]
) -> Known:
    """Keep every other writer out until the commit; return what is known of what is to be added."""
    tx.tell(_LOCK)
    (row,) = tx.ask(
        _LOAD,
        events=[str(each) for each in events],
        people=list(people),
        khatmas=list(khatmas),
    )
    standings: dict[int, dict[int, Standing]] = {}
    for khatma, person, sequence, is_in in row.members or ():
        standings.setdefault(khatma, {})[person] = Standing(sequence, is_in)
    ended = frozenset(row.ended)
    return Known(
        row.position,
        None if row.stream_offset is None else Place(row.stream_offset, row.message_id),
        frozenset(map(UUID, row.known)),
        frozenset(row.gone),
        {
            khatma: Group(standings.get(khatma, {}), khatma in ended)
            for khatma in standings.keys() | ended
        },
        row.delivers,
    )


def add(tx: Transaction, rows: Sequence[Row], farewells: Sequence[Farewell], now: datetime) -> None:
    """Add events, and who saw them as they went."""
    if rows:
        tx.tell(
            _ADD,
            now=now,
            positions=[row.position for row in rows],
            ids=[str(row.id) for row in rows],
            people=[row.person for row in rows],
            khatmas=[row.khatma for row in rows],
            types=[row.type for row in rows],
            events=[row.event for row in rows],
        )
    if farewells:
        tx.tell(
            _ADD_FAREWELLS,
            positions=[each.position for each in farewells],
            people=[each.person for each in farewells],
        )


def keep_members(
    tx: Transaction, changed: Sequence[Changed], ended: Collection[int], now: datetime
) -> None:
    """Keep who is in which khatma now, and which khatmas are no more."""
    if changed:
        tx.tell(
            _KEEP_MEMBERS,
            now=now,
            khatmas=[each.khatma for each in changed],
            people=[each.person for each in changed],
            sequences=[each.standing.sequence for each in changed],
            are_in=[each.standing.is_in for each in changed],
        )
    if ended:
        tx.tell(_END, khatmas=list(ended), now=now)


def move(tx: Transaction, position: int, to: Place, *, stepped_over: int) -> None:
    """Keep where the recorder is, and how many messages more it has stepped over."""
    tx.tell(_MOVE, position=position, offset=to.offset, message=to.id, stepped_over=stepped_over)


def wait(tx: Transaction) -> None:
    """Wait until the batch that is under way is committed: the next one sees what was before."""
    tx.ask(_WAIT)
