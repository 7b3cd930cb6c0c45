"""The words of khatmas: kept anew behind what changed, and found by an index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.store.views import NOT_MINE, page_of
from khatma.store.words import KEPT, MATCHES, as_text, asking

# Passed over by who is at the same khatma meanwhile, so nobody waits for it and it for nobody.
_UNREAD = text(
    """
    select khatma.id, khatma.name, khatma.description,
           coalesce(nullif(creator.fullname, ''), creator.username, '') as creator
    from khatma left join lateral (
        select username, fullname from person where id = khatma.creator_id limit 1
    ) as creator on true
    where khatma.words is null
    order by khatma.id limit :most
    for update of khatma skip locked
    """
)
_KEEP = text(
    f"""
    update khatma set words = {KEPT.format(words="read.words")}
    from unnest(cast(:ids as bigint[]), cast(:words as text[])) as read (id, words)
    where khatma.id = read.id
    """  # noqa: S608
)
_READ_ANEW = text(
    """
    update khatma set words = null where id in (
        select id from khatma where creator_id = :creator and id > :after order by id limit :most
        for no key update
    )
    returning id
    """
)

# What most people look for stands in many khatmas, and is soon found among the newest. What does
# not is found by its words: in so many khatmas at most, which need not be the newest ones.
NEWEST, FOUND, SHOWN = 1000, 1000, 20
_OPEN = "is_public and completed_at is null"
_TYPE = "(cast(:type as text) = '' or khatma_type = :type)"
_AMONG_THE_NEWEST = f"""
    select id as khatma_id from (
        select id, words, khatma_type from khatma where {_OPEN} order by id desc limit {NEWEST}
    ) as found
    where {MATCHES} and {_TYPE} and {NOT_MINE}
    order by id desc limit {SHOWN}
"""  # noqa: S608
_BY_WORDS = f"""
    select id as khatma_id from (
        select id from (
            select id from khatma
            where {_OPEN} and {MATCHES} and {_TYPE}
            limit {FOUND}
        ) as any_of_them
        order by id desc
    ) as found
    where {NOT_MINE}
    order by id desc limit {SHOWN}
"""  # noqa: S608
_WAYS = (page_of(_AMONG_THE_NEWEST), page_of(_BY_WORDS))


def unread(tx: Transaction, most: int) -> list[Any]:
    """Return up to `most` khatmas whose words are not kept, held, with their creator's name."""
    return tx.ask(_UNREAD, most=most)


def keep(tx: Transaction, words: dict[int, list[str]]) -> None:
    """Keep the words of khatmas, by their ids."""
    tx.tell(_KEEP, ids=list(words), words=list(map(as_text, words.values())))


def read_anew(reader: Reader, creator: int, *, after: int, most: int) -> list[int]:
    """Have up to `most` khatmas of `creator`, past the id `after`, read again; return their ids."""
    rows = reader.ask(_READ_ANEW, creator=creator, after=after, most=most)
    return sorted(row.id for row in rows)


def find(reader: Reader, me: int, wanted: Sequence[str], khatma_type: str) -> list[Any]:
    """Return up to 20 public, active khatmas that hold what is wanted and that `me` is not in.

    Newest first; where more than 1,000 hold it, maybe not the newest of those that are older than
    the 1,000 newest khatmas.

    Args:
        reader: Asks.
        me: Who looks.
        wanted: Beginnings of words, as `words.asking` takes them.
        khatma_type: Of that type alone; empty for all.
    """
    found: dict[int, Any] = {}
    for way in _WAYS:
        rows = reader.ask(way, me=me, wanted=asking(wanted), type=khatma_type)
        found |= {row.id: row for row in rows}
        if len(found) >= SHOWN:
            break
    return [found[id] for id in sorted(found, reverse=True)[:SHOWN]]
