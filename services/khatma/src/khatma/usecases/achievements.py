"""What a person has earned."""

from collections.abc import Iterable
from typing import Any

from chassis.data.database import Reader
from contracts.khatma.figures import OnePerson
from contracts.models import Nothing
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma.domain.achievements import DISPLAY
from khatma.store import achievements as earned
from khatma.usecases.answers import Row
from khatma.usecases.refusals import NOBODY

# What a later release gave, before this one was gone back to.
OTHER = "other"


def achievements(reader: Reader, call: Call[Nothing]) -> list[dict[str, Any]]:
    """Answer the asker's achievements, newest first."""
    return _shown(earned.of(reader, call.asker.id))


def achievements_of(reader: Reader, call: Call[OnePerson]) -> list[dict[str, Any]]:
    """Answer a person's achievements, newest first.

    Raises:
        NotFound: They do not show them to the asker, or there is nobody with this id.
    """
    if call.body.id == call.asker.id:
        return _shown(earned.of(reader, call.asker.id))
    rows = earned.of_other(reader, call.body.id, call.asker.id)
    if rows is None:
        raise NotFound(NOBODY)
    return _shown(rows)


def _shown(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "achievement": row.achievement if row.achievement in DISPLAY else OTHER,
            "achievement_display": DISPLAY.get(row.achievement, "Achievement"),
            "earned_at": row.earned_at,
            "khatma": row.khatma_id,
            "khatma_name": row.khatma_name,
        }
        for row in rows
    ]
