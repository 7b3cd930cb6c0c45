"""Moments are written in one form, whatever zone and fraction they have."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.events import Envelope
from contracts.moments import FORM, Instant, Moment, written

AWARE = st.datetimes(
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 1, 1),
    timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(AWARE, AWARE)
def test_a_moment_is_written_so_that_it_can_be_compared_as_text(
    one: datetime, other: datetime
) -> None:
    assert re.match(FORM, written(one))
    assert datetime.fromisoformat(written(one)) == one
    assert (written(one) < written(other)) == (one < other)


def test_a_moment_without_an_offset_is_none() -> None:
    with pytest.raises(ValueError, match="offset"):
        written(datetime(2026, 3, 1))


@pytest.mark.parametrize("kind", [Moment, Instant])
def test_models_write_the_same_form(kind: object) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert TypeAdapter(kind).dump_json(noon) == b'"2026-03-01T12:00:00.000000Z"'


OTHER_FORMS = ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.000000+00:00"]


@pytest.mark.parametrize("text", OTHER_FORMS)
def test_an_answer_in_another_form_breaks_its_contract(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_python(text)


@pytest.mark.parametrize("text", OTHER_FORMS)
def test_an_event_is_read_in_any_form(text: str) -> None:
    """Earlier releases wrote others."""
    TypeAdapter(Instant).validate_python(text)
    assert Envelope.model_fields["time"].annotation is datetime
