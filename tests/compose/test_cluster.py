"""A broker of three nodes: each may go at a time, and nobody who tries again notices."""

from collections.abc import Callable, Iterator

import pytest
from load import Reader, load
from page_commands import give
from stack import DEPLOY, Run, Stack, docker, until
from whole import assert_whole

OVERLAY = DEPLOY / "docker-compose.cluster.yml"
NODES = ("rabbitmq", "rabbitmq-2", "rabbitmq-3")
LONGEST_SILENCE = 20.0
MANY = ("SAKINA_RATE", "SAKINA_RATE_BURST", "SAKINA_AUTH_RATE")


@pytest.fixture(scope="module")
def cluster(run: Run) -> Iterator[Stack]:
    """A stack with a broker of three nodes, begun by the page's commands."""
    made = Stack.fresh(run, **dict.fromkeys(MANY, "2000"), SAKINA_SIGNUP_RATE="0")
    try:
        secret = {"deploy/secrets": str(made.secrets)}
        give(made, "### A broker of three nodes", secret)
        made.files.append(OVERLAY)
        yield made
    finally:
        made.down()


def members(stack: Stack, node: str) -> dict[str, tuple[str, int]]:
    """Return the type of each lasting queue, and how many of its members are in step."""
    said = stack.compose(
        *("exec", "-T", node, "rabbitmqctl", "--quiet", "-p", "sakina", "list_queues"),
        *("name", "type", "online", "--no-table-headers"),
    )
    rows = [line.split("\t") for line in said.splitlines()]
    # A gateway's own queues go with its connection.
    return {
        name: (kind, online.count("@")) for name, kind, online in rows if not name.startswith("gw.")
    }


def whole(stack: Stack, node: str) -> bool:
    found = members(stack, node)
    return bool(found) and all(online == 3 for _, online in found.values())


def test_whatever_lasts_has_three_members(cluster: Stack) -> None:
    found = members(cluster, "rabbitmq")
    assert {"rpc-auth", "parked.khatma", "activity"} <= set(found)
    assert {name: seen for name, seen in found.items() if seen[1] != 3} == {}


@pytest.mark.parametrize("node", NODES)
def test_a_node_that_is_killed_is_missed_by_nobody(
    cluster: Stack, node: str, record_property: Callable[[str, object], None]
) -> None:
    reader = Reader.signed_up(cluster.url)
    other = next(name for name in NODES if name != node)
    (container,) = cluster.ids(node)
    with load(reader) as work:
        work.more(60)
        docker("kill", "--signal=KILL", container)
        work.more(120)
        cluster.start_process(node)
        until(lambda: whole(cluster, other), "every queue has three members in step")
        work.more(60)
    assert_whole(cluster, work)
    record_property("writes answered", work.answered())
    record_property("longest time in which none was, s", round(work.silence(), 1))
    assert work.silence() < LONGEST_SILENCE
