"""A second PostgreSQL follows the first, and takes its place by the page's commands, under load."""

from collections.abc import Callable, Iterator

import pytest
from load import Reader, load
from page_commands import give
from stack import DEPLOY, Run, Stack, until
from whole import assert_whole

OVERLAY = DEPLOY / "docker-compose.replica.yml"
LONGEST_SILENCE = 60.0
MANY = ("SAKINA_RATE", "SAKINA_RATE_BURST", "SAKINA_AUTH_RATE")
STATE = "select coalesce(max(state || ' ' || sync_state), '') from pg_stat_replication"


@pytest.fixture(scope="module")
def pair(run: Run) -> Iterator[Stack]:
    """A stack with a replica, begun by the page's commands; nothing answered may be lost."""
    made = Stack.fresh(run, **dict.fromkeys(MANY, "2000"), SAKINA_SIGNUP_RATE="0")
    try:
        give(made, "### A replica of PostgreSQL", {"deploy/secrets": str(made.secrets)})
        made.files.append(OVERLAY)
        give(made, "#### Nothing answered may be lost")
        yield made
    finally:
        made.down()


def in_step(stack: Stack) -> bool:
    return stack.sql(STATE) == ["streaming sync"]


def put_in_its_place(stack: Stack) -> None:
    give(stack, "#### Putting the replica in its place", {"deploy/.env": str(stack.folder / "env")})


def test_a_killed_primary_is_replaced_and_what_it_left_follows_only_when_made_anew(
    pair: Stack, record_property: Callable[[str, object], None]
) -> None:
    until(lambda: in_step(pair), "the replica is in step")
    reader = Reader.signed_up(pair.url)
    with load(reader) as work:
        work.more(100)
        put_in_its_place(pair)
        work.more(100)
    assert_whole(pair, work)
    record_property("writes answered", work.answered())
    record_property("longest time in which none was, s", round(work.silence(), 1))
    assert work.silence() < LONGEST_SILENCE

    pair.compose("up", "--detach", "--no-build", "postgres-replica")
    until(lambda: "that is no replica" in pair.logs("postgres-replica"), "it refuses")
    give(pair, "#### A replica anew")
    give(pair, "#### Nothing answered may be lost")
    until(lambda: in_step(pair), "the replica is in step again")
