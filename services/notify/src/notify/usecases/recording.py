"""Recording what happened: each event once, in the order of the stream, with who may see it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from prometheus_client import Counter
from pydantic import ValidationError

from chassis.amqp.stream import Delivered
from chassis.data.database import Reader, Transaction
from chassis.events.delay import took_effect
from chassis.events.taking import Mark, Overtaken
from chassis.process import clock
from contracts.activity import is_shown
from contracts.events import ACTIVITY_EXCHANGE, EVENTS, Envelope, Event, EventType
from contracts.khatma import events as khatma
from notify.domain.audience import Group, of_khatma
from notify.store import planning
from notify.store import record as store
from notify.store.record import Changed, Farewell, Known, Place, Row

log = logging.getLogger(__name__)

_STEPPED_OVER = Counter(
    "sakina_activity_stepped_over_total", "Events that were not understood, and are in no feed."
)
RECORD = "record"
"""How the figures of handlers call this one."""
_PERSON, _KHATMA = "person", "khatma"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that has just been recorded.

    Attributes:
        position: Its place in the record.
        audience: Ids of the people who may see it.
        event: What happened.
        published: The CloudEvent as it was published, JSON.
    """

    position: int
    audience: frozenset[int]
    event: Event[Any]
    published: str


def find(reader: Reader) -> Mark | None:
    """Return which message of the stream was recorded last."""
    found = store.place(reader)
    return None if found is None else Mark(found.offset, found.id)


def record(tx: Transaction, mark: Mark | None, batch: Sequence[Delivered]) -> bytes:
    """Record what arrived after `mark`, each event once, and return it as gateways are told it.

    What cannot be understood is logged, counted and stepped over.

    Raises:
        Overtaken: Another instance has recorded what comes after `mark`.
    """
    understood = [(each, _understood(each)) for each in batch]
    arrived = [(event, each.body.decode()) for each, event in understood if event is not None]
    known = _lock(tx, [event for event, _ in arrived])
    if known.place != (None if mark is None else Place(mark.offset, mark.id)):
        raise Overtaken(f"another instance records: it is at {known.place}")
    book = _Book(known)
    for event, published in arrived:
        book.enter(event, published)
    for recorded in book.recorded:
        took_effect(RECORD, recorded.event)
    now = clock.now()
    store.add(tx, [_row(each) for each in book.recorded], book.farewells, now)
    store.keep_members(tx, book.changed, book.ended, now)
    if known.delivers:
        planning.plan(tx, book.recorded, now)
    if batch:
        last = Place(batch[-1].offset, batch[-1].id)
        store.move(tx, book.position, last, stepped_over=len(batch) - len(arrived))
    return _told(known.position, book)


def _understood(message: Delivered) -> Event[Any] | None:
    try:
        envelope = Envelope.model_validate_json(message.body)
        kind = EVENTS[envelope.type]
        if (message.exchange, message.routing_key) not in _ways(kind):
            raise ValueError("it did not come by the way that such an event comes")
        event = kind.heard(envelope)
        if is_shown(kind) and event.subject != f"{kind.subject}/{event.subject_id}":
            raise ValueError("its subject is none of its type's")
    except (ValidationError, ValueError, KeyError) as error:
        why = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else error
        log.error(
            "stepped over message %d of the stream, which is not understood: %s",
            *(message.offset, str(why).partition("\n")[0]),
        )
        _STEPPED_OVER.inc()
        return None
    return event


def _ways(kind: EventType) -> tuple[tuple[str, str], ...]:
    """Return by which (exchange, routing key) an event of `kind` may come.

    Only its source may publish so; whoever may write to the default exchange can put anything
    into the stream, but the broker stamps both on it.
    """
    return (kind.exchange, kind.wire_name), (ACTIVITY_EXCHANGE, kind.wire_name)


def _lock(tx: Transaction, events: Sequence[Event[Any]]) -> Known:
    kinds = (_PERSON, _KHATMA)
    about = [event for event in events if event.type.subject in kinds]
    people = {event.subject_id for event in about if event.type.subject == _PERSON}
    people |= {event.actor for event in about if event.actor is not None}
    for event in about:
        people |= _named(event)
    return store.lock(
        tx,
        events=[event.id for event in about],
        people=people,
        khatmas={event.subject_id for event in about if event.type.subject == _KHATMA},
    )


