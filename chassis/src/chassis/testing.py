"""pytest fixtures that ask a service, and let it hear, without a broker between.

A package's conftest names this module in `pytest_plugins` and gives the fixture `service`: an
instance of its service class whose parts, `db` among them, it has set.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import eventlet
import orjson
import pytest
from sqlalchemy import TextClause, text

from chassis.data.connections import Lent, Saying
from chassis.data.database import Database
from chassis.data.statements import written
from contracts.events import Envelope, Event, EventType
from contracts.rpc import Actor, Command, RpcMethod

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Of this database alone: on the same server other packages' tests wait for locks of their own.
_WAITING = text(
    """
    select wait_event from pg_stat_activity
    where wait_event_type = 'Lock' and backend_type = 'client backend'
        and datname = current_database()
    """
)


@pytest.fixture
def ask(service: Any) -> Callable[..., Any]:
    """Ask the service: `ask(methods.LOG_SESSION, by=layla, duration=25)` returns its answer."""
    return asking(service)


def asking(service: Any) -> Callable[..., Any]:
    """Return what asks `service`, an instance of its class whose parts are set."""

    def ask(
        method: RpcMethod[Any],
        *,
        by: Actor | int | None = None,
        key: str | None = None,
        fingerprint: str = "a body",
        body: Any = None,
        **fields: Any,
    ) -> Any:
        """Return what `method` answers, as a client gets it; raise what it refuses with.

        Args:
            method: What is asked; its answer is held against the contract.
            by: Who asks; of whom nothing but the id matters, by that.
            key: A client's Idempotency-Key; without one the command is as the gateway makes it.
            fingerprint: What the gateway makes of the client's body.
            body: The request, where it is not said by `fields`.
        """
        command = Command(id=key, fingerprint=fingerprint) if key else Command(id=uuid4().hex)
        call = method.call(
            actor=actor(by) if isinstance(by, int) else by,
            command=command if method.writes else None,
            body=body if body is not None else method.request(**fields),
        )
        answer = getattr(service, method.name)(call)
        method.result.validate_json(answer)
        return orjson.loads(bytes(answer))

    return ask


def actor(id: int, **known: Any) -> Actor:
    """Return a person as the gateway tells who asks."""
    return Actor(id=id, **{"session": "s", "username": f"reader-{id}", **known})


@pytest.fixture
def hear(service: Any) -> Callable[..., Event[Any]]:
    """Let the service hear an event: `hear(USER_DELETED, 7)`, or one that was made before."""

    def hear(event: EventType | Event[Any], about: int | str = 0, **said: Any) -> Event[Any]:
        """Return the event that every handler of its type has heard; `made` says what is said."""
        heard = event if isinstance(event, Event) else made(event, about, **said)
        for name in _followers(type(service), heard.type):
            getattr(service, name)(heard)
        return heard

    return hear


def made(
    event_type: EventType,
    about: int | str,
    *,
    actor: int | None = None,
    id: UUID | None = None,
    time: datetime = NOON,
    sequence: int = 1,
    **data: Any,
) -> Event[Any]:
    """Return an event of `event_type` about `about`, like its example but for `data`."""
    return Event(
        event_type,
        id or uuid4(),
        f"{event_type.subject}/{about}",
        time,
        sequence,
        actor,
        event_type.data.model_validate({**event_type.example, **data}),
    )


def envelope(event: Event[Any]) -> Envelope:
    """Return `event` as its source publishes it."""
    kind = event.type
    return Envelope(
        id=event.id,
        source=f"/sakina/{kind.source}",
        type=kind.wire_name,
        subject=event.subject,
        time=event.time,
        dataschema=kind.schema_path,
        sequence=event.sequence,
        actor=event.actor,
        data=event.data.model_dump(mode="json"),
    )


def locked_out(db: Database, *, by: str = "") -> int:
    """Return how many in `db` wait for a lock.

    Args:
        db: Where they are.
        by: The kind of lock, as PostgreSQL names its wait events; any without it.
    """
    return sum(by in row.wait_event for row in db.reader.ask(_WAITING))


def until_locked_out(db: Database, count: int = 1, *, by: str = "") -> None:
    """Wait, for ten seconds at most, until so many others wait; see `locked_out`."""
    with eventlet.Timeout(10):
        while locked_out(db, by=by) < count:
            eventlet.sleep(0.01)


def _followers(kind: type, event_type: EventType) -> list[str]:
    return [
        name
        for name, method in vars(kind).items()
        for entrypoint in getattr(method, "nameko_entrypoints", ())
        if getattr(entrypoint, "event_type", None) is event_type
    ]


@pytest.fixture
def messages(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], int]:
    """Count round trips to PostgreSQL: `messages(lambda: ask(…))`."""

    def messages(work: Callable[[], Any]) -> int:
        """Return how many messages `work` sends, each with as many statements as it takes."""
        return len(_sent(monkeypatch, work))

    return messages


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Show how PostgreSQL carries out a question: `plans(connection, lambda: ask(…))`."""

    def plans(
        connection: Any, question: Callable[[], Any], *, analyze: bool = True
    ) -> list[dict[str, Any]]:
        """Return the nodes of the plans of every statement that `question` sends.

        Args:
            connection: A superuser's, whose search_path is the service's schema.
            question: What is asked.
            analyze: Whether to carry the statements out a second time, to see what each node read;
                not those of a command, whose rows are there already.
        """
        sent = _sent(monkeypatch, question)
        with connection.cursor() as cursor:
            return [
                node
                for sayings in sent
                for each in sayings
                for node in _explained(cursor, *each, analyze)
            ]

    return plans


def _sent(monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> list[Sequence[Saying]]:
    """Return the messages that `work` sends, each as its statements."""
    sent: list[Sequence[Saying]] = []
    send = Lent.send

    def noted(lent: Lent, sayings: Sequence[Saying], **words: bytes) -> list[Any]:
        sent.append(sayings)
        return send(lent, sayings, **words)

    with monkeypatch.context() as patched:
        patched.setattr(Lent, "send", noted)
        work()
    return sent


def _explained(
    cursor: Any, statement: TextClause, values: dict[str, Any], analyze: bool
) -> Iterator[dict[str, Any]]:
    form = written(statement)
    cursor.execute("set plan_cache_mode = force_generic_plan")
    if form.name:
        cursor.execute(form.preparation)
    try:
        cursor.execute(f"explain (analyze {analyze}, format json) {form.call}", values)
        plan = cursor.fetchone()[0][0]["Plan"]
    finally:
        if form.name:
            cursor.execute(f"deallocate {form.name}")
    return _nodes(plan)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
