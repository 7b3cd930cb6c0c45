"""Moments are written in one form, whatever zone and fraction they have."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.events import Envelope
from contracts.moments import FORM, GIVEN_FORM, GivenMoment, Instant, Moment, written

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


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00.000000Z", NOON),
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01T15:00:00+03:00", NOON),
        ("2026-03-01T02:30:00-09:30", NOON),
        ("2026-03-01T12:00:00-00:00", NOON),
        ("2026-03-01T11:59:60Z", NOON),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-03-01T12:00:00.0000019999Z", NOON + timedelta(microseconds=1)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (NOON, NOON),
    ],
)
def test_a_moment_is_taken_in_any_form_of_rfc_3339(text: object, moment: datetime) -> None:
    read = TypeAdapter(GivenMoment)
    assert read.validate_python(text) == moment
    assert read.dump_json(read.validate_python(text)) == f'"{written(moment)}"'.encode()


@given(AWARE)
def test_whatever_offset_and_fraction_it_is_written_with(moment: datetime) -> None:
    text = moment.isoformat()
    assert re.match(GIVEN_FORM, text)
    assert TypeAdapter(GivenMoment).validate_python(text) == moment


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "now", "2026-03-01", "12:00:00Z", "2026-03-01T12:00:00", "2026-03-01T12:00Z"),
        *("2026-03-01 12:00:00Z", "20260301T120000Z", "2026-W09-7T12:00:00Z"),
        *("2026-03-01T12:00:00+03", "2026-03-01T12:00:00+0300", "2026-03-01T12:00:00 03:00"),
        *("2026-03-01T12:00:00+24:00", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00,5Z"),
        *(
            "2026-13-01T12:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-03-01T24:00:01Z",
            "0000-01-01T00:00:00Z",
        ),
        *("2026-03-01T12:00:00Z\n", " 2026-03-01T12:00:00Z", "٢٠٢٦-03-01T12:00:00Z"),
        *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"),
        *(1, 1772366400, 1.5, True, None, [], {}, datetime(2026, 3, 1)),
    ],
)
def test_what_is_no_moment_of_it_is_refused_and_says_what_is(wrong: object) -> None:
    with pytest.raises(ValidationError, match=r"RFC 3339.*2026-03-01T08:00:00Z"):
        TypeAdapter(GivenMoment).validate_python(wrong)
