"""What people write is in no log, figure or span: a canary in every field of every request."""

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from collecting import Collector
from people import Person, ok, sign_up

from contracts.catalogue import SERVICES
from sakina_local.place import NAMES
from sakina_local.system import System

Document = dict[str, Any]

MARK = f"canary{time.time_ns():x}"
_number = itertools.count()
METHODS = ("get", "post", "put", "patch", "delete")
# What is not sent: they belong to the connection, or the log is meant to say it (X-Request-Id).
HEADERS = ("User-Agent", "Cookie", "Referer", "Origin", "X-Forwarded-For", "traceparent", "Accept")
SAID_TO_OTHERS = {"email": "{}@example.com", "url": "http://127.0.0.1:9/{}"}


def canary() -> str:
    """Return a word that was never said before. Secrets are as long as this, or longer."""
    return f"{MARK}n{next(_number):05d}"


class Asked:
    """Every request of the document, in several forms.

    Args:
        document: OpenAPI.
    """

    def __init__(self, document: Document) -> None:
        self._document = document

    def all(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield method, path and the rest of each request."""
        for path, operations in self._document["paths"].items():
            for method, operation in operations.items():
                if method in METHODS:
                    yield from self._forms(method, path, operation)

    def _forms(
        self, method: str, path: str, operation: Document
    ) -> Iterator[tuple[str, str, dict[str, Any]]]:
        said = operation.get("parameters", [])
        query = [each["name"] for each in said if each["in"] == "query"]
        headers = [each["name"] for each in said if each["in"] == "header"]
        there = re.sub(r"\{\w+\}", "1", path)

        def rest(**more: Any) -> dict[str, Any]:
            return {"headers": {name: canary() for name in (*headers, *HEADERS)}, **more}

        yield method, there, rest(params={name: canary() for name in (*query, "unknown")})
        if "{" in path:
            yield method, re.sub(r"\{\w+\}", lambda _: canary(), path), rest()
        for body in self._bodies(operation):
            key = {"headers": {"Idempotency-Key": canary()}}
            yield method, there, {"json": body, **key}
        if "requestBody" in operation:
            yield method, there, rest(json={canary(): canary()})
            yield method, there, rest(content=f'{{"broken": "{canary()}'.encode())
            yield method, there, rest(data={"form": canary(), "password": canary()})

    def _bodies(self, operation: Document) -> Iterator[dict[str, Any]]:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return
        fields = self._resolved(content["schema"]).get("properties", {})
        right = {name: self._fitting(name, schema) for name, schema in fields.items()}
        yield right
        for name in fields:
            yield {**right, name: canary()}
            yield {**right, name: {canary(): [canary()]}}

    def _fitting(self, name: str, schema: Document) -> Any:
        schema = self._resolved(schema)
        for option in schema.get("anyOf", []):
            if option.get("type") != "null":
                return self._fitting(name, option)
        for known in ("const", "default"):
            if schema.get(known) is not None:
                return schema[known]
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case "array":
                return []
        if schema.get("format") in ("date", "date-time"):
            return schema.get("examples", [time.strftime("%Y-%m-%d")])[0]
        return SAID_TO_OTHERS.get(name, "{}").format(canary())

    def _resolved(self, schema: Document) -> Document:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


@contextmanager
def refusing(spanned: System) -> Iterator[None]:
    """Have the database refuse every new row for the length of the block, and say which it was."""
    place = spanned.place
    with place.parts.postgres.connect(place.database).cursor() as cursor:
        cursor.execute(
            "select format('%%I.%%I', schemaname, tablename) from pg_tables"
            " where schemaname = any(%s) and tablename <> 'alembic_version'",
            [list(SERVICES)],
        )
        tables = [row[0] for row in cursor.fetchall()]
        changed = []
        try:
            for table in tables:
                cursor.execute("set lock_timeout = '5s'")
                cursor.execute(f"alter table {table} add constraint canary check (false) not valid")
                changed.append(table)
            yield
        finally:
            for table in changed:
                cursor.execute(f"alter table {table} drop constraint canary")
        cursor.connection.close()


def say_everything(http: httpx.Client, asked: Asked, somebody: Callable[[], Person]) -> set[int]:
    """Send every request, as somebody and as nobody; return the statuses of the answers."""
    person, statuses = somebody(), set()
    for method, path, rest in asked.all():
        tokens = [person.access]
        if "params" in rest:
            tokens.append(canary())
        for token in tokens:
            headers = {**rest.get("headers", {}), "Authorization": f"Bearer {token}"}
            with http.stream(method, path, **{**rest, "headers": headers}) as answer:
                statuses.add(answer.status_code)
                ended = answer.is_success and method != "get"
        if ended and path.startswith(
            ("/api/user/me", "/api/accounts/logout", "/api/accounts/pass")
        ):
            person = somebody()
    return statuses


class Listening:
    """A system, and everything that it says of itself.

    Args:
        system: Its processes.
        http: A client of its gateway.
        collecting: Where its spans go.
    """

    def __init__(self, system: System, http: httpx.Client, collecting: Collector) -> None:
        self.system = system
        self.http = http
        self._collecting = collecting
        self.asked = Asked(ok(http.get("/openapi.json")))

    def newcomer(self) -> Person:
        """Make a person with an account of their own."""
        return sign_up(self.http)

    def say_everything(self, somebody: Callable[[], Person]) -> set[int]:
        """Send every request, as somebody and as nobody; return the statuses of the answers."""
        return say_everything(self.http, self.asked, somebody)

    def heard(self) -> list[str]:
        """Return where a canary sings, with some words before it."""
        said = {name: self.system.log(name).read_text(errors="replace") for name in NAMES}
        said |= {f"figures of {name}": self.system.figures(name) for name in NAMES}
        said["spans"] = "\n".join(body.decode("latin-1") for body in self._collecting.bodies)
        return [
            f"{who}: …{line[max(0, line.index(MARK) - 300) : line.index(MARK) + 60]}…"
            for who, text in said.items()
            for line in text.splitlines()
            if MARK in line
        ]


@pytest.fixture(scope="module")
def listening(spanned: System, collecting: Collector) -> Iterator[Listening]:
    """A system of the tests' own whose spans are sent, and which is listened to."""
    with httpx.Client(base_url=spanned.url, timeout=30) as http:
        yield Listening(spanned, http, collecting)


def test_what_is_written_is_in_no_log_no_figure_and_no_span(listening: Listening) -> None:
    statuses = listening.say_everything(listening.newcomer)
    assert {200, 201, 400, 401, 404} <= statuses
    assert listening.heard() == []


def test_nor_where_the_database_refuses_it(listening: Listening) -> None:
    person = listening.newcomer()
    with refusing(listening.system):
        statuses = listening.say_everything(lambda: person)
    assert 500 in statuses
    assert listening.heard() == []


def test_nor_where_no_service_is_there(listening: Listening) -> None:
    person = listening.newcomer()
    for name in SERVICES:
        listening.system.stop(name)
    try:
        statuses = listening.say_everything(lambda: person)
    finally:
        for name in SERVICES:
            listening.system.start(name)
        listening.system.wait_until_ready(60)
    assert 503 in statuses
    assert listening.heard() == []
