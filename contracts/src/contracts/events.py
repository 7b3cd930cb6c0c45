"""One type of event, said once: who publishes it, about what, with which data."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import Field

from contracts.models import Answer
from contracts.moments import Instant

EVENTS: dict[str, "EventType"] = {}
"""Every event type by its name on the wire, filled as the contract modules are imported."""

ACTIVITY_EXCHANGE = "sakina.activity"
"""The exchange that every event passes, by which consumers outside hear of it."""


class Envelope(Answer):
    """A CloudEvents 1.0 event in structured JSON, with Sakina's extensions."""

    specversion: str = Field(default="1.0", description="The version of CloudEvents.")
    id: UUID = Field(
        description="UUIDv7; AMQP's `message_id` too. Remember it to apply an event once."
    )
    source: str = Field(examples=["/sakina/khatma"], description="The service that announced it.")
    type: str = Field(
        examples=["khatma.part_completed.v1"],
        description="What kind of thing happened; AMQP's routing key too.",
    )
    subject: str = Field(examples=["khatma/17"], description="What it is about: a word and a key.")
    time: Instant = Field(description="When it happened: RFC 3339 in UTC, microseconds, `Z`.")
    dataschema: str = Field(description="Path of its JSON Schema, below the gateway's address.")
    datacontenttype: str = Field(default="application/json", description="The form of `data`.")
    sequence: int = Field(
        ge=1,
        description="1, 2, 3 … without a gap for each subject of a source: three services count "
        "for `person/9`. Delivery may be out of order: what overwrites ignores a lower number.",
    )
    actor: int | None = Field(
        default=None, description="The id of the person who caused it, or null."
    )
    traceparent: str | None = Field(
        default=None, description="W3C trace context of the request behind it, or null."
    )
    data: dict[str, Any] = Field(
        description="What happened: ids and what a consumer needs to act, never an e-mail or a "
        "phone. Ignore the fields that you do not know."
    )


Data = TypeVar("Data", bound=Answer)


@dataclass(frozen=True, slots=True)
class Event(Generic[Data]):
    """An event as its follower gets it.

    Attributes:
        type: What kind of thing happened.
        id: The same however often it is delivered.
        subject: What it is about: a word and a key, as `khatma/17`.
        time: When it happened, in UTC.
        sequence: Its place among the source's events about the subject: 1, 2, 3 ….
        actor: Whose act caused it.
        data: What happened, by the model of its type.
    """

    type: "EventType"
    id: UUID
    subject: str
    time: datetime
    sequence: int
    actor: int | None
    data: Data

    @property
    def subject_id(self) -> int:
        """The key in the subject: 17 of `khatma/17`. Raises ValueError where it is no number."""
        return int(self.subject.rpartition("/")[2])


@dataclass(frozen=True)
class Announcement:
    """A fact on its way out: what an event says, before it has an id and a sequence."""

    type: "EventType"
    subject: str
    data: Answer
    actor: int | None


@dataclass(frozen=True)
class EventType:
    """A past-tense fact that a service announces.

    Attributes:
        source: The publishing service; the exchange is `<source>.events`.
        name: Past tense, within the source.
        subject: Kind of the subject: user, person, khatma, leaderboard or webhook.
        meaning: What happened, in a sentence for those who read the catalogue.
        data: Model of the data. Within a version, it only grows.
        example: Golden data, as published.
        version: Grows with a breaking change, which is a new type beside the old one.
        others: The field of the data that lists whom else it concerns. Where that is nobody, no
            service is to act on it, and it is on `ACTIVITY_EXCHANGE` alone. Empty: it may concern
            all.
    """

    source: str
    name: str
    subject: str
    meaning: str
    data: type[Answer]
    example: dict[str, Any]
    version: int = 1
    others: str = ""

    def __post_init__(self) -> None:
        EVENTS[self.wire_name] = self

    # Asked for several times with each event.
    @cached_property
    def wire_name(self) -> str:
        """The `type` of the envelope, and the routing key."""
        return f"{self.source}.{self.name}.v{self.version}"

    @property
    def is_broadcast(self) -> bool:
        """Whether it passes the broker; what is about a webhook goes to that one alone."""
        return self.subject != "webhook"

    @cached_property
    def exchange(self) -> str:
        """The exchange by which services follow it."""
        return f"{self.source}.events"

    @cached_property
    def schema_path(self) -> str:
        """The envelope's `dataschema`: a path below the system's address."""
        return f"/schemas/events/{self.wire_name}.json"

    @property
    def fixed(self) -> dict[str, Any]:
        """What the envelope says by the type alone, as JSON Schemas of its fields."""
        return {
            "type": {"const": self.wire_name},
            "source": {"const": f"/sakina/{self.source}"},
            "subject": {"type": "string", "pattern": f"^{self.subject}/.+$"},
        }

    def heard(self, envelope: Envelope) -> Event[Any]:
        """Return the event in `envelope`. Raises ValidationError where its data does not fit."""
        return Event(
            self,
            envelope.id,
            envelope.subject,
            envelope.time,
            envelope.sequence,
            envelope.actor,
            self.data.model_validate(envelope.data),
        )

    def about(self, key: int | str, data: Answer, actor: int | None = None) -> Announcement:
        """Return the announcement of `data` about the person or thing `key`, caused by `actor`."""
        return Announcement(self, f"{self.subject}/{key}", data, actor)
