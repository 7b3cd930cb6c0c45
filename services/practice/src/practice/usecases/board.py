"""The leaderboard, and watching who leads it."""

from typing import Any

from chassis.data import outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from contracts.practice.methods import AskLeaderboard
from contracts.rpc import Call
from practice import events
from practice.domain.board import leader
from practice.domain.days import EARLIEST
from practice.domain.windows import window
from practice.store import board as store
from practice.store import standings

ALL_TIME = window("all", EARLIEST)
# How one is called who shows no name there; the id beside it is null.
SOMEONE = "someone"


def leaderboard(reader: Reader, call: Call[AskLeaderboard]) -> dict[str, Any]:
    """Return the first places of the window that holds today's UTC date, and the asker's own."""
    asked = call.body
    wanted = window(asked.window, clock.now().date())
    board = store.board(reader, wanted, asked.limit, call.asker.id)
    starts, ends = wanted.days
    return {
        "window": wanted.name,
        "starts": starts,
        "ends": ends,
        "results": [{**_rank(place), "user": _user(place)} for place in board.places],
        "me": board.mine and _rank(board.mine),
    }


def fold_standings(db: Database) -> None:
    """Keep what ranks are counted from small; they are exact before and after."""
    db.transact(standings.fold)


def watch_leader(db: Database) -> None:
    """Announce it if another person leads the all-time board than was announced last.

    Who leads is a state, not a message: any look finds all that happened before it. One that finds
    the leader leading takes no lock; one that finds another decides under the lock of the leader's
    row, and looks again, since totals change meanwhile.
    """
    while _changes(store.lead(db.reader, ALL_TIME)):
        db.transact(_decide)


def _decide(tx: Transaction) -> None:
    store.lock_leader(tx)
    lead = store.lead(tx, ALL_TIME)
    if _changes(lead):
        now = leader(lead.standing, lead.first)
        store.change_leader(tx, now.person if now else None)
        outbox.announce(tx, events.leader_changed(now, lead.holder))


def _changes(lead: store.Lead) -> bool:
    now = leader(lead.standing, lead.first)
    return lead.holder != (now.person if now else None)


def _user(place: store.Place) -> dict[str, Any]:
    username = SOMEONE if place.person is None else place.username
    return {"id": place.person, "username": username}


def _rank(place: store.Place) -> dict[str, int]:
    return {"rank": place.rank, "total_minutes": place.minutes, "sessions": place.sessions}
