"""Parts that are not open. The primary key gives each to one member at most."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.domain.khatma import Khatma
from khatma.store.people import Copy, copy_of
from khatma.store.views import CREATOR, SEEN

# Takes a part and counts it in its khatma, in one statement.
_CLAIM = text(
    """
    with claimed as (
        insert into part (khatma_id, number, person_id, claimed_at, chosen)
        values (:khatma, :number, :person, :now, :chosen)
    )
    update khatma set open_parts = :open, member_count = :members where id = :khatma
    """
)
_CHOOSE = text(
    "update part set chosen = true where khatma_id = :khatma and number = :number and not chosen"
)
# An unfinished session goes with the part that it was of; a finished one stays its reader's.
_LET_GO = text(
    """
    with unread as (
        delete from reading
        where khatma_id = :khatma and person_id = :person and number = :number
            and not is_completed
    )
    delete from part where khatma_id = :khatma and number = :number and done_at is null
    """
)
_FREE = text(
    """
    with unread as (
        delete from reading
        where khatma_id = :khatma and person_id = :person and not is_completed
    )
    delete from part where khatma_id = :khatma and person_id = :person and done_at is null
    """
)
_UNNAME = text("update part set person_id = null where khatma_id = :khatma and person_id = :person")
# A row for each part, and one without a part where the page is empty.
_PARTS = f"""
    select khatma.creator_id, creator.username as creator_username,
        creator.fullname as creator_fullname, creator.version as creator_version,
        (select count(*) from part where khatma_id = :id {{whose}}) as in_all, taken.*
    from khatma {CREATOR} left join lateral (
        select number, person_id, claimed_at, done_at, holder.*
        from part {copy_of("part.person_id", "holder")}
        where khatma_id = :id {{whose}}
        order by number limit :size offset :skipped
    ) as taken on true
    where khatma.id = :id and {SEEN}
    order by taken.number
"""  # noqa: S608
_ALL_PARTS = text(_PARTS.format(whose=""))
_OWN_PARTS = text(_PARTS.format(whose="and person_id = :me"))


def claim(
    tx: Transaction,
    khatma: Khatma,
    number: int,
    person: int,
    now: datetime,
    *,
    chosen: bool = False,
) -> None:
    """Give an open part to `person`; of one that is not open, the transaction fails.

    `khatma` is how it is afterwards; `chosen` says whether they named the part.
    """
    tx.tell(
        _CLAIM,
        khatma=khatma.id,
        number=number,
        person=person,
        now=now,
        chosen=chosen,
        open=len(khatma.parts.open),
        members=len(khatma.members),
    )


def choose(tx: Transaction, khatma: int, number: int) -> None:
    """Note that its holder named a part that had fallen to them."""
    tx.tell(_CHOOSE, khatma=khatma, number=number)


def let_go(tx: Transaction, khatma: int, number: int, person: int) -> None:
    """Open a part that `person` holds; its khatma is counted by who takes another."""
    tx.tell(_LET_GO, khatma=khatma, number=number, person=person)


def free(tx: Transaction, khatma: int, person: int) -> None:
    """Open what `person` holds and has not done, and drop what they said of it."""
    tx.tell(_FREE, khatma=khatma, person=person)


def unname(tx: Transaction, khatma: int, person: int) -> None:
    """Take the name of `person` from what they had done."""
    tx.tell(_UNNAME, khatma=khatma, person=person)


def page(reader: Reader, khatma: int, me: int, *, own: bool, page: int, size: int) -> list[Any]:
    """Return a page of the parts that are not open, the lowest first.

    Args:
        reader: Asks.
        khatma: Whose.
        me: Who looks.
        own: Whether only theirs are wanted.
        page: From 1 up.
        size: Parts on a page.

    Returns:
        One row without a part where there is none on the page; none where `me` may not know of
        the khatma.
    """
    statement = _OWN_PARTS if own else _ALL_PARTS
    return reader.ask(statement, id=khatma, me=me, size=size, skipped=(page - 1) * size)


def creator(row: Any) -> Copy:
    """Return the copy of the creator in a row of `page`."""
    return Copy(row.creator_username, row.creator_fullname, row.creator_version)
