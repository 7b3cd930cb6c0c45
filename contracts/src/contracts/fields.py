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

from contracts import emails, phones
from contracts.characters import holds_visible, turns
from contracts.moments import GivenMoment, Moment
from contracts.personal import Personal

__all__ = [
    "LARGEST_ID",
    "Day",
    "Duration",
    "Email",
    "Flag",
    "Fullname",
    "FullnameOrNone",
    "GivenMoment",
    "Id",
    "IsName",
    "IsNameOrNone",
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
    "Trimmed",
    "Username",
    "Whole",
    "digits",
]

# Control characters have no place in what people write; a tab or a line break has, in prose.
# Lone surrogates never get here: pydantic refuses a string that is not Unicode text.
_NO_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_LINE = rf"^[^{_NO_LINE}]*$"
_PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST_DAY = date(2000, 1, 1)
LARGEST_ID = 2**63 - 1
_MOST_DIGITS = 19

Line = Annotated[str, StringConstraints(pattern=_LINE)]
Prose = Annotated[str, StringConstraints(pattern=_PROSE)]


def digits(value: Any) -> Any:
    """Read ASCII digits, maybe after a minus, as a whole number; leave what is no text as it is.

    HTML forms send every number so. pydantic alone would read " 1", "1.0" and "1_0" too.
    A number beyond any bound stays beyond it, so that the bound is what is told.
    Raises ValueError for any other string.
    """
    if not isinstance(value, str):
        return value
    sign, number = ("-", value[1:]) if value.startswith("-") else ("", value)
    is_minus_nothing = sign and not number.strip("0")
    if not (number.isascii() and number.isdigit()) or is_minus_nothing:
        raise ValueError("must be a whole number")
    beyond = "1" + "0" * _MOST_DIGITS
    return int(sign + (number if len(number) <= _MOST_DIGITS else beyond))


def _whole(value: Any) -> Any:
    # To JSON Schema, and to languages with one kind of number, 25.0 is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else digits(value)


def _visible(text: str) -> str:
    if not holds_visible(text):
        raise ValueError("must hold a visible character")
    return text


def _name(text: str) -> str:
    if turns(text):
        raise ValueError(
            "must not hold characters that turn the direction of text (U+202A to U+202E, "
            "U+2066 to U+2069)"
        )
    return _visible(text)


def _name_or_none(text: str) -> str:
    return _name(text) if text else text


def _trimmed(value: Any) -> Any:
    return value.strip(_SPACES) if isinstance(value, str) else value


def _dialled(value: Any) -> Any:
    return phones.dialled(value) if isinstance(value, str) else value


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


def _holding(one: str, among: str) -> dict[str, Any]:
    return {"pattern": f"^[^{among}]*[^{one}{among}][^{among}]*$"}


# What JSON Schema can say of what is seen: not a space, none of the commonest invisible ones.
_UNSEEN = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc"
)
_VISIBLE_LINE = _holding(_UNSEEN, _NO_LINE)

# What others read in a sentence: it is seen, and turns nothing of the sentence round.
IsName = AfterValidator(_name)
NAME_SCHEMA = _holding(_UNSEEN, rf"{_NO_LINE}\u202a-\u202e\u2066-\u2069")
# The same, or nothing.
IsNameOrNone = AfterValidator(_name_or_none)
NAME_OR_NONE_SCHEMA = {"pattern": f"^$|{NAME_SCHEMA['pattern']}"}

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

# Spaces that a keyboard or a copy put around a text; line breaks are not among them.
_SPACES = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
Trimmed = BeforeValidator(_trimmed)

# As it was written; `emails.email_key` says which are one account. That there is such a mailbox
# is not checked. The pattern is what JSON Schema can say of the rules in `emails`.
_ATOM = r"[^\s@.\x00-\x1f\x7f-\xa0\u2028\u2029\x22(),:;<>\[\]\\]+"
_NO_LABEL = r"\s@.\x00-,/:-@\[-`{-\xa0\u2028\u2029"
_LABEL = rf"[^{_NO_LABEL}-]([^{_NO_LABEL}]*[^{_NO_LABEL}-])?"
Email = Annotated[
    str,
    Personal.PRIVATE,
    StringConstraints(min_length=3, max_length=254),
    AfterValidator(emails.checked),
    Trimmed,
    Field(json_schema_extra={"pattern": rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$"}),
]
Username = Annotated[
    str, Personal.NAME, StringConstraints(min_length=3, max_length=30, pattern=r"^[A-Za-z0-9._-]+$")
]
Fullname = Annotated[
    str,
    Personal.NAME,
    StringConstraints(min_length=1, max_length=100, pattern=_LINE),
    IsName,
    Field(json_schema_extra=NAME_SCHEMA),
]
FullnameOrNone = Annotated[
    str,
    Personal.NAME,
    StringConstraints(max_length=100, pattern=_LINE),
    IsNameOrNone,
    Field(json_schema_extra=NAME_OR_NONE_SCHEMA),
]
Phone = Annotated[
    str,
    Personal.PRIVATE,
    StringConstraints(max_length=20, pattern=r"^$|^[ +()-]*[0-9][0-9 +()-]*$"),
    BeforeValidator(_dialled),
    Field(description="Digits of other scripts are kept as ASCII digits."),
]
# Which of these may be chosen is the business of auth.
Password = Annotated[
    str,
    Personal.PRIVATE,
    StringConstraints(min_length=8, max_length=128, pattern=_LINE),
    AfterValidator(_visible),
    Field(json_schema_extra=_VISIBLE_LINE),
]
Timezone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"),
    Field(description="An IANA time zone.", examples=["Asia/Riyadh"]),
]
