"""Each way in which a field can be wrong has a sentence that says what it must be."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from contracts import catalogue  # noqa: F401 - every method is known once it is imported
from contracts.khatma.intentions import IntentionsForm
from contracts.rpc import METHODS
from contracts.validation_messages import field_errors, wrong_fields

LISTS = [
    ({"intention": "text"}, {"intention": ["Must be a list."]}),
    ({"intention": {}}, {"intention": ["Must be a list."]}),
    ({"intention": None}, {"intention": ["Must be a list."]}),
    ({"intention": ["x"] * 21}, {"intention": ["Must hold at most 20 entries."]}),
    ({"intention": ["x", 1]}, {"intention.1": ["Must be text."]}),
]
ODD: list[Any] = [
    None, True, 1, -1, 1.5, 2**70, 1e400, "", "x", "x" * 100_000, "\ud800", "\x00", "2026-02-31",
    [], ["x"] * 200, [None], [[]], {}, {"x": 1}, {"\ud800": 1},
]  # fmt: skip


def told(model: type[BaseModel], said: Any) -> dict[str, list[str]]:
    try:
        model.model_validate(said)
    except ValidationError as error:
        return field_errors(error.errors(include_url=False, include_input=False))
    return {}


def sentences(model: type[BaseModel]) -> Iterator[tuple[str, Any, str]]:
    for name, field in model.model_fields.items():
        for value in ODD:
            for each, messages in told(model, {field.alias or name: value}).items():
                yield from ((each, value, message) for message in messages)
    for value in ODD:
        for each, messages in told(model, value).items():
            yield from ((each, value, message) for message in messages)


@pytest.mark.parametrize(("said", "messages"), LISTS)
def test_a_list_is_told_what_it_must_be(said: Any, messages: dict[str, list[str]]) -> None:
    assert told(IntentionsForm, said) == messages


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_wrong_value_is_told_what_it_must_be(method: Any) -> None:
    for name, value, message in sentences(method.request):
        assert "not valid" not in message, (name, value)
        assert name.encode(), "an answer can hold it"


def test_the_first_wrong_field_is_named_and_the_others_are_counted() -> None:
    errors = {"q": ["Is required."]}
    refusal = wrong_fields(errors)
    assert refusal.detail == "The field q is wrong. Is required."
    assert refusal.errors == errors
    errors |= {"type": ["Must be one of: 'group', 'private'.", "Must be text."]}
    assert wrong_fields(errors).detail == (
        "The field q is wrong. Is required. So is 1 more field: see `errors`."
    )
    errors |= {"page": ["Must be a whole number."]}
    refusal = wrong_fields(errors)
    assert refusal.detail.endswith("Is required. So are 2 more fields: see `errors`.")
    assert refusal.errors == errors


def test_all_that_is_wrong_with_the_first_field_is_said() -> None:
    errors = {"password": ["Must have at least 8 characters.", "Must not be your e-mail."]}
    assert wrong_fields(errors).detail == (
        "The field password is wrong. Must have at least 8 characters. Must not be your e-mail."
    )


def test_a_request_that_is_no_object_is_told_so() -> None:
    detail = wrong_fields(told(IntentionsForm, [1])).detail
    assert detail == "Send a JSON object, with the content type application/json."
