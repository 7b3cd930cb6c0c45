"""Personal data is marked where it is said, and what is private never travels in an event."""

import pytest

from contracts import catalogue
from contracts.events import EVENTS
from contracts.personal import Personal, marks, models
from contracts.rpc import METHODS, Actor

WANTED = {
    **dict.fromkeys(("username", "fullname"), Personal.NAME),
    **dict.fromkeys(
        ("email", "phone", "bio", "notes", "password", "old_password", "new_password", "address"),
        Personal.PRIVATE,
    ),
}
MODELS = {
    Actor,
    *(method.request for method in METHODS.values()),
    *(model for method in METHODS.values() for model in models(method.result._type)),
    *(event.data for event in EVENTS.values()),
}


def test_every_service_is_looked_at() -> None:
    assert {method.service for method in METHODS.values()} == set(catalogue.SERVICES)


@pytest.mark.parametrize("model", sorted(MODELS, key=str), ids=str)
def test_what_is_personal_is_marked(model) -> None:
    found = [(name, mark) for name, mark in marks(model) if name in WANTED]
    assert found == [(name, WANTED[name]) for name, _ in found]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_no_event_carries_what_is_private(event) -> None:
    assert [name for name, mark in marks(event.data) if mark is Personal.PRIVATE] == []
