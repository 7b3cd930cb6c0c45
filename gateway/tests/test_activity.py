"""The feed: what is asked of notify, and cursors that are one's own."""

import json
from string import ascii_letters, digits
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import Peer

from contracts.activity import SHOWN
from contracts.catalogue import EVENTS
from contracts.events import Envelope
from contracts.notify.methods import PlacedEvent
from contracts.schemas import example
from gateway.cursors import LENGTH, cursor, position_of

FEED = "/api/activity/"
ME, OTHER = 7, 9
EVENT = Envelope.model_validate(example(EVENTS["khatma.part_completed.v1"]))
FOUND = {
    "events": [PlacedEvent(position=41, event=EVENT).model_dump(mode="json")],
    "next": 41,
    "previous": 41,
    "more": True,
    "recorded": 90,
}
numbers = st.integers(0, 2**63 - 1)


@given(numbers, numbers)
def test_a_cursor_is_a_place_and_a_person_s_own(position: int, person: int) -> None:
    written = cursor(position, person)
    assert len(written) == LENGTH
    assert position_of(written, person) == position
    with pytest.raises(ValueError, match="somebody else"):
        position_of(written, person ^ 1)


@given(
    numbers,
    st.integers(0, LENGTH - 1),
    st.one_of(st.sampled_from(ascii_letters + digits + "-_"), st.characters(codec="utf-8")),
)
def test_a_cursor_that_was_changed_is_none(position: int, at: int, other: str) -> None:
    written = cursor(position, ME)
    broken = written[:at] + other + written[at + 1 :]
    if broken != written:
        with pytest.raises(ValueError, match="no cursor"):
            position_of(broken, ME)


@pytest.mark.parametrize("position", [2**63, 2**64 - 1])
def test_a_place_that_cannot_be_is_in_no_cursor(position: int) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        position_of(cursor(position, ME), ME)


@given(st.text(max_size=64))
def test_a_text_is_no_cursor(text: str) -> None:
    with pytest.raises(ValueError, match="no cursor"):
        position_of(text, ME)


@pytest.fixture
def notify(peers: dict[str, Peer]) -> Peer:
    """A notify that has found one event."""
    peers["notify"].answers["activity"] = FOUND
    return peers["notify"]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, {"after": None, "before": None, "types": None, "limit": 50}),
        ({"after": cursor(40, ME)}, {"after": 40, "before": None, "types": None, "limit": 50}),
        ({"before": cursor(42, ME)}, {"after": None, "before": 42, "types": None, "limit": 50}),
        (
            {"newest": "true", "limit": "200"},
            {"after": None, "before": 2**63 - 1, "types": None, "limit": 200},
        ),
        (
            {"types": "khatma.part_completed,practice.*", "limit": "1"},
            {
                "after": None,
                "before": None,
                "limit": 1,
                "types": [
                    "khatma.part_completed.v1",
                    *(name for name in SHOWN if name.startswith("practice.")),
                ],
            },
        ),
    ],
)
def test_the_feed_is_notifys_with_cursors_of_the_asker(
    query: dict[str, str], asked: dict[str, Any], client: httpx.Client, notify: Peer
) -> None:
    answer = client.get(FEED, params=query)
    assert answer.status_code == 200
    (request,) = notify.named("activity")
    assert (request["body"], request["actor"]["id"]) == (asked, ME)
    assert answer.json() == {
        "events": [json.loads(EVENT.model_dump_json())],
        "next": cursor(41, ME),
        "previous": cursor(41, ME),
        "more": True,
    }


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ({"after": "AQ"}, "after", "Is no cursor. "),
        ({"after": ""}, "after", "Is no cursor. "),
        ({"before": "x" * LENGTH}, "before", "Is no cursor. "),
        ({"after": "x" * 65}, "after", "Must have at most 64 characters."),
        ({"after": cursor(40, OTHER)}, "after", "Is a cursor of somebody else's. "),
        ({"before": cursor(40, OTHER)}, "before", "Is a cursor of somebody else's. "),
        ({"types": "khatma.part_completed,khatma.gone"}, "types", "Must each choose among khatma."),
        ({"types": ""}, "types", "Must each choose among khatma."),
        ({"types": "auth.#"}, "types", "Must each choose among khatma."),
        ({"limit": "0"}, "limit", "Must be at least 1."),
        ({"limit": "-1"}, "limit", "Must be at least 1."),
        ({"limit": "201"}, "limit", "Must be at most 200."),
        ({"limit": "9" * 300}, "limit", "Must be at most 200."),
        ({"limit": "-" + "9" * 300}, "limit", "Must be at least 1."),
        ({"limit": "1.0"}, "limit", "Must be a whole number."),
        ({"limit": "--1"}, "limit", "Must be a whole number."),
        ({"newest": "yes"}, "newest", "Must be true or false."),
        ({"newest": "true", "after": cursor(1, ME)}, "after", "Send one of `after`, "),
        ({"before": cursor(3, ME), "after": cursor(1, ME)}, "after", "Send one of `after`, "),
    ],
)
def test_what_is_no_cursor_type_or_limit_is_refused_by_name(
    query: dict[str, str], field: str, told: str, client: httpx.Client, notify: Peer
) -> None:
    answer = client.get(FEED, params=query)
    assert answer.status_code == 400
    (name, (message,)), *_ = answer.json()["errors"].items()
    assert name == field
    assert message.startswith(told)
    assert notify.named("activity") == []


def test_the_feed_is_for_who_is_logged_in(stranger: httpx.Client, notify: Peer) -> None:
    assert stranger.get(FEED).status_code == 401
    assert notify.named("activity") == []
