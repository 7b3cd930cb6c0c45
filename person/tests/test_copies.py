"""Copies of people on PostgreSQL: the newest truth of each, and nobody back from the dead."""

from datetime import UTC, datetime

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.data.statements import by_value
from chassis.testing import actor, locked_out, made
from contracts.auth.events import USER_DELETED, USER_UPDATED
from contracts.refusals import Unauthenticated
from person.clock import Clock
from person.columns import added

NAMES = ("username", "fullname")
CLOCK = ("username", "timezone", "day_starts_at")


def until(condition, *threads):
    """Wait for the condition while all of `threads` are at work."""
    with eventlet.Timeout(10):
        while not condition():
            assert not any(thread.dead for thread in threads)
            eventlet.sleep(0.01)


def lock(people, tx, who):
    return people.lock(tx, who)


def attend(people, tx, who):
    return people.attend(tx, who)


def attend_beside(people, tx, who):
    people.attend_beside(tx, who)
    tx.ask(by_value("select 1"))


@pytest.mark.parametrize("service", [NAMES, CLOCK, NAMES + CLOCK[1:]], indirect=True)
def test_what_is_kept_of_a_person_is_what_the_service_has_columns_for(service, hear, rows):
    said = {"username": "layla", "fullname": "ليلى", "timezone": "Asia/Amman", "day_starts_at": 90}
    hear(USER_UPDATED, 7, **said, version=3)
    kept = {name: said[name] for name in service.keeps}
    assert rows("select * from person") == [{"id": 7, **kept, "version": 3, "deleted_at": None}]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6)), min_size=1, max_size=8))
def test_the_copy_is_the_newest_that_was_said_in_whatever_order(db, people, hear, rows, said):
    with db.transaction() as tx:
        tx.tell(by_value("delete from person"))
    for by_token, version in said:
        if by_token:
            with db.transaction() as tx:
                people.lock(tx, actor(7, username=f"v{version}", version=version))
        else:
            hear(USER_UPDATED, 7, username=f"v{version}", version=version)
    newest = max(version for _, version in said)
    assert rows("select username, version from person") == [
        {"username": f"v{newest}", "version": newest}
    ]


@pytest.mark.parametrize("take", [lock, attend])
def test_who_commands_is_the_newer_of_token_and_copy(take, db, people, hear):
    hear(USER_UPDATED, 7, fullname="ليلى", timezone="Asia/Amman", day_starts_at=90, version=2)
    for version, name, clock in (
        (1, "ليلى", Clock("Asia/Amman", 90)),
        (2, "ليلى", Clock("Asia/Amman", 90)),
        (3, "Leyla", Clock("Asia/Tokyo", 0)),
        (1, "Leyla", Clock("Asia/Tokyo", 0)),
    ):
        with db.transaction() as tx:
            token = actor(7, fullname="Leyla", timezone="Asia/Tokyo", version=version)
            found = take(people, tx, token)
        assert (found.id, found.shown_name, found.clock) == (7, name, clock)


def test_who_reads_counts_days_by_the_newer_of_token_and_copy(db, people, hear):
    def zone(version: int) -> str:
        token = actor(7, timezone="Asia/Tokyo", version=version)
        return people.clock(db.reader, token).timezone

    assert zone(0) == "Asia/Tokyo"
    hear(USER_UPDATED, 7, timezone="Asia/Amman", version=2)
    assert [zone(version) for version in (1, 2, 3)] == ["Asia/Amman", "Asia/Amman", "Asia/Tokyo"]


def test_what_is_known_is_not_written_again(hear, rows):
    event = hear(USER_UPDATED, 7, version=2)
    written = rows("select xmin::text from person")
    hear(event)
    hear(USER_UPDATED, 7, version=1)
    assert rows("select xmin::text from person") == written


def test_a_repeat_waits_for_nobody(db, people, hear):
    event = hear(USER_UPDATED, 7, version=2)
    with db.transaction() as tx:
        people.lock(tx, actor(7, version=2))
        with eventlet.Timeout(5):
            hear(event)


@pytest.mark.parametrize("service", [NAMES, CLOCK, NAMES + CLOCK[1:]], indirect=True)
def test_of_who_is_gone_nothing_is_left_but_the_id(service, hear, rows):
    blank = {"username": "", "fullname": "", "timezone": "UTC", "day_starts_at": 0}
    hear(USER_UPDATED, 7, version=2)
    hear(USER_DELETED, 7)
    hear(USER_UPDATED, 7, version=9)
    (left,) = rows("select * from person")
    assert left.pop("deleted_at") is not None
    assert left == {"id": 7, **{name: blank[name] for name in service.keeps}, "version": 2}


@pytest.mark.parametrize("take", [lock, attend])
@pytest.mark.parametrize("version", [1, 9])
def test_who_is_gone_commands_nothing(take, version, db, people, hear, rows):
    hear(USER_UPDATED, 7, version=2)
    hear(USER_DELETED, 7)
    with pytest.raises(Unauthenticated), db.transaction() as tx:
        take(people, tx, actor(7, version=version))
    assert rows("select username from person") == [{"username": ""}]


def test_who_is_gone_before_anything_was_heard_of_them_stays_gone(hear, rows):
    hear(USER_DELETED, 7)
    hear(USER_UPDATED, 7, username="layla", version=1)
    assert rows("select username, deleted_at is not null as gone from person") == [
        {"username": "", "gone": True}
    ]


