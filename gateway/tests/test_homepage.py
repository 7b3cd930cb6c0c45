"""The homepage: for anybody, asked for once in a while."""

import asyncio
from typing import Any

import httpx
import pytest
from peers import Peer

from contracts.refusals import NotFound, Unavailable
from gateway.shared import SharedAnswer

KHATMAS: list[dict[str, Any]] = [{"id": 3, "name": "R"}]


@pytest.fixture(autouse=True)
def forgotten(gateway: Any) -> None:
    """Nothing is kept of another test."""
    gateway.parts.homepage = SharedAnswer(5)


def test_anybody_sees_it_and_the_service_is_asked_once(
    stranger: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["homepage"] = KHATMAS
    for _ in range(3):
        answer = stranger.get("/api/homepage/")
        assert (answer.status_code, answer.json()) == (200, KHATMAS)
        assert answer.headers["Cache-Control"] == "public, max-age=5"
    (said,) = peers["khatma"].named("homepage")
    assert said["actor"] is None


def test_it_is_the_same_for_who_is_logged_in(
    client: httpx.Client, stranger: httpx.Client, peers: dict[str, Peer]
) -> None:
    peers["khatma"].answers["homepage"] = KHATMAS
    assert client.get("/api/homepage/").content == stranger.get("/api/homepage/").content


def test_a_failure_is_not_kept(stranger: httpx.Client, peers: dict[str, Peer]) -> None:
    def refuse(_: Any) -> Any:
        raise NotFound("Not now.")

    peers["khatma"].answers["homepage"] = refuse
    assert stranger.get("/api/homepage/").status_code == 404
    peers["khatma"].answers["homepage"] = KHATMAS
    assert stranger.get("/api/homepage/").json() == KHATMAS


def test_words_that_it_does_not_know_are_refused(stranger: httpx.Client) -> None:
    assert stranger.get("/api/homepage/?limit=100").status_code == 400


def test_all_who_come_meanwhile_wait_for_one_question() -> None:
    asked: list[asyncio.Future[bytes]] = []

    async def ask() -> bytes:
        asked.append(asyncio.get_running_loop().create_future())
        return await asked[-1]

    async def crowd() -> None:
        shared = SharedAnswer(5)
        first, *others = (asyncio.create_task(shared.get(ask)) for _ in range(5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()  # who hangs up takes nothing from the others
        asked[0].set_result(b"[]")
        assert await asyncio.gather(*others) == [b"[]"] * 4
        assert len(asked) == 1

    async def failing() -> None:
        shared = SharedAnswer(5)
        waiting = [asyncio.create_task(shared.get(ask)) for _ in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked[-1].set_exception(Unavailable("Down."))
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, Unavailable) for each in found)

    asyncio.run(crowd())
    asyncio.run(failing())
