"""What a member intends with a khatma."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.fields import NAME_SCHEMA, Id, IsName, Line
from contracts.models import Answer, Request
from contracts.personal import Personal, PrivateText

# An intention is a line, such as whom one reads for.
MOST_INTENTIONS, LONGEST_INTENTION = 20, 200
Intention = Annotated[
    Line,
    Personal.PRIVATE,
    StringConstraints(min_length=1, max_length=LONGEST_INTENTION),
    IsName,
    Field(json_schema_extra=NAME_SCHEMA),
]


class IntentionsForm(Request):
    """All that one intends with a khatma; what was there before is replaced."""

    intention: Annotated[list[Intention], Field(max_length=MOST_INTENTIONS)]


class SetIntentions(IntentionsForm):
    """One's intentions with a khatma."""

    id: Id


class Intentions(Answer):
    """One's own intentions with a khatma, which nobody else sees."""

    intention: list[PrivateText]
