"""Links that let people in. Their codes are kept as hashes alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.database import Database
from chassis.data.retention import delete_in_batches
from chassis.data.statements import by_value
from chassis.data.transaction import Reader, Transaction
from khatma.domain.links import INTERVAL, MOST_LINKS
from khatma.store.people import copy_of
from khatma.store.views import page_of

# None where as many let people in as may be; the khatma is locked, so they are counted one by one.
_ADD = text(
    """
    insert into link (khatma_id, person_id, code_hash, created_at, expires_at, uses_left)
    select cast(:khatma as bigint), cast(:person as bigint), cast(:code_hash as bytea),
           cast(:now as timestamptz), cast(:expires_at as timestamptz), cast(:uses as integer)
    where (
        select count(*) from link
        where khatma_id = :khatma and person_id = :person
            and expires_at > cast(:now as timestamptz) and uses_left > 0
    ) < cast(:most as bigint)
    returning id
    """
)
_LIST = text(
    f"""
    select link.id, link.person_id, link.created_at, link.expires_at, link.uses_left,
           maker.username, maker.fullname, maker.version
    from khatma
    join link on link.khatma_id = khatma.id
        and (link.person_id = :me or khatma.creator_id = :me)
    {copy_of("link.person_id", "maker")}
    where khatma.id = :id and link.expires_at > :now
    order by link.id desc
    """  # noqa: S608
)
_REMOVE = text(
    """
    delete from link using khatma
    where link.id = :link and link.khatma_id = :khatma and khatma.id = :khatma
        and (link.person_id = :me or khatma.creator_id = :me)
    returning 1
    """
)
# Who is in already uses nothing of it, so they need not be told that it is spent.
_OPENS = """link.expires_at > :now and (
    link.uses_left > 0
    or exists (select from member where khatma_id = link.khatma_id and person_id = :me)
)"""
# What a person's misses are is told with what their code is, in one message.
_FIND = text(
    f"""
    select link.id, link.khatma_id, guesser.spent_until
    from (select cast(:me as bigint) as id) as me
    left join guesser on guesser.person_id = me.id
    left join link on link.code_hash = :code_hash and {_OPENS}
    """  # noqa: S608
)
_LET_IN = text(
    f"""
    select 1 from link where link.id = :link and link.khatma_id = :khatma and {_OPENS}
    """  # noqa: S608
)
_USE = text("update link set uses_left = uses_left - 1 where id = :link")
_SHOW = page_of("select cast(:id as bigint) as khatma_id")
_MISS = text(
    """
    insert into guesser (person_id, spent_until)
    values (:person, cast(:now as timestamptz) + cast(:interval as interval))
    on conflict (person_id) do update
        set spent_until = greatest(guesser.spent_until, cast(:now as timestamptz))
            + cast(:interval as interval)
    """
)
_FORGET = text("delete from guesser where person_id = :person")
_FORGET_LINKS = by_value(
    "delete from link where expires_at < :before and id in "
    "(select id from link where expires_at < :before limit :batch) returning 1"
)
_FORGET_MISSES = by_value(
    "delete from guesser where spent_until < :before and person_id in "
    "(select person_id from guesser where spent_until < :before limit :batch) returning 1"
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a code.

    Attributes:
        link: The id of the link that it opens; None where it is none, or no longer.
        khatma: The id of the khatma that the link is of, where there is one.
        spent_until: What the misses of who tried it have used, as `domain.links` counts them.
    """

    link: int | None
    khatma: int | None
    spent_until: datetime | None


def add(
    tx: Transaction,
    khatma: int,
    person: int,
    code_hash: bytes,
    *,
    now: datetime,
    expires_at: datetime,
    uses: int,
) -> int | None:
    """Add a link to a khatma, which is locked; return its id, or None where there are too many."""
    rows = tx.ask(
        _ADD,
        khatma=khatma,
        person=person,
        code_hash=code_hash,
        now=now,
        expires_at=expires_at,
        uses=uses,
        most=MOST_LINKS,
    )
    return rows[0].id if rows else None


def page(reader: Reader, khatma: int, me: int, now: datetime) -> list[Any]:
    """Return the links that `me` may revoke and that have not expired, newest first."""
    return reader.ask(_LIST, id=khatma, me=me, now=now)


def remove(tx: Transaction, khatma: int, link: int, me: int) -> bool:
    """Remove a link of the khatma; False where there is none that `me` may revoke."""
    return bool(tx.ask(_REMOVE, khatma=khatma, link=link, me=me))


def find(reader: Reader, code_hash: bytes, me: int, now: datetime) -> Tried:
    """Return what the code with this hash opens now, and what the misses of `me` have used."""
    row = reader.ask(_FIND, code_hash=code_hash, me=me, now=now)[0]
    return Tried(row.id, row.khatma_id, row.spent_until)


def lets_in(tx: Transaction, khatma: int, link: int, me: int, now: datetime) -> bool:
    """Say whether the link still lets `me` into the khatma, which is locked."""
    return bool(tx.ask(_LET_IN, khatma=khatma, link=link, me=me, now=now))


def use(tx: Transaction, link: int) -> None:
    """Count a use of a link that lets people in; its khatma is locked."""
    tx.tell(_USE, link=link)


def show(reader: Reader, khatma: int, me: int) -> Any | None:
    """Return the khatma as `me` sees it, who came by a link of it."""
    return next(iter(reader.ask(_SHOW, id=khatma, me=me)), None)


def miss(reader: Reader, person: int, now: datetime) -> None:
    """Count a wrong code that `person` tried."""
    reader.ask(_MISS, person=person, now=now, interval=INTERVAL)


def forget_misses(tx: Transaction, person: int) -> None:
    """Forget how many wrong codes `person` tried."""
    tx.tell(_FORGET, person=person)


def forget(db: Database, before: datetime) -> int:
    """Forget links that have expired and misses that are no longer counted; return how many."""
    return delete_in_batches(db, _FORGET_LINKS, before=before) + delete_in_batches(
        db, _FORGET_MISSES, before=before
    )
