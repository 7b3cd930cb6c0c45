"""notify's record of activity, as far as a gateway sees it: past, gaps and what is live."""

import contextlib
import itertools
import json
import threading
import uuid
from collections.abc import Callable, Collection
from typing import Any

import pika

from contracts.refusals import Invalid

PROGRESS = "khatma.progress_noted.v1"


class Record:
    """What was recorded, with its audience: answers for the peer, and tells it live.

    Args:
        url: The broker, as notify.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._channel: Any = None
        self._lock = threading.RLock()
        self._told = 0
        self.events: list[tuple[dict[str, Any], list[int]]] = []
        self.mutes = itertools.repeat(False)
        """Whether each message in turn is lost on its way."""
        self.asked: list[str] = []

    @property
    def recorded(self) -> int:
        return len(self.events)

    def answers(self) -> dict[str, Callable[[dict[str, Any]], Any]]:
        """What notify's peer answers by."""
        return {"activity": self._activity, "activity_recorded": self._recorded_after}

    def add(self, *audience: int, kind: str = PROGRESS, tell: bool = True, **data: Any) -> int:
        """Record one event, and return its place."""
        with self._lock:
            position = len(self.events) + 1
            event = {
                "specversion": "1.0",
                "id": str(uuid.uuid4()),
                "source": "/sakina/khatma",
                "type": kind,
                "subject": "khatma/17",
                "time": "2026-03-01T08:00:00.000000Z",
                "dataschema": f"/schemas/events/{kind}.json",
                "datacontenttype": "application/json",
                "sequence": position,
                "actor": None,
                "traceparent": None,
                "data": {"chapter": 3, "name": "ختمة\u2028رمضان\nline"} | data,
            }
            self.events.append((event, list(audience)))
            if tell:
                self.tell()
            return position

    def tell(self) -> None:
        """Tell live what was not told yet; nothing new is a message too."""
        with self._lock:
            said = self._part(self._told, len(self.events))
            self._told = len(self.events)
            if not next(self.mutes):
                self.publish(json.dumps(said).encode())

    def skip(self) -> None:
        """Count as told what was not: nobody listened then."""
        self._told = len(self.events)

    def publish(self, body: bytes) -> None:
        """Publish any `body` live, as soon as there is a broker."""
        with self._lock:
            self._publish(body)

    def _publish(self, body: bytes) -> None:
        for _ in range(1200):
            with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                if self._channel is None:
                    connection = pika.BlockingConnection(pika.URLParameters(self._url))
                    self._channel = connection.channel()
                self._channel.basic_publish("activity.live", "", body)
                self._channel.connection.process_data_events(0)
                return
            self._channel = None
            threading.Event().wait(0.05)
        raise AssertionError("no broker to tell")

    def is_heard(self) -> bool:
        """Whether anybody hears what is told live now: it is told that there is nothing new."""
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            try:
                said = json.dumps(self._part(self._told, self._told)).encode()
                channel.basic_publish("activity.live", "", said, mandatory=True)
            except pika.exceptions.UnroutableError:
                return False
        return True

    def close(self) -> None:
        if self._channel is not None:
            with contextlib.suppress(pika.exceptions.AMQPError):
                self._channel.connection.close()
            self._channel = None

    def seen_by(self, person: int, types: Collection[str] | None = None) -> list[int]:
        """The places of what a person may see."""
        return [place for place, _ in self._of(person, types)]

    def _of(self, person: int, types: Collection[str] | None) -> list[tuple[int, dict[str, Any]]]:
        return [
            (place, event)
            for place, (event, audience) in enumerate(list(self.events), 1)
            if person in audience and (types is None or event["type"] in types)
        ]

    def _activity(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request["body"]
        self.asked.append("activity")
        with self._lock:
            recorded = len(self.events)
            known = self._of(request["actor"]["id"], asked.get("types"))
        after = asked.get("after")
        if (after or 0) > recorded:
            raise Invalid("The cursor is of a record that is no more.", errors={"after": ["Is."]})
        if after is None:
            found, more = known[-asked["limit"] :], False
        else:
            newer = [pair for pair in known if pair[0] > after]
            found, more = newer[: asked["limit"]], len(newer) > asked["limit"]
        return {
            "events": [{"position": place, "event": event} for place, event in found],
            "next": found[-1][0] if more else recorded,
            "previous": found[0][0] if found else 0,
            "more": more,
            "recorded": recorded,
        }

    def _recorded_after(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append("activity_recorded")
        after, limit = request["body"]["after"], request["body"].get("limit", 500)
        with self._lock:
            after = min(after, len(self.events))
            return self._part(after, min(len(self.events), after + limit))

    def _part(self, after: int, upto: int) -> dict[str, Any]:
        return {
            "after": after,
            "recorded": max(after, upto),
            "events": [
                {"position": place, "audience": audience, "event": event}
                for place, (event, audience) in enumerate(self.events[after:upto], after + 1)
            ],
        }
