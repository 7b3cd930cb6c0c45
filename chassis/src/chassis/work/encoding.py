"""JSON as it travels: encoded once, never twice."""

import re
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import BaseModel

from contracts.moments import written

# A moment of orjson's that ends in any other form. A text may hold the like, and costs time alone.
_OTHER_FORM = re.compile(rb'T[0-9:]{8}(?!\.[0-9]{6}Z")')


class Encoded(bytes):
    """A value that is JSON already, to be passed on as it is."""


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    raise TypeError(f"{type(value).__name__} is not JSON")


def encode(value: Any) -> Encoded:
    """Return `value` (models, dicts, lists, moments, dates, UUIDs) as JSON.

    Moments are written in the one form of `contracts.moments`. orjson has it but for those of a
    whole second or of another zone: only where one of them seems to be there is each moment
    written by our own function, which takes ten times as long.

    Raises:
        TypeError: It holds something that is not JSON, such as a moment without an offset.
    """
    if isinstance(value, Encoded):
        return value
    written_fast = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    if _OTHER_FORM.search(written_fast) is None:
        return Encoded(written_fast)
    return Encoded(orjson.dumps(value, default=_plain, option=orjson.OPT_PASSTHROUGH_DATETIME))