def test_a_person_is_gone_since_the_first_news_of_it(db, people, hear, rows):
    hear(USER_DELETED, 7)
    since = rows("select deleted_at from person")
    hear(USER_DELETED, 7)
    assert rows("select deleted_at from person") == since


@pytest.mark.parametrize("take", [lock, attend, attend_beside])
@pytest.mark.parametrize("version", [1, 2])
def test_an_erasure_waits_for_commands_under_way(take, version, db, people, hear, rows):
    hear(USER_UPDATED, 7, version=1)
    with db.transaction() as tx:
        take(people, tx, actor(7, version=version))
        erasure = eventlet.spawn(hear, USER_DELETED, 7)
        until(lambda: locked_out(db), erasure)
        assert rows("select deleted_at from person") == [{"deleted_at": None}]
    erasure.wait()
    assert rows("select deleted_at from person") != [{"deleted_at": None}]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("named", [3, 9])
def test_an_erasure_waits_for_commands_that_name_the_person(named, known, db, people, hear):
    if known:
        hear(USER_UPDATED, named)
    with db.transaction() as tx:
        people.attend_beside(tx, actor(7), named)
        tx.ask(by_value("select 1"))
        erasure = eventlet.spawn(hear, USER_DELETED, named)
        until(lambda: locked_out(db), erasure)
    erasure.wait()


def test_a_command_waits_for_an_erasure_under_way_and_is_refused(db, people, hear):
    hear(USER_UPDATED, 7, version=1)

    def command(version: int) -> None:
        with pytest.raises(Unauthenticated), db.transaction() as tx:
            people.attend(tx, actor(7, version=version))

    with db.transaction() as tx:
        people.bury(tx, 7, made(USER_DELETED, 7).time)
        tx.ask(by_value("select 1"))
        commands = [eventlet.spawn(command, version) for version in (1, 2)]
        until(lambda: locked_out(db) == len(commands), *commands)
    for each in commands:
        each.wait()


def test_commands_that_attend_do_not_wait_for_each_other(db, people, hear):
    hear(USER_UPDATED, 7, version=1)
    with db.transaction() as one, db.transaction() as other, eventlet.Timeout(5):
        people.attend(one, actor(7, version=1))
        people.attend(other, actor(7, version=1))


def test_who_attends_with_news_does_not_wait_for_an_erasure_that_waits(db, people, hear):
    hear(USER_UPDATED, 7, version=1)
    with db.transaction() as one, db.transaction() as other:
        people.attend(one, actor(7, version=1))
        erasure = eventlet.spawn(hear, USER_DELETED, 7)
        until(lambda: locked_out(db), erasure)
        with eventlet.Timeout(5):
            people.attend(other, actor(7, version=2))
    erasure.wait()


def test_commands_that_lock_come_one_after_the_other(db, people):
    def command() -> None:
        with db.transaction() as tx:
            people.lock(tx, actor(7))

    command()
    with db.transaction() as tx:
        people.lock(tx, actor(7))
        second = eventlet.spawn(command)
        until(lambda: locked_out(db), second)
    second.wait()


def test_old_news_beside_newer_ones_change_nothing(db, people, hear, rows):
    with db.transaction() as tx:
        people.lock(tx, actor(7, username="newer", version=3))
        older = eventlet.spawn(hear, USER_UPDATED, 7, username="older", version=2)
        until(lambda: locked_out(db), older)
    older.wait()
    assert rows("select username from person") == [{"username": "newer"}]


def test_news_beside_an_erasure_bring_nobody_back(db, people, hear, rows):
    hear(USER_UPDATED, 7, version=1)
    with db.transaction() as tx:
        people.bury(tx, 7, made(USER_DELETED, 7).time)
        tx.ask(by_value("select 1"))
        late = eventlet.spawn(hear, USER_UPDATED, 7, username="layla", version=2)
        until(lambda: locked_out(db), late)
    late.wait()
    assert rows("select username from person") == [{"username": ""}]


def test_who_sees_a_person_is_said_by_the_newest_token_or_event(db, people, hear, rows):
    """An event of a release that knows nothing of it means companions."""

    def said():
        return rows("select visibility from person where id = 7")[0]["visibility"]

    hear(USER_UPDATED, 7, version=1)
    assert said() == "companions"
    with db.transaction() as tx:
        assert people.lock(tx, actor(7, version=2, visibility="nobody")).visibility == "nobody"
    assert said() == "nobody"
    hear(USER_UPDATED, 7, version=1, visibility="everybody")
    assert said() == "nobody"
    hear(USER_UPDATED, 7, version=3, visibility="everybody")
    assert said() == "everybody"
    with db.transaction() as tx:
        people.bury(tx, 7, datetime(2026, 3, 1, tzinfo=UTC))
    assert said() == "companions"


@pytest.mark.parametrize("service", [NAMES], indirect=True)
def test_a_column_that_comes_later_is_blank_in_what_is_there(db, people, hear, rows):
    hear(USER_UPDATED, 7, version=1, visibility="nobody")
    with db.transaction() as tx:
        tx.tell(by_value(added("visibility")))
    assert rows("select visibility from person") == [{"visibility": "companions"}]
    # A release that does not keep it goes on as before.
    hear(USER_UPDATED, 8, version=1, visibility="nobody")
    assert rows("select visibility from person where id = 8") == [{"visibility": "companions"}]
