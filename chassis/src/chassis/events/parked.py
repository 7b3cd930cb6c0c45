"""The messages that a service gave up on: `python -m chassis.events.parked list|replay|drop`.

SAKINA_BROKER_URL says which broker and, by its user, which service.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from amqp.exceptions import AMQPError
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings

from chassis.amqp.connection import address, connect
from chassis.amqp.guards import headers_of
from chassis.amqp.queues import back_exchange, parked_queue
from chassis.amqp.refused import REASON
from chassis.events import retry
from chassis.process.settings import DatabaseSettings

MOST = 10_000


class BrokerSettings(BaseSettings):
    """Where the broker is."""

    model_config = DatabaseSettings.model_config

    broker_url: str = Field(pattern=r"^amqps?://", repr=False)


@dataclass(frozen=True)
class Parked:
    """A parked message.

    Attributes:
        id: Of the event, or of the notice of a refused message.
        queue: Where a replay takes it; None for a refused message, whose body was not kept.
        reason: Why it is here.
        since: When it came here, as far as it says.
    """

    id: str
    queue: str | None
    reason: str
    since: str
    message: Any

    @classmethod
    def of(cls, message: Any) -> "Parked":
        """Return what the broker's `message` tells."""
        headers = headers_of(message)
        deaths = headers.get("x-death") or [{}]
        return cls(
            id=str(message.properties.get("message_id", "-")),
            queue=headers.get(retry.QUEUE) or deaths[0].get("queue"),
            reason=str(headers.get(REASON) or f"the broker: {deaths[0].get('reason', 'unknown')}"),
            since=str(headers.get(retry.PARKED_AT, "-")),
            message=message,
        )


class ParkingPlace:
    """The parked messages of one service. What is taken and not settled stays parked.

    Args:
        channel: In confirm mode, with the rights of the service.
        service: Whose messages.
    """

    def __init__(self, channel: Any, service: str) -> None:
        self._channel = channel
        self._service = service
        self._returned = False
        channel.events["basic_return"].add(self._on_return)

    def messages(self) -> Iterator[Parked]:
        """Take the messages, oldest first, ten thousand at most.

        One that is parked again while this goes on is among them.
        """
        for _ in range(MOST):
            message = self._channel.basic_get(parked_queue(self._service))
            if message is None:
                return
            yield Parked.of(message)

    def replay(self, parked: Parked) -> bool:
        """Send `parked` back to its queue as if it had never failed.

        Returns:
            False where it cannot be: its body was not kept, or its queue is no more.
        """
        if parked.queue is None:
            return False
        self._returned = False
        copy = retry.afresh(parked.message)
        self._channel.basic_publish(
            copy, back_exchange(self._service), parked.queue, mandatory=True
        )
        if self._returned:
            return False
        self.drop(parked)
        return True

    def drop(self, parked: Parked) -> None:
        """Forget `parked` for good."""
        self._channel.basic_ack(parked.message.delivery_tag)

    def _on_return(self, *_: Any) -> None:
        self._returned = True


@contextmanager
def parking_place(url: str) -> Iterator[ParkingPlace]:
    """Open the parking place of the service that is the user in `url`."""
    service = unquote(urlsplit(url).username or "")
    connection = connect(url, f"{service} parked", confirm=True)
    try:
        channel = connection.channel()
        channel.auto_decode = False
        yield ParkingPlace(channel, service)
    finally:
        connection.close()


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chassis.events.parked", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="show what is parked, and why")
    for action, does in (("replay", "send back to its handler"), ("drop", "forget for good")):
        some = actions.add_parser(action, help=does)
        which = some.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", nargs="*", default=[], metavar="ID", help="as list shows it")
        which.add_argument("--all", action="store_true", help="whatever is parked")
    wanted = parser.parse_args(arguments)
    try:
        url = BrokerSettings().broker_url  # type: ignore[call-arg]
    except ValidationError:
        sys.stderr.write("Set SAKINA_BROKER_URL to the service's own (amqp://khatma:…@…).\n")
        return 2
    try:
        with parking_place(url) as place:
            return _list(place) if wanted.action == "list" else _settle(place, wanted)
    except (OSError, AMQPError) as error:
        sys.stderr.write(f"The broker at {address(url)} does not answer: {error}\n")
        return 1


def _list(place: ParkingPlace) -> int:
    count = 0
    for parked in place.messages():
        count += 1
        sys.stdout.write(
            f"{parked.id}  {parked.since}  {parked.queue or 'no replay'}  {parked.reason}\n"
        )
    sys.stdout.write(f"{count} parked\n")
    return 0


def _settle(place: ParkingPlace, wanted: argparse.Namespace) -> int:
    done = kept = 0
    seen: set[tuple[str, bytes]] = set()
    for parked in place.messages():
        if not wanted.all and parked.id not in wanted.ids:
            continue
        # One that was replayed just now, and is parked again, stays.
        if (once := (parked.id, bytes(parked.message.body or b""))) in seen:
            continue
        seen.add(once)
        if wanted.action == "drop":
            place.drop(parked)
            done += 1
        elif place.replay(parked):
            done += 1
        else:
            kept += 1
            sys.stdout.write(f"{parked.id} cannot be replayed: {parked.reason}\n")
    words = {"replay": "replayed", "drop": "dropped"}
    sys.stdout.write(f"{done} {words[wanted.action]}\n")
    return 1 if kept or (wanted.ids and not done) else 0


if __name__ == "__main__":
    sys.exit(main())
