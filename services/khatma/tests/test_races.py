"""Many at once: the outcome is one that some order of them would give."""

from collections import Counter
from datetime import timedelta
from functools import partial
from itertools import repeat

import eventlet
import pytest
from psycopg2.errors import UniqueViolation

from chassis.data.away import Contention
from chassis.data.database import Database
from chassis.data.statements import by_value
from contracts.refusals import Conflict, Forbidden, NotFound, Refusal, Unauthenticated
from khatma.store.people import people


def outcome_of(attempt, *arguments):
    """Return the result of an attempt, or its refusal."""
    try:
        return attempt(*arguments)
    except Refusal as refusal:
        return refusal


def at_once(*attempts):
    """Run all attempts together; return results, and refusals in place of results."""
    return [thread.wait() for thread in [eventlet.spawn(outcome_of, each) for each in attempts]]


@pytest.fixture
def crowd(world, migrated):
    """The world with a connection for each of many workers, as several instances have."""
    database = Database.connect(migrated.app_url("khatma"), pool_size=40, name="khatma crowd")
    world.service.db = database
    yield world
    database.close()


def until(condition, *threads):
    """Wait for the condition while all of `threads` are at work."""
    with eventlet.Timeout(10):
        while not condition():
            assert not any(thread.dead for thread in threads)
            eventlet.sleep(0.01)


@pytest.mark.parametrize("first", ["the invitation", "the command"])
def test_an_invitation_beside_the_first_command_of_the_invited(crowd, first):
    """Each has begun before the other takes the khatma; neither may wait in a circle."""
    layla, omar = crowd.people(2)
    khatma = layla.create(is_public=True)["id"]
    acts = [partial(layla.invite, khatma, omar.id), partial(omar.join, khatma)]
    if first == "the command":
        acts.reverse()
    with crowd.db.transaction() as tx:
        tx.ask(by_value("select from khatma where id = :id for update"), id=khatma)
        threads = []
        for act in acts:
            threads.append(eventlet.spawn(outcome_of, act))
            until(lambda: crowd.blocked() == len(threads), *threads)
    outcomes = {type(thread.wait()) for thread in threads}
    assert outcomes == {int, dict}


def test_many_invitations_beside_first_commands(crowd):
    layla = crowd.person()
    for _ in range(15):
        khatma, omar = layla.create(is_public=True)["id"], crowd.person()
        outcomes = at_once(partial(layla.invite, khatma, omar.id), partial(omar.join, khatma))
        assert [type(outcome) for outcome in outcomes] == [dict, int]


def test_two_who_are_new_invite_each_other(crowd):
    """Of each, the first command; so each makes the row that the other wants to hold."""
    for _ in range(15):
        layla, omar = crowd.people(2)
        khatmas = [crowd.person().create(is_public=True)["id"] for _ in range(2)]
        outcomes = at_once(
            partial(layla.invite, khatmas[0], omar.id), partial(omar.invite, khatmas[1], layla.id)
        )
        assert [type(outcome) for outcome in outcomes] == [Forbidden, Forbidden]


def join_at_last(reader, khatma):
    """Join, and come back as a client does who is told to: on a busy machine a lock takes long."""
    for _ in range(20):
        outcome = outcome_of(reader.join, khatma)
        if not isinstance(outcome, Contention):
            return outcome
    return outcome


def test_two_hundred_join_one_khatma(crowd):
    layla, people = crowd.person(), crowd.people(200)
    khatma = layla.create(is_public=True)["id"]
    # As many as there are connections: nobody may have to wait five seconds for one.
    outcomes = list(eventlet.GreenPool(40).imap(join_at_last, people, repeat(khatma)))
    given = [outcome for outcome in outcomes if isinstance(outcome, int)]
    refused = Counter(type(outcome) for outcome in outcomes if not isinstance(outcome, int))
    assert sorted(given) == list(range(2, 31))
    assert refused == {Conflict: 171}
    assert crowd.counters(khatma) == {
        "open_parts": 0,
        "done_parts": 0,
        "member_count": 30,
        "completed": False,
    }
    holders = crowd.rows("select person_id from part where khatma_id = :id", id=khatma)
    assert len({row["person_id"] for row in holders}) == 30


