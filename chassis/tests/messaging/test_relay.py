"""What is committed is published: all of it, in order, by one relay, whatever goes away."""

import json
from contextlib import contextmanager

import eventlet
import probe
import pytest
from caller import Queue, until
from conftest import make_tables
from probe import NOTED, SLOW_NOTED, Note
from sqlalchemy import text

from chassis.data import outbox
from chassis.data.database import Database
from chassis.service.run import serving
from contracts.events import ACTIVITY_EXCHANGE
from contracts.khatma.events import PART_COMPLETED


class Listener(Queue):
    """A queue of khatma's events, as a consumer outside sees them."""

    def __init__(self, url, arguments=None):
        super().__init__(url, "listener")
        self.channel.queue_declare("listener", auto_delete=False, arguments=arguments)
        self.channel.queue_bind("listener", "khatma.events", "#")

    def numbers(self):
        found = []
        while message := self.channel.basic_get("listener", no_ack=True):
            found.append(json.loads(message.body)["data"]["number"])
        return found


@contextmanager
def listening(url, arguments=None):
    listener = Listener(url, arguments)
    try:
        yield listener
    finally:
        listener.channel.queue_delete("listener")
        listener.close()


@pytest.fixture
def listener(broker):
    with listening(broker.admin_url) as listener:
        yield listener


def announce(db, *numbers):
    with db.transaction() as tx:
        outbox.announce(tx, *(NOTED.about(1, Note(number=number)) for number in numbers))


def waiting(db):
    return db.reader.ask(text("select count(*) from outbox where published_at is null"))[0][0]


def relays(db):
    """Return the connections of khatma's relays, and whether each is elected."""
    return db.reader.ask(
        text(
            "select pid, exists (select from pg_locks where locktype = 'advisory' and granted"
            " and objsubid = 2 and pg_locks.pid = pg_stat_activity.pid) as elected"
            " from pg_stat_activity where application_name like 'sakina khatma relay%'"
            " and datname = current_database()"
        )
    )


def elected(db):
    return [row.pid for row in relays(db) if row.elected]


def test_what_was_committed_before_the_start_is_published_in_order(
    settings, behaviour, db, listener
):
    for first in range(0, 500, 5):
        announce(db, *range(first, first + 5))
    with serving(probe.Probe, settings):
        until(lambda: waiting(db) == 0)
    assert listener.numbers() == list(range(500))


def test_an_event_goes_out_as_a_cloud_event_of_its_type(service, db, listener):
    announce(db, 4)
    message = listener.get()
    event = json.loads(message.body)
    assert message.delivery_info["exchange"] == "khatma.events"
    assert message.delivery_info["routing_key"] == event["type"] == "khatma.noted.v1"
    assert message.properties["message_id"] == event["id"]
    assert message.properties["content_type"] == "application/json"
    assert message.properties["delivery_mode"] == 2
    assert (event["source"], event["subject"]) == ("/sakina/khatma", "person/1")
    assert (event["sequence"], event["data"]) == (1, {"number": 4})


def test_what_concerns_nobody_else_is_told_to_consumers_outside_alone(
    service, db, broker, listener
):
    """Services are spared what they would do nothing about; a consumer outside misses nothing."""
    channel = listener.channel
    channel.queue_declare("outside", auto_delete=False)
    channel.queue_bind("outside", ACTIVITY_EXCHANGE, PART_COMPLETED.wire_name)
    try:
        with db.transaction() as tx:
            outbox.announce(tx, *(completed(chapter, others) for chapter, others in CHAPTERS))
        until(lambda: waiting(db) == 0)
        assert chapters(channel, "listener") == {2: "khatma.events", 3: "khatma.events"}
        assert chapters(channel, "outside") == {
            1: ACTIVITY_EXCHANGE,
            2: "khatma.events",
            3: "khatma.events",
            4: ACTIVITY_EXCHANGE,
        }
    finally:
        channel.queue_delete("outside")


def test_what_does_not_say_whom_else_it_concerns_is_told_to_all(settings, behaviour, db, listener):
    """It holds back nothing behind it either."""
    with db.transaction() as tx:
        outbox.announce(tx, completed(1, []), completed(2, [5]))
        tx.tell(
            text("update outbox set data = cast(cast(data as jsonb) - 'other_members' as text)")
        )
    with serving(probe.Probe, settings.model_copy(update={"check_contracts": False})):
        until(lambda: waiting(db) == 0)
    assert set(chapters(listener.channel, "listener")) == {1, 2}


