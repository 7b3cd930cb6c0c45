"""How answers and events are written as JSON."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from uuid import UUID

import pytest

from chassis.work.encoding import Encoded, encode
from contracts.models import Answer
from contracts.moments import Moment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRITTEN = b'"2026-03-01T12:00:00.000000Z"'


class Colour(StrEnum):
    GREEN = "green"


class Shown(Answer):
    at: Moment
    on: date


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=3)), timezone(-timedelta(hours=9))])
def test_moments_are_written_in_one_form_whatever_zone_they_came_in(zone: timezone) -> None:
    assert encode({"at": [NOON.astimezone(zone)]}) == b'{"at":[' + WRITTEN + b"]}"


@pytest.mark.parametrize("microsecond", [0, 1, 500_000, 999_999])
@pytest.mark.parametrize("text", ["", "2026-03-01T12:00:00Z", "12:00", "at 09:15:00+03:00"])
def test_a_fraction_is_always_there_and_texts_stay_as_they_are(microsecond: int, text: str) -> None:
    moment = NOON.replace(microsecond=microsecond)
    expected = f'{{"notes":"{text}","at":"2026-03-01T12:00:00.{microsecond:06}Z"}}'
    assert encode({"notes": text, "at": moment}) == expected.encode()


def test_a_model_and_a_dict_are_written_alike() -> None:
    shown = Shown(at=NOON, on=NOON.date())
    assert encode([shown]) == encode([{"at": NOON, "on": NOON.date()}])
    assert encode(shown) == b'{"at":' + WRITTEN + b',"on":"2026-03-01"}'


def test_other_things_are_written_as_ever() -> None:
    key = UUID("0198c5d2-f3a1-7c51-9d0e-2b6f4a8c1e37")
    assert encode({"id": key, "of": Colour.GREEN}) == f'{{"id":"{key}","of":"green"}}'.encode()


def test_what_is_json_already_is_passed_on() -> None:
    done = Encoded(b'{"x": 1}')
    assert encode(done) is done


@pytest.mark.parametrize(
    "value", [datetime(2026, 3, 1), datetime(2026, 3, 1, 1, 1, 1, 9), object(), {1}]
)
def test_what_is_no_json_is_said_to_be_none(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)
