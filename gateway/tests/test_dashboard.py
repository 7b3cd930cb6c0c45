"""The dashboard, whole and in parts."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from peers import Peer

from contracts.refusals import Unauthenticated

PARTS: dict[str, dict[str, Any]] = {
    "khatma": {
        "active_khatmas": [{"id": 1}],
        "recent_sessions": [],
        "today_chapters": 1,
        "weekly_chapters": 2,
        "total_khatmas": 3,
        "current_streak": 4,
    },
    "practice": {"today_minutes": 25, "weekly_minutes": 90},
    "notify": {"unread_notifications": 5},
}
WHOLE = {name: value for part in PARTS.values() for name, value in part.items()}


@pytest.fixture(autouse=True)
def answers(peers: dict[str, Peer]) -> None:
    peers["khatma"].answers["dashboard"] = PARTS["khatma"] | {"total_khatmas_completed": 9}
    peers["practice"].answers["week"] = PARTS["practice"]
    peers["notify"].answers["unread"] = {"unread": 5}


def test_whole(client: httpx.Client) -> None:
    answer = client.get("/api/dashboard/")
    assert (answer.status_code, answer.json()) == (200, WHOLE | {"degraded": []})


@pytest.mark.parametrize("down", PARTS)
@pytest.mark.parametrize("how", ["stopped", "silent", "failing"])
def test_a_service_that_is_down_leaves_its_part_null(
    down: str,
    how: str,
    client: httpx.Client,
    peers: dict[str, Peer],
    unheard: Callable[[str], None],
) -> None:
    if how == "stopped":
        unheard(down)
    elif how == "silent":
        peers[down].silent = True
    else:
        peers[down].answers |= dict.fromkeys(("dashboard", "week", "unread"), b"nonsense")
    answer = client.get("/api/dashboard/")
    assert answer.status_code == 200
    expected = WHOLE | dict.fromkeys(PARTS[down]) | {"degraded": [down]}
    assert answer.json() == expected


def test_a_service_that_says_no_is_not_down(client: httpx.Client, peers: dict[str, Peer]) -> None:
    """Such as one that knows the person's account to be deleted."""

    def refuse(_: Any) -> None:
        raise Unauthenticated("This account is gone.")

    peers["practice"].answers["week"] = refuse
    answer = client.get("/api/dashboard/")
    assert answer.status_code == 401
    assert answer.json()["detail"] == "This account is gone."


def test_all_down_is_no_answer(client: httpx.Client, peers: dict[str, Peer]) -> None:
    for service in PARTS:
        peers[service].silent = True
    assert client.get("/api/dashboard/").status_code == 504
