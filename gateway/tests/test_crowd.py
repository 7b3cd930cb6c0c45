"""Many at once: what is slow takes no room from what is quick, nor one service from another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from conftest import Gateway, eventually
from hypothesis import given
from hypothesis import strategies as st
from peers import Mint, Peer

from contracts.auth import methods as auth
from contracts.khatma import methods as khatma
from contracts.refusals import Unavailable
from contracts.rpc import RpcMethod
from gateway.crowd import Caps, Crowd
from gateway.limit import LATEST_SECONDS, AdaptiveLimit

LIST = "/api/meditations/sessions/"
LOGIN = {"email": "layla@example.com", "password": "quiet-river-29"}
TOKENS = {"access": "none", "refresh": None}


def at_once(times: int, ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: ask(), range(times)))


def comes_back(answers: list[httpx.Response]) -> bool:
    refused = [answer for answer in answers if answer.status_code == 503]
    return all(int(answer.headers["retry-after"]) >= 1 for answer in refused)


def test_a_slow_service_leaves_the_others_their_share(
    new_gateway: Callable[..., Gateway],
    mint: Mint,
    peers: dict[str, Peer],
    figures: Callable[[], str],
) -> None:
    gateway = new_gateway(max_in_flight=8, max_in_flight_each=4)
    refused_before = refused_as("service_full", figures())
    headers = {"Authorization": f"Bearer {mint.token()}"}
    peers["khatma"].answers["user_stats"] = {}
    peers["practice"].silent = True
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(at_once, 12, lambda: gateway.client.get(LIST, headers=headers))
        eventually(lambda: len(peers["practice"].named("list_sessions")) == 4)
        assert 'sakina_gateway_rpc_in_flight{service="practice"} 4.0' in figures()
        beside = at_once(4, lambda: gateway.client.get("/api/stats/user/", headers=headers))
        answers = flood.result()
    assert [answer.status_code for answer in beside] == [200] * 4
    assert sorted(answer.status_code for answer in answers) == [503] * 8 + [504] * 4
    assert comes_back(answers)
    assert refused_as("service_full", figures()) - refused_before == 8


def refused_as(reason: str, figures: str) -> float:
    """Return how many requests were refused for `reason`."""
    line = f'sakina_gateway_refusals_total{{reason="{reason}"}} '
    return float(figures.partition(line)[2].partition("\n")[0] or 0)


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/api/login/", "log_in", LOGIN),
        ("/api/accounts/login/", "log_in", LOGIN),
        ("/api/signup/", "register", LOGIN | {"fullname": "Layla"}),
        ("/api/accounts/register/", "register", LOGIN | {"username": "layla"}),
        (
            "/api/accounts/password/",
            "change_password",
            {"old_password": "quiet-river-29", "new_password": "loud-ocean-31"},
        ),
    ],
)
def test_passwords_are_few_at_once_and_what_is_quick_goes_before(
    path: str,
    method: str,
    body: dict[str, Any],
    new_gateway: Callable[..., Gateway],
    mint: Mint,
    peers: dict[str, Peer],
) -> None:
    gateway = new_gateway(max_slow_in_flight=2)
    headers = {"Authorization": f"Bearer {mint.token()}"}
    peers["auth"].unanswered = {method}
    peers["auth"].answers["refresh"] = TOKENS | {"access": mint.token()}
    with ThreadPoolExecutor(1) as pool:
        flood = pool.submit(
            at_once, 8, lambda: gateway.client.post(path, json=body, headers=headers)
        )
        eventually(lambda: len(peers["auth"].named(method)) == 2)
        quick = at_once(
            4, lambda: gateway.client.post("/api/refresh/", json={"refresh": "a token"})
        )
        answers = flood.result()
    assert [answer.status_code for answer in quick] == [200] * 4
    assert sorted(answer.status_code for answer in answers) == [503] * 6 + [504] * 2
    assert comes_back(answers)

    peers["auth"].unanswered = set()
    peers["auth"].answers[method] = {"error": "whatever it says, somebody is asked again"}
    gateway.client.post(path, json=body, headers=headers)
    assert len(peers["auth"].named(method)) == 3


@pytest.mark.parametrize(
    ("caps", "method", "fits"),
    [
        (Caps(all=3, each=9, slow=9), auth.LOG_IN, 3),
        (Caps(all=9, each=3, slow=9), auth.LOG_IN, 3),
        (Caps(all=9, each=9, slow=3), auth.LOG_IN, 3),
        (Caps(all=9, each=9, slow=3), auth.ME, 9),
    ],
)
def test_whoever_leaves_makes_room(caps: Caps, method: RpcMethod[Any], fits: int) -> None:
    crowd = Crowd(caps)
    joined = [crowd.joined(method) for _ in range(fits)]
    for _ in range(2):
        for one in joined:
            one.__enter__()
        with pytest.raises(Unavailable), crowd.joined(method):
            pass
        for one in joined:
            one.__exit__(None, None, None)
        joined = [crowd.joined(method) for _ in range(fits)]


def test_what_fails_makes_room_too() -> None:
    crowd = Crowd(Caps(all=1, each=1, slow=1))
    for _ in range(3):
        with pytest.raises(KeyError), crowd.joined(khatma.JOIN):
            raise KeyError


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fill(limit: AdaptiveLimit) -> list[float]:
    """Begin as many calls as there is room for."""
    began = []
    while limit.has_room:
        began.append(limit.begin())
    return began


def test_a_service_that_refuses_is_asked_less_at_once_until_it_takes_more() -> None:
    clock = Clock()
    limit = AdaptiveLimit(16, clock)
    began = fill(limit)
    assert len(began) == 16

    limit.refused_there(began[-1])
    limit.end(began.pop(), answered=False)
    assert fill(limit) == []

    clock.now += 1.0
    began += fill(limit)
    assert len(began) == 16


def test_many_that_fail_together_are_one_lesson() -> None:
    clock = Clock()
    limit = AdaptiveLimit(16, clock)
    began = fill(limit)
    clock.now += 0.5
    for one in began:
        limit.refused_there(one)
        limit.end(one, answered=False)
    assert len(fill(limit)) == 15


def test_there_is_always_room_for_one() -> None:
    clock = Clock()
    limit = AdaptiveLimit(2, clock)
    for _ in range(5):
        clock.now += 0.1
        began = limit.begin()
        limit.refused_there(began)
        limit.end(began, answered=False)
        assert limit.has_room


@given(
    seconds=st.floats(0.01, 5.0),
    most=st.integers(1, 64),
    refused=st.integers(1, 500),
)
def test_who_is_refused_comes_back_as_places_become_free(
    seconds: float, most: int, refused: int
) -> None:
    clock = Clock()
    limit = AdaptiveLimit(most, clock)
    for _ in range(100):
        began = clock()
        limit.begin()
        clock.now += seconds
        limit.end(began, answered=True)
    fill(limit)
    told = [limit.retry_after() for _ in range(refused)]

    assert all(1 <= after <= LATEST_SECONDS for after in told)
    # Nobody is told to come earlier than one who was refused before, while there is time for all.
    a_second = most / seconds
    in_time = told[: int(a_second * (LATEST_SECONDS - 0.5) * 0.9)]
    assert in_time == sorted(in_time)
    assert told.count(1) <= a_second * 1.6 + 2
    for second in range(2, LATEST_SECONDS):
        assert in_time.count(second) <= a_second * 1.1 + 2


def test_a_refusal_of_the_services_is_told_as_it_is_and_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.limit.GROWTH", 0.0)
    crowd = Crowd(Caps(all=9, each=9, slow=2))
    away = Unavailable("The database is away.", retry_after=3)
    with pytest.raises(Unavailable) as told, crowd.joined(auth.LOG_IN):
        raise away
    assert (told.value.detail, told.value.retry_after) == ("The database is away.", 3)
    # One at a time now: what it had no room for is refused here.
    with crowd.joined(auth.LOG_IN):
        with pytest.raises(Unavailable) as here, crowd.joined(auth.LOG_IN):
            pass
        assert here.value.detail == "Too many ask for this at once. Try again soon."
        with crowd.joined(auth.ME):
            pass
