from functools import partial
from random import Random

import eventlet
import pytest

from chassis.testing import made
from contracts.auth.events import USER_DELETED
from contracts.refusals import Conflict, NotFound, Unauthenticated
from practice.store import board as store
from practice.usecases import board

pytestmark = pytest.mark.usefixtures("noon")
AT_ONCE = 20


def at_once(*works):
    """Start all `works` together, and return what each returned, or the refusal it raised."""

    def outcome(work):
        try:
            return work()
        except (Conflict, NotFound, Unauthenticated) as refusal:
            return refusal

    greenlets = [eventlet.spawn(outcome, work) for work in works]
    with eventlet.Timeout(30):
        return [greenlet.wait() for greenlet in greenlets]


def test_simultaneous_writes_of_one_person_are_all_counted(person, replayed):
    layla = person(7)
    at_once(*[partial(layla.log, n + 1) for n in range(40)])
    assert layla.stats()["total_minutes"] == sum(range(1, 41))
    assert layla.sessions()["count"] == 40
    replayed()


def test_simultaneous_writes_of_many_neither_lose_anything_nor_wait_in_a_circle(person, replayed):
    random = Random(7)
    crowd = [person(key) for key in range(1, 5)]
    mine = {one.id: [one.log(10, date=f"2026-02-{day:02}") for day in range(1, 9)] for one in crowd}

    def change(one):
        session = random.choice(mine[one.id])["id"]
        return random.choice(
            [
                partial(one.log, random.randint(1, 60)),
                partial(one.change, session, duration=random.randint(1, 60)),
                partial(one.change, session, date=f"2026-01-{random.randint(1, 31):02}"),
                partial(one.change, session, meditation_type="mantra", duration=5),
                partial(one.delete, session),
            ]
        )

    for _ in range(5):
        outcomes = at_once(*[change(one) for one in crowd for _ in range(8)])
        assert {type(outcome) for outcome in outcomes} <= {dict, NotFound}
        replayed()


def test_a_session_is_deleted_once_and_its_minutes_go_once(person, replayed, announced):
    layla = person(7)
    kept, session = layla.log(5), layla.log(25)
    outcomes = at_once(*[partial(layla.delete, session["id"]) for _ in range(10)])
    assert [o for o in outcomes if not isinstance(o, NotFound)] == [{"deleted": 1}]
    assert layla.stats()["total_minutes"] == kept["duration"]
    assert [name for name, _, _ in announced()].count("session_deleted") == 1
    replayed()


def test_all_is_cleared_once_while_more_is_logged(person, replayed):
    layla = person(7)
    for _ in range(5):
        layla.log()
    outcomes = at_once(*[layla.clear, layla.log] * 5)
    cleared = sum(o["deleted"] for o in outcomes if "deleted" in o)
    assert cleared + layla.sessions()["count"] == 10
    replayed()


@pytest.mark.parametrize("round_", range(3))
def test_identical_commands_take_effect_once(person, announced, round_):
    layla = person(7)
    outcomes = at_once(*[partial(layla.log, 25, command="same") for _ in range(AT_ONCE)])
    answers = [outcome for outcome in outcomes if not isinstance(outcome, Conflict)]
    assert answers
    assert all(answer == answers[0] for answer in answers)
    assert layla.sessions()["count"] == 1
    assert len(announced()) == 1


def test_a_person_seen_for_the_first_time_by_many_requests_at_once(person):
    outcomes = at_once(*[partial(person(7, version=n).log, 1) for n in range(AT_ONCE)])
    assert all(isinstance(outcome, dict) for outcome in outcomes)
    assert person(7).sessions()["count"] == AT_ONCE


def test_nothing_is_left_of_who_is_deleted_while_they_write(person, hear, query, announced):
    layla = person(7)
    layla.log()
    erase = partial(hear, made(USER_DELETED, 7))
    at_once(*[layla.log] * 8, erase, *[layla.log] * 8, layla.clear, *[erase] * 2)
    for table in ("session", "total", "type_total"):
        assert query(f"select count(*) from {table}") == [(0,)]
    names = [name for name, _, _ in announced()]
    assert names.count("data_erased") == 1
    assert names[-1] == "data_erased"


def test_who_overtakes_while_a_leader_is_announced_is_announced_after(
    person, db, query, monkeypatch
):
    layla, omar = person(1), person(2)
    layla.log(10)
    board.watch_leader(db)
    omar.log(20)
    change_leader = store.change_leader

    def change_slowly(tx, leader):
        monkeypatch.setattr(store, "change_leader", change_leader)
        layla.log(15)
        board.watch_leader(db)  # sees the leader of before still
        change_leader(tx, leader)

    monkeypatch.setattr(store, "change_leader", change_slowly)
    board.watch_leader(db)
    leaders = query(
        """
        select cast(data as json) ->> 'leader' from outbox
        where type = 'practice.leader_changed.v1' order by sequence
        """
    )
    assert leaders == [("1",), ("2",), ("1",)]


def test_leaders_follow_one_another(person, db, query):
    crowd = [person(key) for key in range(1, 6)]

    def log_and_tell(one, duration):
        one.log(duration)
        board.watch_leader(db)

    for turn in range(4):
        at_once(*[partial(log_and_tell, one, 1 + (one.id * 7 + turn * 11) % 13) for one in crowd])
    changes = query(
        """
        select cast(data as json) ->> 'previous', cast(data as json) ->> 'leader' from outbox
        where type = 'practice.leader_changed.v1' order by sequence
        """
    )
    assert changes[0][0] is None
    assert all(previous != leader for previous, leader in changes)
    assert [leader for _, leader in changes[:-1]] == [previous for previous, _ in changes[1:]]
    most = crowd[0].leaderboard(limit=5)["results"]
    first = [row["user"]["id"] for row in most if row["total_minutes"] == most[0]["total_minutes"]]
    assert int(changes[-1][1]) in first
