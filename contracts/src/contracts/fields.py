"""Field types with one meaning everywhere, and the limits that go with them."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
)
from pydantic import StrictBool as Flag

from contracts.moments import Moment

__all__ = [
    "LARGEST_ID",
    "Day",
    "Duration",
    "Email",
    "Flag",
    "Fullname",
    "FullnameOrNone",
    "Id",
    "Juz",
    "Line",
    "Minutes",
    "Moment",
    "Page",
    "PageSize",
    "Password",
    "Phone",
    "Prose",
    "Timezone",
    "Username",
    "Whole",
    "digits",
]

# Control characters have no place in what people write; a tab or a line break has, in prose.
# Lone surrogates never get here: pydantic refuses a string that is not Unicode text.
_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_DAY = date(2000, 1, 1)
LARGEST_ID = 2**63 - 1
_MOST_DIGITS = 19

Line = Annotated[str, StringConstraints(pattern=_LINE)]
Prose = Annotated[str, StringConstraints(pattern=_PROSE)]


def digits(value: Any) -> Any:
    """Read a string of ASCII digits as the whole number that it writes; leave all else as it is.

    HTML forms send every number so. pydantic alone would read " 1", "1.0" and "1_0" too.
    Raises ValueError for any other string.
    """
    if not isinstance(value, str):
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS):
        raise ValueError("must be a whole number")
    return int(value)


def _whole(value: Any) -> Any:
    # To JSON Schema, and to languages with one kind of number, 25.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else digits(value)


def _visible(text: str) -> str:
    if not text.strip():
        raise ValueError("must hold a visible character")
    return text


def _written_day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("must be a day written YYYY-MM-DD")
    if not isinstance(value, str | date) or isinstance(value, datetime):
        raise ValueError("must be a day written YYYY-MM-DD")
    return value


def _not_ancient(day: date) -> date:
    if day < EARLIEST_DAY:
        raise ValueError("must not be before 2000-01-01")
    return day


def _empty_or_visible(text: str) -> str:
    return _visible(text) if text else text


Visible = AfterValidator(_visible)
# What `Visible` adds to a line, said in JSON Schema too.
VISIBLE_LINE: dict[str, Any] = {
    "pattern": r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]"
    r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
}

Whole = BeforeValidator(_whole)
Id = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Day = Annotated[
    date,
    BeforeValidator(_written_day),
    AfterValidator(_not_ancient),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-03-01"]}),
]
Duration = Annotated[StrictInt, Field(ge=1, le=1440, description="Whole minutes."), Whole]
Minutes = Annotated[int, Field(ge=0)]
Juz = Annotated[
    StrictInt, Field(ge=1, le=30, description="A chapter of a khatma: juz 1 to 30."), Whole
]
Page = Annotated[int, Field(ge=1, le=10_000_000)]
PageSize = Annotated[int, Field(ge=1, le=100)]

# The local part and domain are only shaped here; that the mailbox exists is not checked.
Email = Annotated[
    str,
    StringConstraints(
        min_length=3,
        max_length=254,
        pattern=r"^[^\s@\x00-\x1f\x7f-\x9f\u2028\u2029\u00a0\"(),:;<>\[\]\\]{1,64}"
        r"@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$",
    ),
]
Username = Annotated[
    str, StringConstraints(min_length=3, max_length=30, pattern=r"^[A-Za-z0-9._-]+$")
]
Fullname = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=_LINE),
    Visible,
    Field(json_schema_extra=VISIBLE_LINE),
]
FullnameOrNone = Annotated[
    str,
    StringConstraints(max_length=100, pattern=_LINE),
    AfterValidator(_empty_or_visible),
    Field(json_schema_extra={"pattern": f"^$|{VISIBLE_LINE['pattern']}"}),
]
Phone = Annotated[str, StringConstraints(max_length=20, pattern=r"^[0-9 +()-]*$")]
Password = Annotated[str, StringConstraints(min_length=8, max_length=128, pattern=_LINE)]
Timezone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
    Field(description="An IANA time zone.", examples=["Asia/Riyadh"]),
]
