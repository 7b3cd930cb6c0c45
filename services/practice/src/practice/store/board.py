"""The leaderboard, read by its index, and who leads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from chassis.data.statements import by_value
from chassis.data.transaction import Reader, Transaction
from practice.domain.board import Standing
from practice.domain.windows import Window
from practice.store.standings import ABOVE

# The first rows hold everyone before them, so ranks counted among them are ranks among all.
_BOARD = by_value(
    f"""
    with first as (
        select person, minutes, sessions, reached_at from total
        where period = :period and starts = :starts
        order by minutes desc, reached_at, person
        limit :limit
    )
    select row_number() over (order by minutes desc, reached_at, person) as nth,
           rank() over (order by minutes desc),
        case when visibility <> 'nobody' or person.id = :asker then person.id end,
        case when visibility <> 'nobody' or person.id = :asker then username end,
        minutes, sessions
    from first join person on person.id = first.person
    union all
    select null, 1 + {ABOVE}, person, null, minutes, sessions
    from total as mine
    where person = :asker and period = :period and starts = :starts
    order by nth nulls last
    """  # noqa: S608
)
_LEAD = text(
    """
    select leader.person as holder, held.minutes as held,
           first.person as first, first.minutes as most
    from leader
    left join total as held on held.person = leader.person and held.period = 'all'
    left join lateral (
        select person, minutes from total
        where period = :period and starts = :starts
        order by minutes desc, reached_at, person
        limit 1
    ) as first on true
    """
)
_LOCK = text("select from leader for update")
_CHANGE = text("update leader set person = :person")


@dataclass(frozen=True)
class Place:
    """A place on the board.

    Attributes:
        person: None, as is their name, for one who shows neither to who asks.
    """

    rank: int
    person: int | None
    username: str | None
    minutes: int
    sessions: int


@dataclass
class Board:
    """The first places of a window, and the asker's own."""

    places: list[Place] = field(default_factory=list)
    mine: Place | None = None


@dataclass(frozen=True)
class Lead:
    """Who was said to lead, what they have now, and the first row of the all-time board.

    Attributes:
        holder: The person last announced as the leader.
        standing: The holder's; None where they have no minutes any more, or nobody led.
        first: None where nobody has minutes.
    """

    holder: int | None
    standing: Standing | None
    first: Standing | None


def board(reader: Reader, window: Window, limit: int, asker: int) -> Board:
    """Return the first `limit` places of `window` and the place of `asker`, of the same moment."""
    rows: Sequence[Any] = reader.ask(
        _BOARD, period=window.name, starts=window.starts, limit=limit, asker=asker
    )
    found = Board()
    for nth, rank, person, username, minutes, sessions in rows:
        place = Place(rank, person, username, minutes, sessions)
        if nth is None:
            found.mine = place
        else:
            found.places.append(place)
    return found


def lock_leader(tx: Transaction) -> None:
    """Let no other decide who leads until the end of the transaction."""
    tx.tell(_LOCK)


def lead(reader: Reader, all_time: Window) -> Lead:
    """Return what decides who leads, all of the same moment."""
    [(holder, held, first, most)] = reader.ask(_LEAD, period=all_time.name, starts=all_time.starts)
    return Lead(
        holder,
        None if held is None else Standing(holder, held),
        None if first is None else Standing(first, most),
    )


def change_leader(tx: Transaction, person: int | None) -> None:
    """Remember who leads now; None for nobody."""
    tx.tell(_CHANGE, person=person)