class _Book:
    """What becomes of a batch, event by event.

    Args:
        known: What it begins with.
    """

    def __init__(self, known: Known) -> None:
        self._seen = set(known.events)
        self._gone = known.gone
        self._before = known.groups
        self._groups = dict(known.groups)
        self.position = known.position
        self.recorded: list[Recorded] = []
        self.farewells: list[Farewell] = []

    def enter(self, event: Event[Any], published: str) -> None:
        """Enter an event; one that was recorded, or that is for nobody, changes nothing."""
        if event.id in self._seen:
            return
        self._seen.add(event.id)
        if event.type.subject == _KHATMA:
            self._about_khatma(event, published)
        elif is_shown(event.type) and event.subject_id not in self._gone:
            self._add(event, published, frozenset({event.subject_id}))

    def _about_khatma(self, event: Event[Any], published: str) -> None:
        khatma_id = event.subject_id
        before = self._groups.get(khatma_id, Group())
        if before.is_over:
            return
        # Nobody whose account is gone comes in again.
        after = _effect(event)(before).without(self._gone)
        self._groups[khatma_id] = after
        if is_shown(event.type):
            audience = of_khatma(before, after, event.actor) - self._gone
            self._add(event, published, audience)
            self.farewells += [
                Farewell(self.position, person) for person in sorted(audience - after.members)
            ]

    def _add(self, event: Event[Any], published: str, audience: frozenset[int]) -> None:
        self.position += 1
        self.recorded.append(Recorded(self.position, audience, event, published))

    @property
    def changed(self) -> list[Changed]:
        """What became of whom, in the order of khatmas and people."""
        return [
            Changed(khatma_id, person, standing)
            for khatma_id, group in sorted(self._groups.items())
            for person, standing in sorted(group.standing.items())
            if self._before.get(khatma_id, Group()).standing.get(person) != standing
        ]

    @property
    def ended(self) -> list[int]:
        """The khatmas that are no more."""
        return [
            khatma_id
            for khatma_id, group in self._groups.items()
            if group.is_over and not self._before.get(khatma_id, Group()).is_over
        ]


def _effect(event: Event[Any]) -> Callable[[Group], Group]:
    """Return what the event does to the group of its khatma."""
    data, sequence = event.data, event.sequence
    match event.type.wire_name:
        case khatma.CREATED.wire_name:
            return partial(Group.joined, person=data.creator, sequence=sequence)
        case khatma.MEMBER_JOINED.wire_name:
            return partial(Group.joined, person=data.member, sequence=sequence)
        case khatma.MEMBER_LEFT.wire_name:
            return partial(Group.left, person=data.member, sequence=sequence)
        case khatma.DELETED.wire_name:
            return partial(Group.over, sequence=sequence)
    if (members := _members(event)) is not None:
        return partial(Group.listed, people=members, sequence=sequence)
    return lambda group: group


def _members(event: Event[Any]) -> frozenset[int] | None:
    """Return all who are in the khatma, where the event says so; it mends what was not heard of."""
    match event.type.wire_name:
        case khatma.PART_COMPLETED.wire_name:
            return frozenset({event.data.member, *event.data.other_members})
        case khatma.COMPLETED.wire_name | khatma.MEMBERS_LISTED.wire_name:
            return frozenset(event.data.members)
    return None


def _named(event: Event[Any]) -> frozenset[int]:
    """Return the people whom the event may bring into its khatma."""
    if event.type.subject != _KHATMA:
        return frozenset()
    return _effect(event)(Group()).members


def _row(recorded: Recorded) -> Row:
    event = recorded.event
    about = event.subject_id
    is_person = event.type.subject == _PERSON
    return Row(
        recorded.position,
        event.id,
        about if is_person else None,
        None if is_person else about,
        event.type.wire_name,
        recorded.published,
    )


def _told(after: int, book: _Book) -> bytes:
    """Return what was recorded as `contracts.notify.methods.Recorded`, JSON."""
    return orjson.dumps(
        {
            "after": after,
            "recorded": book.position,
            "events": [
                {
                    "position": each.position,
                    "audience": sorted(each.audience),
                    "event": orjson.Fragment(each.published),
                }
                for each in book.recorded
            ],
        }
    )
