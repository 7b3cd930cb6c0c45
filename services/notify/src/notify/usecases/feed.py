"""Reading what happened: what a person may see, and all of it, for gateways."""

from typing import Any

import orjson

from chassis.data.database import Reader
from contracts.notify.methods import ListActivity, ListRecorded
from contracts.refusals import Invalid, Unauthenticated
from contracts.rpc import Call
from notify.store import activity
from notify.store.activity import Page, Placed


def page(reader: Reader, call: Call[ListActivity]) -> dict[str, Any]:
    """Answer what the asker may see now, beyond a position.

    Raises:
        Invalid: The position is none that was given yet.
        Unauthenticated: The asker's account was deleted.
    """
    asked = call.body
    found = activity.page(
        reader,
        call.asker.id,
        after=asked.after,
        before=asked.before,
        types=asked.types,
        limit=asked.limit,
    )
    if found.gone:
        raise Unauthenticated("This account was deleted. Register to start anew.")
    if (asked.after or 0) > found.recorded:
        raise Invalid(
            "The cursor is of a record that is no more. Leave it out to begin anew.",
            errors={"after": ["Is of a record that is no more. Leave it out to begin anew."]},
        )
    events = found.found[: asked.limit]
    reached = _reached(found, events)
    if asked.before is None:
        newer, older = found.recorded if reached is None else reached, (asked.after or 0) + 1
    else:
        newer, older = min(max(asked.before - 1, 0), found.recorded), reached or 0
    return {
        "events": [{"position": each.position, "event": _fragment(each)} for each in events],
        "next": newer,
        "previous": older,
        "more": reached is not None,
        "recorded": found.recorded,
    }


def recorded(reader: Reader, call: Call[ListRecorded]) -> dict[str, Any]:
    """Answer what was recorded after a position, whosever it is, and who may see each now."""
    after, limit = call.body.after, call.body.limit
    last, found = activity.recorded(reader, after=after, limit=limit)
    return {
        "after": min(after, last),
        "recorded": found[-1].position if len(found) == limit else last,
        "events": [
            {"position": each.position, "audience": each.audience, "event": _fragment(each)}
            for each in found
        ],
    }


def _reached(found: Page, events: list[Placed]) -> int | None:
    """Return the last position that was seen, where there may be more beyond it; else None."""
    return events[-1].position if len(found.found) > len(events) else found.edge


def _fragment(placed: Any) -> orjson.Fragment:
    return orjson.Fragment(placed.event)
