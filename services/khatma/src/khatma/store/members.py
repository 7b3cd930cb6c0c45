"""Members of khatmas, and those invited to become one."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.store.people import copy_of
from khatma.store.views import SEEN

# An invitation is spent by joining.
_ADD = text(
    """
    with spent as (
        delete from invitation where person_id = :person and khatma_id = :khatma
    ), credited as (
        insert into reader (person_id, active_khatmas) values (:person, 1)
        on conflict (person_id) do update set active_khatmas = reader.active_khatmas + 1
    )
    insert into member (khatma_id, person_id, joined_at) values (:khatma, :person, :now)
    """
)
_REMOVE = text("delete from member where khatma_id = :khatma and person_id = :person")
_COMPLETE = text("update member set completed = true where khatma_id = :khatma")
_INVITE = text(
    """
    insert into invitation (khatma_id, person_id, invited_at)
    select cast(:khatma as bigint), id, cast(:now as timestamptz)
    from person where id = :person and deleted_at is null
    on conflict do nothing returning 1
    """
)
_TRACES = text(
    """
    select khatma_id from (
        select khatma_id from member where person_id = :person and khatma_id > :after
        union
        select khatma_id from part where person_id = :person and khatma_id > :after
    ) as named
    order by khatma_id limit :limit
    """
)
_MEMBERSHIP = text(
    f"""
    select exists (select from member where khatma_id = :id and person_id = :me) as is_member
    from khatma where id = :id and {SEEN}
    """  # noqa: S608
)
_MEMBERS = text(
    f"""
    select member.person_id, member.joined_at, person.username, person.fullname, person.version,
        array(
            select number from part where part.khatma_id = :id
            and part.person_id = member.person_id and done_at is null order by number
        ) as held,
        array(
            select number from part where part.khatma_id = :id
            and part.person_id = member.person_id and done_at is not null order by number
        ) as done
    from khatma join member on member.khatma_id = khatma.id
        {copy_of("member.person_id", "person")}
    where khatma.id = :id and {SEEN}
    order by member.joined_at, member.person_id
    """  # noqa: S608
)


def add(tx: Transaction, khatma: int, person: int, now: datetime) -> None:
    """Make `person` a member, with one more khatma that they read in."""
    tx.tell(_ADD, khatma=khatma, person=person, now=now)


def remove(tx: Transaction, khatma: int, person: int) -> None:
    """End a membership."""
    tx.tell(_REMOVE, khatma=khatma, person=person)


def complete(tx: Transaction, khatma: int) -> None:
    """Note with every membership that the khatma is completed."""
    tx.tell(_COMPLETE, khatma=khatma)


def invite(tx: Transaction, khatma: int, person: int, now: datetime) -> bool:
    """Invite `person`; False where they are invited already, or their account is gone."""
    return bool(tx.ask(_INVITE, khatma=khatma, person=person, now=now))


def traces(reader: Reader, person: int, *, after: int, limit: int) -> list[int]:
    """Return up to `limit` khatmas, past `after`, that name `person` as member or reader."""
    return [row.khatma_id for row in reader.ask(_TRACES, person=person, after=after, limit=limit)]


def membership(reader: Reader, khatma: int, me: int) -> bool | None:
    """Say whether `me` is a member; None where they may not know of the khatma."""
    return next((row.is_member for row in reader.ask(_MEMBERSHIP, id=khatma, me=me)), None)


def shown(reader: Reader, khatma: int, me: int) -> list[Any]:
    """Return the members in the order of joining; none where `me` may not know of the khatma."""
    return reader.ask(_MEMBERS, id=khatma, me=me)
