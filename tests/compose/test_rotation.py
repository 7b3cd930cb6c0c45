"""Secrets are replaced while people use the stack, by the commands of docs/operations.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
from load import PAUSE_SECONDS, SESSIONS, Load, Reader, load
from page import commands
from page_commands import attempt, give
from stack import Stack
from whole import assert_whole

from sakina_stack.rolling import ORDER, PATIENCE_SECONDS

Record = Callable[[str, object], None]
# For as long as a roll may take of each service in turn: so long may a write be put off that needs
# the last of them.
ROLL_SECONDS = PATIENCE_SECONDS * len(ORDER)
FEW: dict[str, Any] = {
    "workers": 2,
    "thinking": 0.25,
    "tries": int(ROLL_SECONDS / PAUSE_SECONDS),
}

# Meanwhile an old process of practice loses its connections; for new ones it has the old password.
CUT = """sakina exec -T postgres psql -qU postgres -c "select pg_terminate_backend(pid) \\
  from pg_stat_activity where usename like 'practice%'" >/dev/null
"""
ADMITTED = """
import amqp, psycopg2
from urllib.parse import urlsplit
for url in {urls!r}:
    at = urlsplit(url)
    host = at.netloc.rpartition('@')[2]
    try:
        if at.scheme == 'amqp':
            vhost = at.path.removeprefix('/')
            amqp.Connection(host, at.username, at.password, virtual_host=vhost).connect()
        else:
            psycopg2.connect(url.replace('+psycopg2', ''))
    except (amqp.AccessRefused, psycopg2.OperationalError):
        continue
    print(url)
"""


def admitted(stack: Stack, urls: list[str]) -> list[str]:
    """Return whom of `urls` the database and the broker let in."""
    (inside,) = stack.ids("practice")
    return stack.python(inside, ADMITTED.format(urls=urls)).split()


def passwords(stack: Stack) -> list[str]:
    superuser = (stack.secrets / "postgres_password").read_text()
    own = sorted(file.read_text() for file in stack.secrets.glob("*_url"))
    return [*own, f"postgresql://postgres:{superuser}@postgres:5432/sakina"]


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def keys(stack: Stack) -> list[str]:
    return sorted(file.stem for file in Path(stack.secrets / "signing").glob("*.pem"))


def nobody_noticed(stack: Stack, work: Load, record: Record) -> None:
    """All that was answered is there once; what was not done at once was put off."""
    record("first tries", dict(work.first))
    assert not work.odd, work.odd
    assert_whole(stack, work)


def test_passwords(stack: Stack, reader: Reader, record_property: Record) -> None:
    old = passwords(stack)
    assert admitted(stack, old) == old
    own = {"deploy/secrets": str(stack.secrets), "make roll": f"{CUT}make roll"}
    with load(reader, **FEW) as work:
        work.more(10)
        give(stack, "### Passwords", own)
        work.more(10)
    nobody_noticed(stack, work, record_property)
    assert any(each.startswith("write 503") for each in work.first), "an old process was cut off"
    assert admitted(stack, old) == []
    assert admitted(stack, passwords(stack)) == passwords(stack)


def test_the_signing_key(stack: Stack, reader: Reader, record_property: Record) -> None:
    (old,) = keys(stack)
    rotate, roll, retire = commands("### The signing key", {}).splitlines()
    with load(reader, **FEW) as work:
        for command in (rotate, roll):
            work.more(10)
            done = attempt(stack, command)
            assert done.returncode == 0, done.stdout
        work.more(10)
        early = attempt(stack, retire)
    nobody_noticed(stack, work, record_property)
    assert early.returncode == 1
    assert "Tokens of the old key may live until" in early.stdout
    _, new = keys(stack)
    assert kid(reader.access) == old, "with which the load has asked all the time"
    assert kid(Reader.signed_up(stack.url).access) == new


def test_a_signing_key_that_was_stolen(
    stack: Stack, reader: Reader, record_property: Record
) -> None:
    of_before, stolen = keys(stack), reader.access
    with load(reader, **FEW) as work:
        work.more(10)
        give(stack, "#### A signing key that was stolen")
        work.more(10)
    record_property("first tries", dict(work.first))
    assert work.odd, "an access token of before is refused"
    assert all(" 401 " in each for each in work.odd), work.odd
    assert_whole(stack, work)
    (new,) = keys(stack)
    assert new not in of_before
    assert kid(reader.access) == new, "by the refresh token of before"
    with httpx.Client(base_url=stack.url, headers={"Authorization": f"Bearer {stolen}"}) as http:
        assert http.get(SESSIONS).status_code == 401


def test_the_key_of_fingerprints(stack: Stack, reader: Reader, record_property: Record) -> None:
    with reader.client() as http:
        answers = [reader.log_session(http, "of-before", 7) for _ in range(2)]
        assert [each.status_code for each in answers] == [201, 201]
        assert answers[0].json()["id"] == answers[1].json()["id"], "a repeat"
        worker = Reader.signed_up(stack.url)
        with load(worker, **FEW) as work:
            work.more(10)
            give(stack, "### The key of fingerprints")
            work.more(10)
        nobody_noticed(stack, work, record_property)
        assert reader.log_session(http, "of-before", 7).status_code == 422
        assert len(reader.sessions()) == 1, "and does nothing"
        assert reader.log_session(http, "of-after", 7).status_code == 201
