"""What is personal in a contract: a mark beside a field's type, in `Annotated`.

What is marked `PRIVATE` is for its person alone: no event carries it, and no log. `NAME` is how a
person chose to be called, which those who share something with them may read.
"""

from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, get_args

from pydantic import BaseModel


class Personal(Enum):
    """How personal a field is."""

    NAME = "name"
    PRIVATE = "private"


PersonName = Annotated[str, Personal.NAME]
PrivateText = Annotated[str, Personal.PRIVATE]


def marks(model: type[BaseModel]) -> Iterator[tuple[str, Personal | None]]:
    """Return each field that the model holds, at whatever depth, and how it is marked."""
    for name, field in model.model_fields.items():
        found = [each for each in field.metadata if isinstance(each, Personal)]
        yield name, next(iter(found or _within(field.annotation)), None)
        for part in models(field.annotation):
            yield from marks(part)


def _within(annotation: Any) -> list[Personal]:
    here = [each for each in get_args(annotation) if isinstance(each, Personal)]
    return here or [
        each
        for part in get_args(annotation)
        if not isinstance(part, Personal)
        for each in _within(part)
    ]


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Return the models that a type is made of, such as the one in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)