def test_one_person_joining_many_times_at_once_gets_one_part(crowd):
    layla, omar = crowd.people(2)
    khatma = layla.create(is_public=True)["id"]
    outcomes = at_once(*[lambda: omar.join(khatma)] * 20)
    assert Counter(map(type, outcomes)) == {int: 1, Conflict: 19}
    assert omar.stats()["total_khatmas"] == 1


def test_an_open_part_is_finished_by_one(crowd):
    layla, *people = crowd.people(12)
    khatma = layla.create(is_public=True)["id"]
    for reader in people:
        reader.join(khatma)
    outcomes = at_once(*[lambda reader=reader: reader.log(khatma, 30) for reader in people])
    assert Counter(map(type, outcomes)) == {dict: 1, Conflict: 10}
    assert sum(reader.stats()["total_chapters_read"] for reader in people) == 1


def test_a_part_that_many_choose_is_one_s(crowd):
    layla, *people = crowd.people(12)
    khatma = layla.create(is_public=True)["id"]
    for reader in people:
        reader.join(khatma)
    outcomes = at_once(*[lambda reader=reader: reader.choose(khatma, 30) for reader in people])
    assert Counter(map(type, outcomes)) == {dict: 1, Conflict: 10}
    [winner] = [reader for reader in people if 30 in held(reader, khatma)]
    said = {str(refusal) for refusal in outcomes if isinstance(refusal, Conflict)}
    assert said == {f"Chapter 30 is held by {winner.actor.username}. Choose an open one."}
    assert_counts(crowd, khatma)
    # Each of the others holds what fell to them.
    assert all(len(held(reader, khatma)) == 1 for reader in people)


def test_one_who_taps_many_times_at_once_has_one_session(crowd):
    layla = crowd.person()
    khatma = layla.create()["id"]
    outcomes = at_once(*[lambda n=n: layla.log(khatma, 9, done=bool(n % 2)) for n in range(20)])
    ids = {outcome["id"] for outcome in outcomes if isinstance(outcome, dict)}
    assert ids == {reading["id"] for reading in layla.readings()}
    assert len(ids) == 1
    [reading] = layla.readings()
    assert layla.stats()["total_chapters_read"] == int(reading["is_completed"])
    assert crowd.counters(khatma)["done_parts"] == int(reading["is_completed"])
    assert_counts(crowd, khatma)


def test_taking_back_beside_finishing_elsewhere_keeps_the_figures(crowd):
    layla = crowd.person()
    khatmas = [layla.create()["id"] for _ in range(10)]
    for khatma in khatmas[:5]:
        layla.log(khatma, 1)
    acts = [lambda k=k: layla.choose(k, 1) for k in khatmas[:5]]
    acts += [lambda k=k: layla.log(k, 1) for k in khatmas[5:]]
    outcomes = at_once(*acts)
    assert Counter(map(type, outcomes)) == {dict: 10}
    assert layla.stats()["total_chapters_read"] == 5
    assert layla.dashboard()["today_chapters"] == 5
    assert layla.stats()["current_streak"] == 1


def test_the_last_parts_complete_it_once(crowd):
    layla, *people = crowd.people(10)
    khatma = layla.create(is_public=True)["id"]
    parts = [(reader, reader.join(khatma)) for reader in people]
    layla.finish(khatma, 1, *range(11, 31))
    outcomes = at_once(*[lambda r=reader, n=number: r.log(khatma, n) for reader, number in parts])
    assert Counter(map(type, outcomes)) == {dict: 9}
    assert [told.name for told in crowd.told(f"khatma/{khatma}")].count("completed") == 1
    for reader in (layla, *people):
        assert reader.stats()["completed_khatmas"] == 1
        assert reader.achievements().count("first_khatma") == 1


