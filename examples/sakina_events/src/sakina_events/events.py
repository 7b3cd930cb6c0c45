"""One event, as it is announced: a CloudEvent 1.0 in structured JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        id: A UUIDv7. What one remembers to apply an event once.
        type: `khatma.part_completed.v1`.
        subject: What it is about: `khatma/17`, `person/9`.
        sequence: 1, 2, 3 … without a gap for each subject.
        time: When it happened, in UTC.
        actor: The id of the person who caused it, or None.
        data: What its schema says, and fields of later releases.
        envelope: All of it as it came, `source` and `traceparent` among it.
    """

    id: str
    type: str
    subject: str
    sequence: int
    time: datetime
    actor: int | None
    data: Mapping[str, Any]
    envelope: Mapping[str, Any]

    @property
    def subject_id(self) -> str:
        """What comes after the slash of the subject."""
        return self.subject.partition("/")[2]

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Return the event that `body` holds.

        Raises:
            ValueError: It holds none.
        """
        try:
            said = json.loads(body)
            return cls(
                id=said["id"],
                type=said["type"],
                subject=said["subject"],
                sequence=said["sequence"],
                time=datetime.fromisoformat(said["time"]),
                actor=said.get("actor"),
                data=said["data"],
                envelope=said,
            )
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"no event of Sakina: {error!r}") from error
