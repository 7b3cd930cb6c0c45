"""A service to try the chassis on: it wears the name of a real one, whose permissions it has."""

import eventlet

if __name__ == "__main__":
    eventlet.monkey_patch()

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from eventlet import patcher, tpool
from nameko.extensions import DependencyProvider
from sqlalchemy import text

from chassis.data import outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.events.follows import follows
from chassis.process.settings import ServiceSettings
from chassis.rpc.answers import answers
from chassis.service.health import health
from chassis.service.periodic import after_commits, every
from chassis.service.provider import DatabaseProvider
from chassis.work import context as request
from contracts.events import Event, EventType
from contracts.health import health_of
from contracts.models import Answer, Nothing, Request
from contracts.refusals import Conflict
from contracts.rpc import Call, RpcMethod


class Words(Request):
    text: str
    times: int = 1


class Said(Answer):
    text: str
    person: int | None = None


class Note(Answer):
    number: int


ECHO = RpcMethod("khatma", "echo", Words, Said, (Conflict,))
GREET = RpcMethod("khatma", "greet", Nothing, Said, open=True)
SLEEP = RpcMethod("khatma", "sleep", Words, Said, open=True)
TOIL = RpcMethod("khatma", "toil", Words, Said, open=True, slow=True)
FAIL = RpcMethod("khatma", "fail", Words, Said, open=True)
BROKEN_ANSWER = RpcMethod("khatma", "broken_answer", Nothing, Said, open=True)
ANNOUNCE = RpcMethod("khatma", "announce_notes", Words, Said, writes=True, open=True)
HANG = RpcMethod("khatma", "hang", Nothing, Said, open=True)
COMPUTE = RpcMethod("khatma", "compute", Words, Said, open=True)
DIE = RpcMethod("khatma", "die", Nothing, Said, open=True)
HEALTH = health_of("khatma")
SEEN = RpcMethod("khatma", "seen", Nothing, Said, open=True)

NOTED = EventType("khatma", "noted", "person", "It was noted.", Note, {"number": 1})
SLOW_NOTED = EventType("khatma", "slow_noted", "person", "It was noted.", Note, {"number": 1})
HANDLER_QUEUES = (
    "evt-khatma-khatma.noted.v1--khatma.on_noted",
    "evt-khatma-khatma.slow_noted.v1--khatma.on_slow_noted",
)


class Behaviour:
    """What a test wants the handlers to do. One for the process; a fixture resets it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.noted: list[int] = []
        self.asked: list[str] = []
        self.handled: list[request.Handled] = []
        self.rested = 0
        self.broken = False
        self.sweeps = 0
        self.looks: list[int] = []
        self.on_look: Callable[[], None] = lambda: None
        self.at_work = 0
        self.most_at_work = 0
        self.on_noted: Callable[[Event[Note]], None] = lambda event: None
        self.on_slow: Callable[[Event[Note]], None] = lambda event: None
        self.on_toil: Callable[[], None] = lambda: None
        self.on_echo: Callable[[Call[Words]], Any] = lambda call: None
        self.on_announce: Callable[[Transaction], None] = lambda tx: None
        self.on_sweep: Callable[[], None] = lambda: None


behaviour = Behaviour()


class Fragile(DependencyProvider):
    """Fails, once told to, where nameko gives up the whole service."""

    def get_dependency(self, worker_ctx: Any) -> None:
        if behaviour.broken:
            raise RuntimeError("the service is broken")


def noting(handle: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Return `handle`, which also notes each event that it has handled, after its commit."""

    @wraps(handle)
    def handle_and_note(service: Any, arrival: Any) -> None:
        handle(service, arrival)
        behaviour.noted.append(arrival.said.data.number)

    return handle_and_note


def _compute(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


# Use cases


def echo(reader: Reader, call: Call[Words]) -> Any:
    behaviour.asked.append(call.body.text)
    behaviour.handled.append(request.current())
    special = behaviour.on_echo(call)
    if special is not None:
        return special
    return Said(text=call.body.text * call.body.times, person=call.asker.id)


def greet(reader: Reader, call: Call[Nothing]) -> Any:
    return {"text": "peace"}


def sleep(reader: Reader, call: Call[Words]) -> Any:
    behaviour.asked.append(call.body.text)
    eventlet.sleep(float(call.body.text))
    behaviour.rested += 1
    return {"text": "rested"}


def toil(reader: Reader, call: Call[Words]) -> Any:
    behaviour.asked.append(call.body.text)
    behaviour.on_toil()
    return {"text": "done"}


def fail(reader: Reader, call: Call[Words]) -> Any:
    raise RuntimeError(call.body.text)


def broken_answer(reader: Reader, call: Call[Nothing]) -> Any:
    return {"texxt": "no"}


def announce_notes(tx: Transaction, call: Call[Words]) -> Any:
    first = int(call.body.text)
    numbers = range(first, first + call.body.times)
    outbox.announce(tx, *(NOTED.about(1, Note(number=number)) for number in numbers))
    behaviour.on_announce(tx)
    return {"text": "announced"}


def hang(reader: Reader, call: Call[Nothing]) -> Any:
    patcher.original("time").sleep(60)


def compute(reader: Reader, call: Call[Words]) -> Any:
    tpool.execute(_compute, float(call.body.text))
    return {"text": "computed"}


def die(reader: Reader, call: Call[Nothing]) -> Any:
    behaviour.broken = True
    return {"text": "the next one is the last"}


def seen(reader: Reader, call: Call[Nothing]) -> Any:
    rows = reader.ask(text("select note from seen order by note"))
    return {"text": ",".join(str(row.note) for row in rows)}


def on_noted(tx: Transaction, event: Event[Note]) -> None:
    behaviour.handled.append(request.current())
    behaviour.on_noted(event)
    tx.tell(text("insert into seen values (:number)"), number=event.data.number)


def on_slow_noted(reader: Reader, event: Event[Note]) -> None:
    behaviour.at_work += 1
    behaviour.most_at_work = max(behaviour.most_at_work, behaviour.at_work)
    try:
        behaviour.on_slow(event)
    finally:
        behaviour.at_work -= 1


def sweep(db: Database) -> None:
    behaviour.sweeps += 1
    behaviour.on_sweep()


def look(db: Database) -> None:
    behaviour.looks.append(id(db))
    behaviour.on_look()


class Probe:
    name = "khatma"
    db = DatabaseProvider()
    fragile = Fragile()

    echo = answers(ECHO, echo)
    greet = answers(GREET, greet)
    sleep = answers(SLEEP, sleep)
    toil = answers(TOIL, toil)
    fail = answers(FAIL, fail)
    broken_answer = answers(BROKEN_ANSWER, broken_answer)
    announce_notes = answers(ANNOUNCE, announce_notes)
    hang = answers(HANG, hang)
    compute = answers(COMPUTE, compute)
    die = answers(DIE, die)
    health = answers(HEALTH, health)
    seen = answers(SEEN, seen)

    on_noted = noting(follows(NOTED, on_noted, inbox_name="khatma.on_noted"))
    on_slow_noted = follows(SLOW_NOTED, on_slow_noted)

    sweep = every(0.05, sweep)
    look = after_commits(look, at_most_every=0.2, at_least_every=600)


if __name__ == "__main__":
    from chassis.service.run import run

    run(Probe, ServiceSettings())