def test_the_log_says_why_the_broker_ended_the_relays_connection(
    service, db, listener, monkeypatch, caplog
):
    """Such as an exchange, or a right, that the definitions of this release bring."""
    with monkeypatch.context() as patched:
        patched.setattr("chassis.data.outbox.ACTIVITY_EXCHANGE", "not.there.yet")
        with db.transaction() as tx:
            outbox.announce(tx, completed(1, []), completed(2, [5]))
        until(lambda: any("'not.there.yet'" in message for message in caplog.messages))
    until(lambda: waiting(db) == 0)
    # What came in the same batch may have been published before, and then is once more.
    assert set(chapters(listener.channel, "listener")) == {2}


CHAPTERS = [(1, []), (2, [5]), (3, [5, 6]), (4, [])]


def completed(chapter, others):
    example = {**PART_COMPLETED.example, "chapter": chapter, "other_members": others}
    return PART_COMPLETED.about(17, PART_COMPLETED.data(**example))


def chapters(channel, queue):
    """Take what is in `queue`: chapters, and the exchange by which each came."""
    found = {}
    while message := channel.basic_get(queue, no_ack=True):
        found[json.loads(message.body)["data"]["chapter"]] = message.delivery_info["exchange"]
    return found


def test_a_row_is_marked_only_once_the_broker_has_taken_it(settings, behaviour, db, broker):
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with listening(broker.admin_url, full) as listener, serving(probe.Probe, settings):
        announce(db, 1, 2, 3)
        until(lambda: listener.size() == 1)
        # Whatever the broker refuses stays, and is offered again until it is taken.
        got = []
        until(lambda: (got.extend(listener.numbers()), waiting(db) == 0)[1])
        until(lambda: (got.extend(listener.numbers()), set(got) == {1, 2, 3})[1])


def test_a_row_of_a_type_that_this_release_does_not_know_holds_back_no_other(service, db, listener):
    with db.transaction() as tx:
        tx.tell(
            text(
                "insert into outbox (event_id, type, subject, sequence, occurred_at, data)"
                " values (gen_random_uuid(), 'khatma.unheard.v1', 'x/1', 1, now(), '{}')"
            )
        )
    announce(db, 1, 2)
    until(lambda: waiting(db) == 1)
    assert listener.numbers() == [1, 2]


def test_what_the_broker_refuses_holds_back_nothing_else(settings, behaviour, db, broker, listener):
    """A refusal belongs to its message: the turn goes on, and others go out once."""
    listener.channel.queue_unbind("listener", "khatma.events", "#")
    listener.channel.queue_bind("listener", "khatma.events", "khatma.noted.v1")
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    listener.channel.queue_declare("full", auto_delete=False, arguments=full)
    listener.channel.queue_bind("full", "khatma.events", "khatma.slow_noted.v1")
    try:
        with db.transaction() as tx:
            notes = (SLOW_NOTED.about(2, Note(number=number)) for number in range(231))
            outbox.announce(tx, *notes)
        with serving(probe.Probe, settings):
            elected_one = until(lambda: elected(db))
            for number in range(100):
                announce(db, number)
            until(lambda: waiting(db) == 230)
            assert listener.numbers() == list(range(100))
            assert elected(db) == elected_one
            listener.channel.queue_delete("full")
            until(lambda: waiting(db) == 0, 30)
    finally:
        listener.channel.queue_delete("full")


def test_an_event_whose_commit_comes_late_is_published(
    settings, behaviour, db, listener, monkeypatch
):
    """Long after events with greater ids: looks that begin behind those are not all."""
    monkeypatch.setattr("chassis.events.turn.WHOLE_LOOK_SECONDS", 0.05)
    with serving(probe.Probe, settings):
        with db.transaction() as late:
            outbox.announce(late, SLOW_NOTED.about(9, Note(number=1)))
            late.ask(text("select 1"))  # so that its id is given now
            for number in range(2, 6):
                announce(db, number)
                until(lambda: waiting(db) == 0)
                eventlet.sleep(0.1)
        until(lambda: db.reader.ask(text("select 1 from published where subject = 'person/9'")))
    assert listener.numbers() == [2, 3, 4, 5, 1]


