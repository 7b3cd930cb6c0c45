"""Moments as they are written, in one form everywhere: UTC, microseconds always, `Z`.

RFC 3339 leaves the offset and the fraction open. One form of one length compares and sorts as text.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

FORM = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
_FORM = re.compile(FORM)
GIVEN_FORM = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
_GIVEN_FORM = re.compile(GIVEN_FORM)


def written(moment: datetime) -> str:
    """Return the aware `moment` as text, such as 2026-03-01T08:00:00.000000Z.

    Raises ValueError for a naive one, of which nobody can tell when it was.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _in_the_form(value: Any) -> Any:
    if isinstance(value, str) and not _FORM.match(value):
        raise ValueError("must be a moment in UTC with microseconds and Z")
    return value


def _read(text: str) -> datetime:
    # To us, as to hosts' clocks, a leap second is the first of the next minute (RFC 3339, 5.8).
    if text[17:19] == "60":
        return _read(f"{text[:17]}59{text[19:]}") + timedelta(seconds=1)
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def _given(value: Any) -> datetime:
    try:
        # A number would be read as seconds of whoever counts them.
        if isinstance(value, str) and _GIVEN_FORM.fullmatch(value):
            return _read(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a moment of RFC 3339 with its offset, such as 2026-03-01T08:00:00Z")


_WRITTEN = PlainSerializer(written, return_type=str, when_used="json")
Instant = Annotated[datetime, _WRITTEN, WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment in an event. Read in any form of RFC 3339: earlier releases wrote others."""
Moment = Annotated[
    datetime,
    BeforeValidator(_in_the_form),
    _WRITTEN,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": FORM,
            "examples": ["2026-03-01T08:00:00.000000Z"],
        }
    ),
    Field(description="In UTC, with microseconds."),
]
"""A moment in an answer. Whoever checks an answer against its contract checks the form too."""
GivenMoment = Annotated[
    datetime,
    BeforeValidator(_given),
    _WRITTEN,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": GIVEN_FORM,
            "examples": ["2026-03-01T08:00:00Z", "2026-03-01T11:00:00.5+03:00"],
        }
    ),
    Field(description="Of RFC 3339, with its offset; what is below a microsecond is cut off."),
]
"""A moment in a request: any form of RFC 3339, from year 1 to 9999 in UTC, but for a leap second,
of which no clock here knows. Passed on in UTC, in the one form."""
