"""JSON as it travels: encoded once, never twice."""

from typing import Any

import orjson
from pydantic import BaseModel


class Encoded(bytes):
    """A value that is JSON already, to be passed on as it is."""


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    raise TypeError(f"{type(value).__name__} is not JSON")


def encode(value: Any) -> Encoded:
    """Return `value` (models, dicts, lists, dates, UUIDs) as JSON.

    Raises:
        TypeError: It holds something that is not JSON.
    """
    return value if isinstance(value, Encoded) else Encoded(orjson.dumps(value, default=_plain))