def test_khatmas_with_the_same_members_complete_at_once(crowd):
    people = crowd.people(6)
    made = []
    for turn in range(6):
        creator = people[turn]
        khatma = creator.create(is_public=True)["id"]
        others = [reader for reader in people if reader is not creator]
        for reader in others if turn % 2 else others[::-1]:
            reader.join(khatma)
        last = {number: reader for reader in others for number in held(reader, khatma)}
        for number, reader in list(last.items())[:-1]:
            reader.log(khatma, number)
        creator.finish(khatma, 1, *range(7, 31))
        number, reader = list(last.items())[-1]
        made.append((reader, khatma, number))
    outcomes = at_once(*[lambda r=r, k=k, n=n: r.log(k, n) for r, k, n in made])
    assert Counter(map(type, outcomes)) == {dict: 6}
    for reader in people:
        assert reader.stats()["completed_khatmas"] == 6
        assert reader.stats()["total_khatmas"] == 6


@pytest.mark.parametrize("act", ["complete", "delete"])
def test_readers_are_locked_in_the_order_of_their_ids(crowd, act):
    """Whatever the order of their rows: so those of two khatmas never wait in a circle."""
    low, high = crowd.people(2)
    khatma = low.create(is_public=True)["id"]
    high.join(khatma)
    low.finish(khatma, 1, *range(3, 30))
    high.finish(khatma, 2)
    # Their rows lie the other way round.
    for reader in (high, low):
        with crowd.db.transaction() as tx:
            [record] = tx.ask(
                by_value("delete from reader where person_id = :id returning reader.*"),
                id=reader.id,
            )
            columns = record._asdict()
            names = ", ".join(columns)
            values = ", ".join(f":{name}" for name in columns)
            tx.ask(by_value(f"insert into reader ({names}) values ({values})"), **columns)
    acts = {"complete": lambda: low.log(khatma, 30), "delete": lambda: low.delete(khatma)}
    with crowd.db.transaction() as tx:
        tx.ask(by_value("select from reader where person_id = :id for update"), id=high.id)
        acting = eventlet.spawn(acts[act])
        until(crowd.blocked, acting)
        free = "select person_id from reader where person_id = :id for update skip locked"
        assert tx.ask(by_value(free), id=low.id) == []
    acting.wait()


def held(reader, khatma):
    return reader.get(khatma)["my_chapters"]


def test_chapters_of_many_days_at_once_are_one_streak(crowd):
    """In khatmas of their own: nothing but the reader is common to them."""
    layla = crowd.person()
    days = [crowd.time.date() + timedelta(days=n) for n in range(20)]
    khatmas = [layla.create()["id"] for _ in days]
    crowd.sleep(days=20)
    at_once(
        *[
            lambda k=khatma, d=day: layla.log(k, 1, day=d)
            for khatma, day in zip(khatmas, days, strict=True)
        ]
    )
    streaks = crowd.rows(
        "select first_day, last_day from streak where person_id = :id", id=layla.id
    )
    assert streaks == [{"first_day": days[0], "last_day": days[-1]}]


def test_leaving_joining_and_reading_at_once_keep_the_counts(crowd):
    layla, *people = crowd.people(13)
    khatma = layla.create(is_public=True)["id"]

    def restless(reader, seed):
        refused = set()
        for turn in range(6):
            for attempt in (
                lambda: reader.join(khatma),
                lambda turn=turn: reader.log(khatma, (seed * 7 + turn) % 30 + 1),
                lambda: reader.leave(khatma),
            ):
                try:
                    attempt()
                except Refusal as refusal:
                    refused.add(refusal.status)
        return refused

    threads = [eventlet.spawn(restless, reader, seed) for seed, reader in enumerate(people)]
    assert set().union(*[thread.wait() for thread in threads]) <= {403, 409}
    assert_counts(crowd, khatma)
    read = sum(reader.stats()["total_chapters_read"] for reader in people)
    assert read == crowd.counters(khatma)["done_parts"]


