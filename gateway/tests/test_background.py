"""What goes on beside the requests goes on, whatever the services say, or ends the process."""

import asyncio
import itertools
import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from conftest import Gateway, eventually
from peers import Mint, Peer

from gateway import app, background, keys, queue_probe, revoked
from gateway.background import Background
from gateway.rpc import Rpc
from sakina_local.testing import Vhost

STATS = "/api/meditations/stats/"


def status(client: httpx.Client, token: str) -> int:
    return client.get(STATS, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize(
    "unforeseen",
    [
        {},
        [],
        "text",
        None,
        {"ended": None},
        {"ended": [{"user": "who?"}]},
        {"ended": [{"user": 7, "sid": "x", "before": "yesterday"}]},
        b'{"error":null,"result":{"ended":[}}',
    ],
)
def test_ended_sessions_in_an_unforeseen_shape_are_asked_for_again(
    unforeseen: Any,
    broker: Vhost,
    mint: Mint,
    peers: dict[str, Peer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "FIRST_CONNECTION_SECONDS", 0.1)
    monkeypatch.setattr(revoked, "AGAIN_SECONDS", 0.05)
    peers["auth"].answers["ended_since"] = unforeseen
    gateway = Gateway(broker.url("gateway")).start()
    try:
        eventually(lambda: len(peers["auth"].named("ended_since")) > 1)
        assert status(gateway.client, mint.token()) == 503, "it cannot know who left"
        peers["auth"].answers["ended_since"] = {"ended": []}
        eventually(lambda: status(gateway.client, mint.token()) == 200)
    finally:
        gateway.stop()


BAD_KEYS = [
    {"kty": "EC", "crv": "P-256", "kid": "bad", "x": "!", "y": "?"},
    {"kty": "EC", "crv": "P-256", "kid": "bad"},
    {"kty": "EC", "crv": "P-521", "kid": "bad", "x": "AA", "y": "AA"},
    {"kty": "oct", "kid": "bad", "k": "AA"},
    {"kty": 5, "kid": ["bad"]},
    {},
    "text",
    None,
    7,
]


@pytest.mark.parametrize("bad", BAD_KEYS, ids=str)
def test_a_key_in_an_unforeseen_shape_hides_no_other(
    bad: Any, broker: Vhost, mint: Mint, peers: dict[str, Peer]
) -> None:
    peers["auth"].answers["signing_keys"] = {"keys": [bad, mint.jwk("k1")]}
    gateway = Gateway(broker.url("gateway")).start()
    try:
        eventually(lambda: status(gateway.client, mint.token()) == 200)
    finally:
        gateway.stop()


@pytest.mark.parametrize(
    "unforeseen",
    [
        {}, [], "text", None, {"keys": None}, {"keys": [{}]}, b'{"error":null,"result":{"keys":[}}',
    ],
)  # fmt: skip
def test_keys_in_an_unforeseen_shape_are_as_good_as_none(
    unforeseen: Any,
    new_gateway: Callable[..., Gateway],
    mint: Mint,
    peers: dict[str, Peer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keys, "RENEW_SECONDS", 0.05)
    peers["auth"].answers["signing_keys"] = unforeseen
    gateway = new_gateway()
    assert status(gateway.client, mint.token()) == 503
    peers["auth"].answers["signing_keys"] = mint.jwks
    eventually(lambda: status(gateway.client, mint.token()) == 200)
    peers["auth"].answers["signing_keys"] = unforeseen
    peers["auth"].calls = []
    eventually(lambda: len(peers["auth"].named("signing_keys")) > 2)
    assert status(gateway.client, mint.token()) == 200, "what was known is known still"


def test_work_that_fails_or_ends_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "AGAIN_SECONDS", 0)
    begun = 0
    often = asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun == 5:
            often.set()
        if begun % 2:
            raise RuntimeError("unforeseen")

    async def run() -> None:
        async with Background(work=work), asyncio.timeout(10):
            await often.wait()

    asyncio.run(run())


def test_the_process_ends_with_a_task_that_cannot_go_on() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        async with Background(work=work), asyncio.timeout(10):
            await ended.wait()

    asyncio.run(run())


def test_asking_who_listens_leaves_nothing_behind(
    new_gateway: Callable[..., Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_probe, "KNOWN_FOR_SECONDS", 0.0)
    gateway = new_gateway()
    asked = gateway.parts.rpc._probe

    async def kept_after(asks: int) -> int:
        for _ in range(asks):
            assert await asked.consumers("auth") == 1
        channel = asked._channel
        assert channel is not None
        callbacks = channel.callbacks._stack[str(channel.channel_number)].values()
        return sum(map(len, callbacks))

    assert gateway.run(kept_after(1)) == gateway.run(kept_after(50))


def test_a_connection_that_cannot_be_set_up_is_made_anew(
    broker: Vhost, mint: Mint, peers: dict[str, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    attach, tries = Rpc.attach, itertools.count()

    async def fails_first(rpc: Rpc, connection: Any) -> None:
        if next(tries) == 0:
            raise RuntimeError("unforeseen")
        await attach(rpc, connection)

    monkeypatch.setattr(Rpc, "attach", fails_first)
    gateway = Gateway(broker.url("gateway")).start()
    try:
        eventually(lambda: status(gateway.client, mint.token()) == 200)
    finally:
        gateway.stop()
