"""The copies that a service keeps of people. A person's row is the lock of what is theirs.

A copy is as new as the highest version that was said of its person, by auth's events or by a token
that was here first; a tombstone stays as it is.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text

from chassis.data.transaction import Reader, Transaction
from contracts.auth.events import UserData
from contracts.events import Event
from contracts.rpc import Actor
from person.asking import clock_of, living, person_of
from person.clock import Clock
from person.columns import COLUMNS
from person.known import Person

_HOLD_AS_IT_IS = text("select from person where id = :id for key share")
_SEIZE = text("select from person where id = :id for update")


class Copies:
    """What a service keeps of people.

    Commands lock people before anything else. Those that only must not meet an erasure `attend`
    beside each other; those that must not meet each other either, `lock`.

    Args:
        kept: Which of `columns.COLUMNS` the service's table has.
        numbers: The sequence of what commands add, so that its next id comes with the person.
    """

    def __init__(self, *kept: str, numbers: str = "") -> None:
        """Write the statements for the columns `kept`."""
        self._kept = kept
        names = ", ".join(kept)
        find = f"select {names}, version, deleted_at from person where id = :id"  # noqa: S608
        self._find = text(find)
        lock = f"{find} for no key update"
        self._lock = text(lock)
        self._lock_and_number = _numbered(lock, numbers)
        # Key share: any number of a person's commands at once, none beside their erasure.
        attend = f"{find} for key share"
        self._attend = text(attend)
        self._attend_and_number = _numbered(attend, numbers)
        # A repeat waits for nobody: what is known already is seen without the row's lock.
        self._keep = _newer(kept, "")
        # To go with a question about something else. Where the copy is missing or older than what
        # is said, keeping it holds it.
        self._hold = _newer(kept, "for key share")
        blanks = {name: COLUMNS[name].blank for name in kept}
        self._make_room = text(
            f"""
            insert into person (id, {names}, version)
            values (:id, {", ".join(blanks.values())}, 0) on conflict do nothing
            """  # noqa: S608
        )
        self._bury = text(
            f"""
            update person
            set {", ".join(f"{name} = {blank}" for name, blank in blanks.items())},
                deleted_at = :now
            where id = :id and deleted_at is null
            """  # noqa: S608
        )

    def clock(self, reader: Reader, actor: Actor) -> Clock:
        """Return how who asks counts days."""
        return clock_of(actor, next(iter(reader.ask(self._find, id=actor.id)), None))

    def lock(self, tx: Transaction, actor: Actor) -> Person:
        """Return who commands; until the end nobody else changes what is theirs.

        A person's changes happen one after the other, people never wait for each other, and
        nobody waits in a circle.

        Raises:
            Unauthenticated: Their account is gone, and this command came late.
        """
        return living(self.of(actor.id, self._held(tx, actor, self._lock)))

    def lock_and_number(self, tx: Transaction, actor: Actor) -> tuple[int, Person]:
        """Return the id of what they add, and the same as `lock`, in as many messages."""
        row = self._held(tx, actor, self._lock_and_number)
        return row.number, living(self.of(actor.id, row))

    def attend(self, tx: Transaction, actor: Actor) -> Person:
        """Return who commands; until the end nobody erases them.

        Raises:
            Unauthenticated: Their account is gone, and this command came late.
        """
        return living(self.of(actor.id, self._held(tx, actor, self._attend)))

    def attend_and_number(self, tx: Transaction, actor: Actor) -> tuple[int, Person]:
        """Return the id of what they add, and the same as `attend`, in as many messages."""
        row = self._held(tx, actor, self._attend_and_number)
        return row.number, living(self.of(actor.id, row))

    def attend_beside(self, tx: Transaction, actor: Actor, named: int | None = None) -> None:
        """Let nobody erase who commands, nor the person whom they name, from the next question on.

        The copy of who commands is there from then on, and no older than their token. The lower
        id comes first: the first command of the one named makes the row that is held here, and
        holds it while it waits for something else.
        """
        if named is not None and named < actor.id:
            self._expect(tx, named)
        tx.tell(self._hold, **self._columns(person_of(actor)))
        if named is not None and named > actor.id:
            self._expect(tx, named)

    def keep(self, reader: Reader, event: Event[UserData]) -> None:
        """Keep what auth says of a person, unless something newer is known or they are gone.

        It needs no inbox: the account's version makes a repeat, or one out of order, do nothing.
        """
        data = event.data
        theirs = Clock(data.timezone, data.day_starts_at)
        person = Person(
            event.subject_id,
            data.username,
            data.fullname,
            theirs,
            data.version,
            visibility=data.visibility,
        )
        reader.ask(self._keep, **self._columns(person))

    def outwait(self, reader: Reader, person: int) -> None:
        """Return when every command that held this person before has ended."""
        reader.ask(_SEIZE, id=person)

    def bury(self, tx: Transaction, person: int, now: datetime) -> None:
        """Leave a tombstone of a person, once every command of theirs that is under way ended."""
        tx.tell(self._make_room, id=person)
        tx.tell(_SEIZE, id=person)
        tx.tell(self._bury, id=person, now=now)

    def of(self, person: int, row: Any) -> Person:
        """Return `person` by their copy's columns in a row."""
        said = {name: getattr(row, name) for name in self._kept}
        theirs = {name: said.pop(name) for name in ("timezone", "day_starts_at") if name in said}
        gone = row.deleted_at is not None
        return Person(person, **said, clock=Clock(**theirs), version=row.version, deleted=gone)

    def _held(self, tx: Transaction, actor: Actor, hold: TextClause) -> Any:
        """Return the copy of who commands as `hold` holds it, no older than their token."""
        rows = tx.ask(hold, id=actor.id)
        if not rows or rows[0].version < actor.version:
            tx.tell(self._keep, **self._columns(person_of(actor)))
            rows = tx.ask(hold, id=actor.id)
        return rows[0]

    def _expect(self, tx: Transaction, person: int) -> None:
        """Let nobody erase a person meanwhile, not even where nothing came of them yet."""
        tx.tell(self._make_room, id=person)
        tx.tell(_HOLD_AS_IT_IS, id=person)

    def _columns(self, person: Person) -> dict[str, Any]:
        said = {
            "username": person.username,
            "fullname": person.fullname,
            "timezone": person.clock.timezone,
            "day_starts_at": person.clock.day_starts_at,
            "visibility": person.visibility,
        }
        kept = {name: said[name] for name in self._kept}
        return {"id": person.id, "version": person.version, **kept}


def _numbered(hold: str, numbers: str) -> TextClause:
    """Return the statement `hold` with the next of `numbers`.

    It is taken from what is held, so after any wait: behind a lock, ids of what is a person's are
    in the order of its commits.
    """
    return text(
        f"with held as materialized ({hold}) "  # noqa: S608
        f"select nextval('{numbers}') as number, held.* from held"
    )


def _newer(kept: tuple[str, ...], lock: str) -> TextClause:
    """Return the statement that keeps what is newer than the copy, and locks one that is not."""
    names = ", ".join(kept)
    values = ", ".join(f"cast(:{name} as {COLUMNS[name].kind})" for name in kept)
    changes = ", ".join(f"{name} = excluded.{name}" for name in kept)
    return text(
        f"""
        with known as (
            select from person
            where id = :id and (version >= :version or deleted_at is not null) {lock}
        )
        insert into person (id, {names}, version)
        select cast(:id as bigint), {values}, cast(:version as bigint)
        where not exists (select from known)
        on conflict (id) do update set {changes}, version = excluded.version
        where person.version < excluded.version and person.deleted_at is null
        """  # noqa: S608
    )
