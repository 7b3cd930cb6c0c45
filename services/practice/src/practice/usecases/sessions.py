"""Logging, listing, changing and deleting one's own sessions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from chassis.data import outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from contracts.models import Nothing
from contracts.practice import methods
from contracts.refusals import NotFound
from contracts.rpc import Call
from contracts.validation_messages import wrong_fields
from person.known import Person
from practice import events
from practice.domain.days import fault_of
from practice.domain.totals import Amount, Facts, moves
from practice.store import sessions, totals
from practice.store.people import people
from practice.store.sessions import Filter, Session


def list_sessions(reader: Reader, call: Call[methods.ListSessions]) -> dict[str, Any]:
    """Return a page of the asker's own sessions, and how many there are in all.

    Raises:
        NotFound: The page is past the end.
    """
    asker, asked = call.asker.id, call.body
    rows = sessions.page(
        reader,
        asker,
        Filter(asked.meditation_type, asked.first_day, asked.last_day),
        asked.ordering,
        page=asked.page,
        size=asked.page_size,
    )
    if not rows and asked.page > 1:
        raise NotFound(f"There is no page {asked.page}. Begin with page 1.")
    return {
        "count": rows[0][0] if rows else 0,
        "results": [_listed(asker, row) for row in rows],
    }


def get_session(reader: Reader, call: Call[methods.OneSession]) -> dict[str, Any]:
    """Return one of the asker's own sessions.

    Raises:
        NotFound: There is none, or it is another's.
    """
    session = sessions.find(reader, call.asker.id, call.body.id)
    return _shown(call.asker.id, _there(session))


def log_session(tx: Transaction, call: Call[methods.LogSession]) -> dict[str, Any]:
    """Log a session, for today where no date is named.

    Raises:
        Invalid: No session may count for that date.
        Unauthenticated: The account was deleted.
    """
    number, person = people.lock_and_number(tx, call.asker)
    now, body = clock.now(), call.body
    facts = Facts(body.meditation_type, body.duration, body.date or person.clock.today(now))
    _check(facts.date, person, now)
    session = Session(number, created_at=now, updated_at=now, notes=body.notes, **vars(facts))
    sessions.add(tx, person.id, session)
    totals.move(tx, person.id, moves(None, facts), now)
    outbox.announce(tx, events.session_logged(person.id, session.id, facts))
    return _shown(person.id, session)


def change_session(tx: Transaction, call: Call[methods.ChangeSession]) -> dict[str, Any]:
    """Change what is named of a session.

    Raises:
        Invalid: No session may count for the new date.
        NotFound: There is no such session, or it is another's.
        PreconditionFailed: It is not what the asker saw.
        Unauthenticated: The account was deleted.
    """
    person, now = people.lock(tx, call.asker), clock.now()
    session = _unchanged(person, call, _there(sessions.find(tx, person.id, call.body.id)))
    named = call.body.change.named()
    notes = named.pop("notes", session.notes)
    before = session.facts
    after = replace(before, **named)
    if after.date != before.date:
        _check(after.date, person, now)
    changed = sessions.replace(tx, person.id, session.id, facts=after, notes=notes, now=now)
    if after != before:
        totals.move(tx, person.id, moves(before, after), now)
        outbox.announce(tx, events.session_changed(person.id, session.id, before, after))
    return _shown(person.id, changed)


def delete_session(tx: Transaction, call: Call[methods.DeleteSession]) -> dict[str, int]:
    """Delete a session.

    Raises:
        NotFound: There is no such session, or it is another's.
        PreconditionFailed: It is not what the asker saw.
        Unauthenticated: The account was deleted.
    """
    person, now = people.lock(tx, call.asker), clock.now()
    session = _unchanged(person, call, _there(sessions.find(tx, person.id, call.body.id)))
    sessions.delete(tx, person.id, session.id)
    totals.move(tx, person.id, moves(session.facts, None), now)
    outbox.announce(tx, events.session_deleted(person.id, session.id, session.facts))
    return {"deleted": 1}


def clear_sessions(tx: Transaction, call: Call[Nothing]) -> dict[str, int]:
    """Delete all of the asker's sessions: they are gone at once, and swept afterwards.

    Raises:
        Unauthenticated: The account was deleted.
    """
    person = people.lock(tx, call.asker)
    total = totals.delete_all(tx, person.id)
    if total != Amount():
        sessions.clear(tx, person.id)
        outbox.announce(tx, events.sessions_cleared(person.id, total))
    return {"deleted": total.sessions}


def sweep_cleared(db: Database) -> None:
    """Delete what people have cleared, and nobody sees any more."""
    for person, up_to in sessions.cleared(db.reader):
        sessions.sweep(db, person, up_to)


def _check(day: date, person: Person, now: datetime) -> None:
    fault = fault_of(day, person.clock.today(now))
    if fault:
        raise wrong_fields({"date": [fault]})


def _there(session: Session | None) -> Session:
    if session is None:
        raise NotFound("You have no such session. List your sessions to see their ids.")
    return session


def _unchanged(
    person: Person,
    call: Call[methods.ChangeSession] | Call[methods.DeleteSession],
    session: Session,
) -> Session:
    """Return the session, of a person who is locked, where it is what the asker saw."""
    preconditions.check(
        call.body.precondition, lambda: _shown(person.id, session), session.updated_at
    )
    return session


def _shown(person: int, session: Session) -> dict[str, Any]:
    return {"id": session.id, "user": person, **vars(session)}


# The hottest line of the service: rows become dicts with nothing in between.
def _listed(person: int, row: Sequence[Any]) -> dict[str, Any]:
    _, key, meditation_type, duration, notes, day, created_at, updated_at = row
    return {
        "id": key,
        "user": person,
        "meditation_type": meditation_type,
        "duration": duration,
        "notes": notes,
        "date": day,
        "created_at": created_at,
        "updated_at": updated_at,
    }
