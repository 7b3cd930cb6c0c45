"""A mutating request is done once, however often it arrives."""

from collections.abc import Callable
from datetime import timedelta
from time import time

import eventlet
import pytest
from eventlet.event import Event
from sqlalchemy import text

from chassis.data import commands
from chassis.data.away import Contention
from chassis.data.database import Database, Transaction
from chassis.process import clock
from chassis.work import context as request
from contracts.auth.methods import LOG_OUT
from contracts.khatma.links import MakeLink
from contracts.khatma.methods import MAKE_LINK
from contracts.practice.methods import LOG_SESSION, LogSession
from contracts.refusals import Conflict, Invalid, KeyReused, Late
from contracts.rpc import Actor, Call, Command

LAYLA = Actor(id=1, session="s", username="layla")
WAITING = text(
    "select 1 from pg_stat_activity where wait_event = 'advisory'"
    " and query like '%pg_advisory_xact_lock%' and datname = current_database()"
)


@pytest.fixture(autouse=True)
def tally(db: Database) -> None:
    """A table that shows how often the work was done."""
    with db.transaction() as tx:
        tx.tell(text("create table if not exists tally (note text)"))
        tx.tell(text("truncate tally, command"))


def call(key: str, fingerprint: str = "body") -> Call:
    return LOG_SESSION.call(
        actor=LAYLA,
        command=Command(id=key, fingerprint=fingerprint, keep_seconds=600),
        body=LogSession(meditation_type="mantra", duration=25),
    )


def note(tx: Transaction) -> dict[str, str]:
    tx.tell(text("insert into tally values ('done')"))
    return {"message": "noted"}


def done(db: Database) -> int:
    return db.reader.ask(text("select count(*) from tally"))[0][0]


def test_a_repeat_answers_the_same_bytes_and_does_nothing(db: Database) -> None:
    first = commands.once(db, LOG_SESSION, call("repeat"), note)
    assert commands.once(db, LOG_SESSION, call("repeat"), note) == first == b'{"message":"noted"}'
    assert done(db) == 1


def test_another_body_under_the_same_key_is_refused(db: Database) -> None:
    commands.once(db, LOG_SESSION, call("reused"), note)
    with pytest.raises(KeyReused):
        commands.once(db, LOG_SESSION, call("reused", "another body"), note)
    assert done(db) == 1


def test_a_secret_is_told_once_and_its_repeat_is_told_so(db: Database) -> None:
    def make(tx: Transaction) -> dict[str, object]:
        note(tx)
        return {"id": 8, "code": "canary"}

    def link(fingerprint: str = "body") -> Call:
        command = Command(id="link", fingerprint=fingerprint, keep_seconds=600)
        return MAKE_LINK.call(actor=LAYLA, command=command, body=MakeLink(id=1))

    assert commands.once(db, MAKE_LINK, link(), make) == b'{"id":8,"code":"canary"}'
    for again in (commands.once, lambda *args: commands.answered(args[0].reader, *args[1:3])):
        with pytest.raises(Conflict, match="the link 8 ") as refused:
            again(db, MAKE_LINK, link(), make)
        assert refused.value.detail.endswith(".")
    with pytest.raises(KeyReused):
        commands.once(db, MAKE_LINK, link("another body"), make)
    assert done(db) == 1
    assert "canary" not in str(db.reader.ask(text("select * from command")))


def test_a_refusal_undoes_all_and_is_not_remembered(db: Database) -> None:
    def refuse(tx: Transaction) -> None:
        note(tx)
        raise Invalid("Not today.")

    with pytest.raises(Invalid):
        commands.once(db, LOG_SESSION, call("refused"), refuse)
    assert done(db) == 0
    commands.once(db, LOG_SESSION, call("refused"), note)
    assert done(db) == 1


def held(db: Database, key: str) -> tuple[Event, eventlet.greenthread.GreenThread]:
    """Start a command that works until the event is sent; return when it is at work."""
    at_work, go_on = Event(), Event()

    def work(tx: Transaction) -> dict[str, str]:
        at_work.send()
        go_on.wait()
        return note(tx)

    first = eventlet.spawn(commands.once, db, LOG_SESSION, call(key), work)
    at_work.wait()
    return go_on, first


def test_a_repeat_while_the_first_is_at_work_is_a_conflict(db: Database) -> None:
    go_on, first = held(db, "in flight")
    with pytest.raises(Conflict):
        commands.once(db, LOG_SESSION, call("in flight"), note)
    go_on.send()
    assert first.wait() == b'{"message":"noted"}'
    assert done(db) == 1