def assert_counts(world, khatma):
    counted = world.row(
        "select (select count(*) from part where khatma_id = :id and done_at is not null) as done, "
        "(select count(*) from part where khatma_id = :id) as taken, "
        "(select count(*) from member where khatma_id = :id) as members",
        id=khatma,
    )
    kept = world.counters(khatma)
    assert kept["done_parts"] == counted["done"]
    assert kept["open_parts"] == 30 - counted["taken"]
    assert kept["member_count"] == counted["members"]


def test_commands_beside_an_erasure_leave_nothing_of_the_person(crowd):
    layla, omar = crowd.people(2)
    joined = layla.create(is_public=True)["id"]
    khatmas = [layla.create(is_public=True)["id"] for _ in range(10)]
    omar.join(joined)
    outcomes = at_once(
        *[lambda k=k: omar.join(k) for k in khatmas[:5]],
        omar.vanish,
        *[lambda k=k: omar.join(k) for k in khatmas[5:]],
        lambda: omar.log(joined, 2),
        omar.create,
    )
    assert {type(one) for one in outcomes if isinstance(one, Refusal)} <= {Unauthenticated}
    for table in ("member", "part", "reading", "reader", "invitation"):
        found = crowd.rows(f"select 1 from {table} where person_id = :id", id=omar.id)
        assert found == [], table
    for khatma in (joined, *khatmas):
        assert_counts(crowd, khatma)


def test_nobody_is_invited_beside_their_erasure(crowd):
    """Somebody of whom khatma has heard nothing yet, but that they are gone."""
    layla, omar = crowd.people(2)
    khatma = layla.create()["id"]
    with crowd.db.transaction() as tx:
        people.bury(tx, omar.id, crowd.time)
        tx.ask(by_value("select 1"))
        inviting = eventlet.spawn(layla.invite, khatma, omar.id)
        until(crowd.blocked, inviting)
    inviting.wait()
    assert crowd.rows("select 1 from invitation where person_id = :id", id=omar.id) == []


@pytest.mark.parametrize("named", [False, True], ids=["their own", "that name them"])
def test_an_erasure_waits_for_commands_under_way(crowd, named):
    layla, omar = crowd.people(2)
    omar.create()
    with crowd.db.transaction() as tx:
        if named:
            people.attend_beside(tx, layla.actor, omar.id)
            tx.ask(by_value("select 1"))
        else:
            people.attend(tx, omar.actor)
        erasure = eventlet.spawn(omar.vanish)
        until(crowd.blocked, erasure)
        assert crowd.row("select deleted_at from person where id = :id", id=omar.id) == {
            "deleted_at": None
        }
    erasure.wait()
    assert crowd.row("select deleted_at from person where id = :id", id=omar.id)["deleted_at"]


def test_deleting_beside_joining_and_reading(crowd):
    layla, *people = crowd.people(9)
    khatma = layla.create(is_public=True)["id"]
    for reader in people[:4]:
        reader.join(khatma)
    outcomes = at_once(
        *[lambda r=r: r.log(khatma, 20) for r in people[:4]],
        lambda: layla.delete(khatma),
        *[lambda r=r: r.join(khatma) for r in people[4:]],
    )
    assert {type(one) for one in outcomes if isinstance(one, Refusal)} <= {Conflict, NotFound}
    for reader in people:
        assert reader.stats()["total_khatmas"] == 0


def test_the_database_itself_gives_a_part_to_one_only(world):
    layla, omar = world.people(2)
    khatma = layla.create()["id"]
    claim = by_value(
        "insert into part (khatma_id, number, person_id, claimed_at) values (:id, 1, :who, now())"
    )
    with pytest.raises(UniqueViolation), world.db.transaction() as tx:
        tx.ask(claim, id=khatma, who=omar.id)
