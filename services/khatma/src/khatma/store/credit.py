"""What a reader has finished over a lifetime. Leaving and deleted khatmas take nothing of it.

A command locks readers after its khatma; one that changes several changes all of them before it
credits any.
"""

from collections.abc import Iterable

from sqlalchemy import text

from chassis.data import retention
from chassis.data.database import Database
from chassis.data.transaction import Transaction
from khatma.domain.streaks import Streak

# Rows are locked in the order of their ids before any of them changes.
_IN_ORDER = """
    from (
        select person_id from reader where person_id = any(cast(:people as bigint[]))
        order by person_id for update
    ) as locked
    where reader.person_id = locked.person_id
"""
_STOP = text(
    f"update reader set active_khatmas = active_khatmas - 1 {_IN_ORDER}"  # noqa: S608
)
_COMPLETE = text(
    f"""
    update reader
    set active_khatmas = active_khatmas - 1, completed_khatmas = completed_khatmas + 1
    {_IN_ORDER}
    """  # noqa: S608
)
_LOCK = text("select from reader where person_id = :person for update")
_MERGE = text(
    """
    with merged as (
        delete from streak
        where person_id = :person and last_day >= :first and last_day < :last
    )
    insert into streak (person_id, first_day, last_day) values (:person, :first, :last)
    on conflict (person_id, last_day) do update set first_day = excluded.first_day
    """
)
_CUT = text("delete from streak where person_id = :person and last_day = :last")
_LEFT = text(
    """
    insert into streak (person_id, first_day, last_day)
    select cast(:person as bigint), first_day, last_day
    from unnest(cast(:firsts as date[]), cast(:lasts as date[])) as part (first_day, last_day)
    """
)
_ERASE = (
    text("delete from reader where person_id = :person"),
    text("delete from reader_day where person_id = :person"),
    text("delete from streak where person_id = :person"),
    text("delete from achievement where person_id = :person"),
    text("delete from invitation where person_id = :person"),
)
_ERASE_READINGS = text(
    "delete from reading where id in "
    "(select id from reading where person_id = :person limit :batch) returning 1"
)


def lock(tx: Transaction, person: int) -> None:
    """Let nobody else credit `person` until the transaction ends."""
    tx.tell(_LOCK, person=person)


def stop(tx: Transaction, people: Iterable[int]) -> None:
    """Count one active khatma less for each of `people`."""
    tx.tell(_STOP, people=list(people))


def complete(tx: Transaction, people: Iterable[int]) -> None:
    """Turn one active khatma of each of `people`, who are locked by it, into a completed one."""
    tx.tell(_COMPLETE, people=list(people))


def keep_streak(tx: Transaction, person: int, streak: Streak) -> None:
    """Remember `streak` in place of those that it swallowed."""
    tx.tell(_MERGE, person=person, first=streak.first, last=streak.last)


def cut_streak(tx: Transaction, person: int, streak: Streak, left: Iterable[Streak]) -> None:
    """Remember what is left of `streak` in its place."""
    parts = list(left)
    tx.tell(_CUT, person=person, last=streak.last)
    tx.tell(
        _LEFT,
        person=person,
        firsts=[part.first for part in parts],
        lasts=[part.last for part in parts],
    )


def erase_readings(db: Database, person: int) -> None:
    """Erase the sessions of `person`, in batches that hold no lock for long."""
    retention.delete_in_batches(db, _ERASE_READINGS, person=person)


def erase(tx: Transaction, person: int) -> None:
    """Erase all credit, achievements and invitations of `person`."""
    for statement in _ERASE:
        tx.tell(statement, person=person)
