"""The envelope of a paged list."""

from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlencode

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.answers import ok
from gateway.caller import Caller

Row = TypeVar("Row")


class Paged(BaseModel, Generic[Row]):
    """One page of a list, and the addresses of the pages beside it."""

    count: int = Field(ge=0, description="Rows in all pages.")
    next: str | None = Field(description="Address of the next page, or null on the last one.")
    previous: str | None = Field(description="Address of the page before, or null on page one.")
    results: list[Row]


_COUNT, _RESULTS = b'{"count":', b',"results":'


def paged(caller: Caller, answer: bytes, page: int, page_size: int) -> Response:
    """Return `answer`, a service's `{count, results}`, with the addresses of its neighbours."""
    # The rows may be long and the envelope is short: it is opened without parsing the rows.
    head, _, rows = answer.partition(_RESULTS)
    if not head.startswith(_COUNT) or not head[len(_COUNT) :].isdigit():
        document = orjson.loads(answer)
        head = _COUNT + str(document["count"]).encode()
        rows = orjson.dumps(document["results"]) + b"}"
    count = int(head[len(_COUNT) :])
    following = _address(caller, page + 1) if page * page_size < count else None
    previous = _address(caller, page - 1) if page > 1 else None
    links = b',"next":%b,"previous":%b' % (orjson.dumps(following), orjson.dumps(previous))
    return ok(head + links + _RESULTS + rows)


def _address(caller: Caller, page: int) -> str:
    """Made from the setting, never from a header, which anybody may forge."""
    scope = caller.request.scope
    at = f"{caller.parts.settings.address}{scope['path']}"
    if not scope["query_string"]:
        return f"{at}?page={page}"
    said = parse_qsl(scope["query_string"].decode(errors="replace"), keep_blank_values=True)
    query = urlencode([pair for pair in said if pair[0] != "page"] + [("page", str(page))])
    return f"{at}?{query}"
