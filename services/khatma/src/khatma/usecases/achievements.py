"""What a person has earned."""

from typing import Any

from chassis.data.database import Reader
from contracts.models import Nothing
from contracts.rpc import Call
from khatma.domain.achievements import DISPLAY
from khatma.store import achievements as earned

# What a later release gave, before this one was gone back to.
OTHER = "other"


def achievements(reader: Reader, call: Call[Nothing]) -> list[dict[str, Any]]:
    """Answer the asker's achievements, newest first."""
    return [
        {
            "id": row.id,
            "achievement": row.achievement if row.achievement in DISPLAY else OTHER,
            "achievement_display": DISPLAY.get(row.achievement, "Achievement"),
            "earned_at": row.earned_at,
            "khatma": row.khatma_id,
            "khatma_name": row.khatma_name,
        }
        for row in earned.of(reader, call.asker.id)
    ]
