"""Nothing half-done is answered: what a command did is kept whole, once, or a refusal says no."""

import eventlet
import probe
import pytest
from caller import until, wrapped
from eventlet.event import Event
from sqlalchemy import text

from chassis.service.run import serving

COMMAND = {"id": "half-done", "fingerprint": "f", "keep_seconds": 600}
TOLD = text("select count(*) from (select from outbox union all select from published) as told")


def told(db):
    """How many events were announced, published or not."""
    return db.reader.ask(TOLD)[0].count


def once(act):
    """Do `act` the first time only."""
    left = [act]

    def at_first(tx):
        while left:
            left.pop()(tx)

    return at_first


def announce(caller):
    return caller.ask("announce_notes", {"text": "1", "times": 2}, command=COMMAND)


def lose_what_is_prepared(tx):
    tx.ask(text("deallocate all"))
    tx.ask(text("select 1 from seen"))


def lose_a_deadlock(tx):
    tx.ask(text("do $$ begin raise sqlstate '40P01'; end $$"))


@pytest.mark.parametrize("fault", [lose_what_is_prepared, lose_a_deadlock])
def test_what_is_undone_by_the_server_is_done_anew_and_told_once(
    service, caller, behaviour, db, fault
):
    for number in range(6):  # so that each worker's connection has it prepared
        caller.ask("announce_notes", {"text": str(number), "times": 1})
    before = told(db)
    behaviour.on_announce = once(fault)
    assert announce(caller)["result"] == {"text": "announced"}
    assert announce(caller)["result"] == {"text": "announced"}
    assert told(db) == before + 2


@pytest.mark.parametrize("last", ["within the work", "in the last message"])
def test_a_time_out_in_the_middle_of_a_message_is_a_refusal_and_leaves_nothing(
    service, caller, behaviour, db, last
):
    def slow(tx):
        tx.tell(text("set local statement_timeout = '50ms'"))
        tx.tell(text("select pg_sleep(5)"))
        if last == "within the work":
            tx.ask(text("select 1"))

    behaviour.on_announce = once(slow)
    assert announce(caller)["error"]["exc_type"] == "unavailable"
    assert told(db) == 0
    assert announce(caller)["result"] == {"text": "announced"}
    assert told(db) == 2


def test_a_failure_that_the_work_passed_over_is_not_answered(service, caller, behaviour, db):
    def pass_over(tx):
        with pytest.raises(Exception, match="nowhere"):
            tx.ask(text("select 1 from nowhere"))

    behaviour.on_announce = once(pass_over)
    assert caller.ask("announce_notes", {"text": "1", "times": 2})["error"]
    assert told(db) == 0


def test_a_connection_that_dies_in_its_work_is_a_refusal_and_leaves_nothing(
    service, caller, behaviour, db
):
    def die(tx):
        tx.ask(text("select pg_terminate_backend(pg_backend_pid())"))

    behaviour.on_announce = once(die)
    assert announce(caller)["error"]["exc_type"] == "unavailable"
    assert told(db) == 0
    assert announce(caller)["result"] == {"text": "announced"}


@pytest.mark.parametrize("at", ["the server", "something else"])
def test_a_worker_killed_within_its_transaction_is_not_answered_and_its_command_comes_again(
    settings, behaviour, caller, db, at
):
    reached = Event()

    def stay(tx):
        tx.ask(text("select 1"))
        reached.send()
        if at == "the server":
            tx.ask(text("select pg_sleep(3)"))
        else:
            eventlet.sleep(60)

    behaviour.on_announce = once(stay)
    body = wrapped({"text": "1", "times": 2}, command=COMMAND)
    with serving(probe.Probe, settings, drain=False):
        asked = caller.publish("khatma.announce_notes", body)
        reached.wait()
    assert asked not in caller.replies
    assert told(db) == 0
    with serving(probe.Probe, settings):
        assert caller.reply(asked)["result"] == {"text": "announced"}
        until(lambda: sorted(behaviour.noted) == [1, 2])
    assert told(db) == 2
