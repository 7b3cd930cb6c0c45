"""What happened to a person and in their khatmas, to be read on from a cursor."""

from typing import Annotated, Any

import orjson
from fastapi import Query, Response

from contracts.fields import LARGEST_ID
from contracts.notify import methods as notify
from contracts.validation_messages import wrong_fields
from gateway.answers import composed
from gateway.caller import Caller, CallerOf
from gateway.cursors import cursor, position_of
from gateway.dependencies import closed_router
from gateway.forms import ActivityQuery
from gateway.operation import says
from gateway.shapes import ActivityAnswer

router = closed_router("Activity")


@router.get(
    "/api/activity/",
    **says("What happened", notify.ACTIVITY, answers=ActivityAnswer, query=True),
)
async def list_activity(caller: CallerOf, query: Annotated[ActivityQuery, Query()]) -> Response:
    """What is about oneself, and about the khatmas that one is in now, as it was announced.

    Of a khatma that one has left, all that stays is that one left, whoever caused the rest. Oldest
    first, from `after` or else from the oldest that is kept (90 days); `next` goes on, also where
    nothing is new yet. With `newest` or `before` newest first; `previous` goes on to older.
    """
    if len(query.ways) > 1:
        one_way = ["Send one of `after`, `before` and `newest`."]
        raise wrong_fields(dict.fromkeys(query.ways, one_way))
    asked = notify.ListActivity.model_construct(
        after=place(caller, "after", query.after),
        before=LARGEST_ID if query.newest else place(caller, "before", query.before),
        types=query.chosen,
        limit=query.limit,
    )
    found: dict[str, Any] = orjson.loads(await caller.ask(notify.ACTIVITY, asked))
    person = caller.me
    return composed(
        {
            "events": [each["event"] for each in found["events"]],
            "next": cursor(found["next"], person),
            "previous": cursor(found["previous"], person),
            "more": found["more"],
        }
    )


def place(caller: Caller, name: str, written: str | None) -> int | None:
    """Return the position that the caller's cursor stands for; None without one.

    Args:
        caller: Whose it should be.
        name: Under which it came, for the error.
        written: As it came.

    Raises:
        Invalid: It is none, or another person's.
    """
    if written is None:
        return None
    try:
        return position_of(written, caller.me)
    except ValueError as error:
        raise wrong_fields({name: [str(error)]}) from None