def test_a_relay_that_is_not_elected_sleeps_on(settings, behaviour, db, caller, monkeypatch):
    """However much its service commits."""
    monkeypatch.setattr("chassis.events.relay.ELECTION_SECONDS", (60.0,))
    asked = text("select query_start from pg_stat_activity where pid = :pid")
    stood = text(
        "select 1 from pg_stat_activity where pid = :pid and state = 'idle'"
        " and query like '%pg_try_advisory_lock%'"
    )
    with serving(probe.Probe, settings), serving(probe.Probe, settings):
        until(lambda: len(relays(db)) == 2 and len(elected(db)) == 1)
        (idle,) = (relay.pid for relay in relays(db) if not relay.elected)
        until(lambda: db.reader.ask(stood, pid=idle))
        before = db.reader.ask(asked, pid=idle)
        for number in range(10):
            caller.ask("announce_notes", {"text": str(number)})
        until(lambda: waiting(db) == 0)
        assert db.reader.ask(asked, pid=idle) == before


def test_one_relay_of_many_is_elected_and_another_takes_over(
    settings, behaviour, db, listener, postgres
):
    with serving(probe.Probe, settings), serving(probe.Probe, settings):
        until(lambda: len(relays(db)) == 2 and len(elected(db)) == 1)
        announce(db, *range(50))
        until(lambda: waiting(db) == 0)
        assert listener.numbers() == list(range(50))
        (first,) = elected(db)
        with postgres.connect() as admin, admin.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", (first,))
        until(lambda: elected(db) and elected(db) != [first])
        announce(db, *range(50, 100))
        until(lambda: waiting(db) == 0)
        assert set(listener.numbers()) == set(range(50, 100))
        until(lambda: len(relays(db)) == 2)


def test_the_elected_relay_leaves_when_its_service_stops(settings, behaviour, db):
    with serving(probe.Probe, settings):
        with serving(probe.Probe, settings):
            until(lambda: len(relays(db)) == 2 and elected(db))
        until(lambda: len(relays(db)) == 1 and len(elected(db)) == 1)
    until(lambda: relays(db) == [])


def test_what_the_last_workers_commit_is_published_before_the_end(
    settings, behaviour, db, listener
):
    with serving(probe.Probe, settings):
        until(lambda: elected(db))
        announce(db, *range(300))
    assert waiting(db) == 0
    assert len(listener.numbers()) == 300


def test_a_relay_is_woken_by_a_commit_of_its_own_service(
    settings, behaviour, caller, db, monkeypatch
):
    """Rather than by its next look into the outbox."""
    monkeypatch.setattr("chassis.events.relay.SHORTEST_POLL", 60.0)
    monkeypatch.setattr("chassis.events.relay.LONGEST_POLL", 60.0)
    with serving(probe.Probe, settings):
        until(lambda: elected(db))
        caller.ask("announce_notes", {"text": "1", "times": 2})
        until(lambda: waiting(db) == 0)


def test_a_broker_that_went_away_gets_all_events_when_it_is_back(
    settings, behaviour, db, private_broker
):
    there = settings.model_copy(update={"broker_url": private_broker.url("khatma")})
    with serving(probe.Probe, there) as container:
        with listening(private_broker.admin_url) as listener:
            announce(db, 1)
            until(lambda: waiting(db) == 0)
            listener.numbers()
        private_broker.stop()
        announce(db, *range(2, 12))
        assert waiting(db) == 10
        assert not container._died.ready()
        private_broker.start()
        until(lambda: waiting(db) == 0, 30)
        until(lambda: sorted(set(behaviour.noted)) == list(range(1, 12)), 30)
        assert not container._died.ready()


def test_nothing_is_published_before_the_stream_of_all_events_runs(
    settings, behaviour, db, listener, monkeypatch
):
    """What a stream that does not run is told, the broker confirms and drops."""
    looks = []

    def is_down(connection, queue):
        looks.append((queue, listener.size()))
        return len(looks) < 4

    monkeypatch.setattr("chassis.amqp.queues.is_down", is_down)
    announce(db, 1)
    with serving(probe.Probe, settings):
        until(lambda: waiting(db) == 0)
    assert looks[:4] == [("activity", 0)] * 4
    assert listener.numbers() == [1]


def test_a_database_that_went_away_costs_no_event_and_no_service(
    settings, behaviour, broker, private_postgres
):
    make_tables(private_postgres)
    there = settings.model_copy(update={"database_url": private_postgres.app_url("khatma")})
    db = Database.connect(there.database_url, pool_size=2)
    with serving(probe.Probe, there) as container:
        announce(db, 1, 2)
        until(lambda: sorted(behaviour.noted) == [1, 2])
        private_postgres.stop()
        private_postgres.start()
        assert not container._died.ready()
        until(lambda: db.reader.ask(text("select 1")))
        announce(db, 3, 4)
        until(lambda: sorted(set(behaviour.noted)) == [1, 2, 3, 4], 30)
    db.close()