def test_a_redelivery_waits_for_the_first_and_answers_its_result(db: Database) -> None:
    go_on, first = held(db, "redelivered")

    def again() -> bytes:
        deadline = clock.now().timestamp() + 5
        request.begin(request.Handled(deadline=deadline, redelivered=True))
        return commands.once(db, LOG_SESSION, call("redelivered"), note)

    second = eventlet.spawn(again)
    with eventlet.Timeout(10):
        while not (second.dead or db.reader.ask(WAITING)):
            eventlet.sleep(0.01)
    go_on.send()
    assert second.wait() == first.wait()
    assert done(db) == 1


def test_thirty_at_once_are_done_once(db: Database) -> None:
    def try_it(_: int) -> str:
        try:
            return commands.once(db, LOG_SESSION, call("crowd"), note).decode()
        except Conflict as conflict:
            return conflict.code

    answers = set(eventlet.GreenPool(30).imap(try_it, range(30)))
    assert answers <= {'{"message":"noted"}', "conflict"}
    assert done(db) == 1


def test_nothing_is_kept_for_somebody_who_left(db: Database) -> None:
    commands.once(db, LOG_SESSION, call("left"), note)
    with db.transaction() as tx:
        commands.forget(tx, LAYLA.id)
    assert db.reader.ask(text("select id from command")) == []


def test_an_answer_is_forgotten_with_the_person_that_it_tells_of(db: Database) -> None:
    """Whoever registers asks as nobody yet."""
    commands.once(db, LOG_SESSION, call("registers"), note, whose=lambda answer: 4711)
    with db.transaction() as tx:
        commands.forget(tx, 4711)
    assert db.reader.ask(text("select id from command")) == []


def test_an_expired_record_no_longer_answers(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    commands.once(db, LOG_SESSION, call("old"), note)
    later = clock.now() + timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    commands.once(db, LOG_SESSION, call("old"), note)
    assert done(db) == 2


def test_commands_that_meet_in_a_deadlock_are_both_done(db: Database) -> None:
    """The server undoes one of them, which is done in a transaction anew."""
    lock = text("select pg_advisory_xact_lock(:place)")
    tries: list[int] = []

    def crossing(first: int, second: int) -> Callable[[Transaction], dict[str, str]]:
        def work(tx: Transaction) -> dict[str, str]:
            tx.ask(lock, place=first)
            tries.append(first)
            with eventlet.Timeout(10):
                while len(tries) < 2:
                    eventlet.sleep(0.01)
            tx.ask(lock, place=second)
            return note(tx)

        return work

    told = eventlet.GreenPool().imap(
        lambda way: commands.once(db, LOG_SESSION, call(f"crossing {way}"), crossing(*way)),
        [(71, 72), (72, 71)],
    )
    assert [answer.decode() for answer in told] == ['{"message":"noted"}'] * 2
    assert done(db) == 2
    assert len(tries) == 3


def test_a_time_out_is_not_tried_again(db: Database) -> None:
    tries: list[str] = []

    def slow(tx: Transaction) -> None:
        tries.append("once")
        tx.tell(text("set local statement_timeout = 20"))
        tx.ask(text("select pg_sleep(5)"))

    with pytest.raises(Contention):
        commands.once(db, LOG_SESSION, call("slow"), slow)
    assert tries == ["once"]


def test_what_was_answered_is_found_before_any_work(db: Database) -> None:
    assert commands.answered(db.reader, LOG_SESSION, call("found")) is None
    first = commands.once(db, LOG_SESSION, call("found"), note)
    assert commands.answered(db.reader, LOG_SESSION, call("found")) == first
    with pytest.raises(KeyReused):
        commands.answered(db.reader, LOG_SESSION, call("found", "another body"))


def test_nothing_is_found_where_nothing_is_kept(db: Database) -> None:
    assert commands.answered(db.reader, LOG_SESSION, LOG_SESSION.call(body=call("x").body)) is None
    assert commands.answered(db.reader, LOG_OUT, call("x")) is None


def test_nothing_is_begun_for_a_caller_who_has_gone(db: Database) -> None:
    def ask(key: str, ahead: float) -> None:
        request.begin(request.Handled(deadline=time() + ahead))
        commands.once(db, LOG_SESSION, call(key), note)

    with pytest.raises(Late):
        eventlet.spawn(ask, "gone", -1).wait()
    assert done(db) == 0
    eventlet.spawn(ask, "there", 60).wait()
    assert done(db) == 1
