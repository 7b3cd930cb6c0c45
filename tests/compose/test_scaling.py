"""More instances, fewer, other ones: nobody who tries again notices."""

from collections import Counter
from collections.abc import Iterator

import pytest
from load import Reader, load
from stack import SERVICES, Stack, docker, until

RELAYS = """
select distinct client_addr from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and application_name like 'sakina practice relay%'
"""
WORKED = """
select client_addr from pg_stat_activity
where usename = 'practice_app' and application_name = 'sakina practice'
group by client_addr having max(state_change) > '{since}'
"""


@pytest.fixture(scope="module", autouse=True)
def scaled(stack: Stack) -> Iterator[None]:
    """Two gateways and three of practice, as one command says; one of each again at the end."""
    scale(stack, gateway=2, practice=3)
    yield
    scale(stack, gateway=1, practice=1)


def scale(stack: Stack, **counts: int) -> None:
    words = [word for name, n in counts.items() for word in ("--scale", f"{name}={n}")]
    stack.up("--no-recreate", *words)
    for name, count in counts.items():
        assert len(stack.ids(name)) == count
    stack.wait_until_ready()


def test_the_work_is_shared(stack: Stack, reader: Reader) -> None:
    gateways = stack.ids("gateway")
    (since,) = stack.sql("select clock_timestamp()")
    before = requests_by(gateways)
    with load(reader, 6) as work:
        work.more(120)
    work.assert_whole()
    taken = requests_by(gateways) - before
    assert min(taken[one] for one in gateways) >= 0.2 * taken.total(), taken
    addresses = until(
        lambda: found if len(found := stack.sql(WORKED.format(since=since))) == 3 else None,
        "each of three instances of practice asked the database",
    )
    assert len(addresses) == 3


def requests_by(gateways: list[str]) -> Counter[str]:
    return Counter({one: docker("logs", one).count('"message":"request"') for one in gateways})


def test_one_relay_publishes_and_another_takes_over(stack: Stack, reader: Reader) -> None:
    def relays() -> list[str]:
        return stack.sql(RELAYS)

    (first,) = until(relays, "a relay is elected")
    assert len(relays()) == 1
    elected = next(one for one in stack.ids("practice") if first in addresses(stack, one))
    docker("kill", elected)
    try:
        (second,) = until(
            lambda: found if (found := relays()) and found != [first] else None, "another relay"
        )
        assert second != first
        with load(reader, 2) as work:
            work.more(10)
        work.assert_whole()
        nothing_waits(stack)
    finally:
        docker("start", elected)
    until(lambda: healthy(stack, elected), "the killed one is back")


UNPUBLISHED = "select count(*) from {}.outbox where published_at is null"


def nothing_waits(stack: Stack) -> None:
    """Every event is out, was handled, and none was given up."""
    for service in SERVICES:
        until(lambda s=service: stack.sql(UNPUBLISHED.format(s)) == ["0"], f"{service}'s are out")

    def waiting() -> list[str]:
        columns = ("name", "messages", "type")
        said = stack.rabbitmqctl("list_queues", "-p", "sakina", *columns).splitlines()[1:]
        rows = [line.split("\t") for line in said]
        # A stream keeps what was read.
        return [name for name, count, kind in rows if count != "0" and kind != "stream"]

    until(lambda: not waiting(), "every queue is empty, those of what was given up too")


def addresses(stack: Stack, container: str) -> set[str]:
    networks = stack.inspect(container)["NetworkSettings"]["Networks"].values()
    return {str(network["IPAddress"]) for network in networks}


def healthy(stack: Stack, container: str) -> bool:
    return bool(stack.inspect(container)["State"].get("Health", {}).get("Status") == "healthy")


@pytest.mark.parametrize("service", ["gateway", *SERVICES, "postgres", "rabbitmq", "traefik"])
def test_killing_one_loses_nothing(stack: Stack, reader: Reader, service: str) -> None:
    victim = stack.ids(service)[0]
    with load(reader) as work:
        work.more(20)
        docker("kill", victim)
        docker("start", victim)
        work.more(20)
    work.assert_whole()
    until(lambda: healthy(stack, victim), f"{service} is well again")
    stack.wait_until_ready()
    nothing_waits(stack)


@pytest.mark.parametrize("service", ["gateway", *SERVICES])
def test_a_process_that_ends_is_started_again(stack: Stack, service: str) -> None:
    container = stack.ids(service)[0]
    starts = stack.inspect(container)["RestartCount"]
    stack.python(container, "import os, signal; os.kill(1, signal.SIGTERM)")
    until(lambda: stack.inspect(container)["RestartCount"] > starts, f"{service} is restarted")
    until(lambda: healthy(stack, container), f"{service} is well again")


def test_the_broker_starts_at_the_first_try(stack: Stack) -> None:
    """What it keeps is not up yet when it could take in its definitions once more."""
    (broker,) = stack.ids("rabbitmq")
    for _ in range(3):
        docker("restart", broker)
        until(lambda: healthy(stack, broker), "the broker is well again")
        assert stack.inspect(broker)["RestartCount"] == 0
    stack.wait_until_ready()


def test_a_stopped_service_drains_within_its_grace(stack: Stack, reader: Reader) -> None:
    """In the middle of its work: what it had begun is answered, the rest by whoever is left."""
    with load(reader) as work:
        for service in ("gateway", *SERVICES):
            container = stack.ids(service)[0]
            work.more(10)
            docker("stop", "--time=20", container)
            state = stack.inspect(container)["State"]
            docker("start", container)
            assert (state["ExitCode"], state["OOMKilled"]) == (0, False), service
        work.more(10)
    work.assert_whole()
    for service in ("gateway", *SERVICES):
        until(
            lambda service=service: all(healthy(stack, one) for one in stack.ids(service)),
            f"{service} is well again",
        )
    stack.wait_until_ready()
