"""Consumers outside: users of the broker, each with a stream and a queue made for it.

A consumer declares nothing, binds nothing and publishes nothing: what it reads is made here, with
bounds that it cannot change (decision 0035). This module knows rabbitmqctl and no library, so the
local system and a host of containers use it alike.
"""

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sakina_stack import event_topics
from sakina_stack.consumer_definitions import (
    EVERYTHING,
    EXCHANGE,
    MOST_WAITING,
    TAG,
    definitions,
    queue_of,
    user,
)
from sakina_stack.problems import Problem

_TAKEN = {"live", "guest", "admin"}
"""`activity.live` is an exchange, and what may be read is said by names alone; RabbitMQ lets a
`guest` in from its own host alone."""
_WRITE_DOWN = "(catch mnesia:sync_log()), [(catch dets:sync(T)) || T <- dets:all()], ok."
"""RabbitMQ writes its definitions to the disk some seconds after it has taken them, and so it does
with which quorum queues it has: one that it forgets is there after a crash, but takes nothing, and
who publishes to it waits for ever (seen in RabbitMQ 3.10)."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Control(Protocol):
    """Runs rabbitmqctl with arguments, `said` on its input, and returns what it answers."""

    def __call__(self, *arguments: str, said: str = "") -> str:
        """Raise Problem where it fails."""


@dataclass(frozen=True)
class Consumer:
    """What a list says of a consumer.

    Attributes:
        name: Of its user.
        topics: What it hears of.
        waiting: How many events are in its queue for sharing work.
        workers: How many read that queue.
    """

    name: str
    topics: tuple[str, ...]
    waiting: int
    workers: int


@dataclass(frozen=True)
class Consumers:
    """The consumers of one virtual host.

    Args:
        control: Runs rabbitmqctl where the broker is.
        vhost: The virtual host.
    """

    control: Control
    vhost: str = "sakina"

    def add(self, name: str, topics: Sequence[str], most_waiting: int = MOST_WAITING) -> str:
        """Let a consumer in, and return its password, which nobody keeps.

        Args:
            name: Small letters, digits and hyphens.
            topics: Patterns over event types, as a topic exchange takes them: `khatma.#`.
            most_waiting: How many events its queue holds; after that the oldest go.

        Raises:
            Problem: The name is no name or is taken, or a topic meets no event that there is.
        """
        _refuse_names(name)
        event_topics.refuse_unknown(topics)
        if name in self._users():
            raise Problem(
                f"There is a user {name} already: take another name; a consumer of that name "
                "gets a new password by rotate, and other topics by remove and add."
            )
        password = secrets.token_urlsafe(24)
        heard = ["#"] if "#" in topics else sorted(set(topics))
        wanted = definitions(name, heard, password, self.vhost, most_waiting)
        try:
            self.control("import_definitions", said=json.dumps(wanted))
            # What the broker knows by heart alone, its death takes with it: the binding, and with
            # it every event, and nobody would notice.
            self.control("eval", _WRITE_DOWN)
        except Problem:
            self._take_away(name)
            raise
        return password

    def listed(self) -> list[Consumer]:
        """Return every consumer, by name."""
        topics: dict[str, list[str]] = {}
        columns = ("source_name", "destination_name", "routing_key")
        for row in self._rows("list_bindings", *columns):
            if row["source_name"] == EXCHANGE:
                topics.setdefault(row["destination_name"], []).append(row["routing_key"])
        queues = {row["name"]: row for row in self._rows("list_queues", *_STATE)}
        found = []
        for name in sorted(self._consumers()):
            queue = queues.get(queue_of(name), {})
            heard = tuple(sorted(topics.get(queue_of(name), ())))
            state = (int(queue.get(column) or 0) for column in _STATE[1:])
            found.append(Consumer(name, heard, *state))
        return found

    def rotate(self, name: str) -> str:
        """Return a new password of a consumer; whoever is connected by the old one is cut off.

        Raises:
            Problem: There is no such consumer.
        """
        self._must_be_there(name)
        password = secrets.token_urlsafe(24)
        hashed = {"users": [user(name, password)]}
        self.control("import_definitions", said=json.dumps(hashed))
        self.control("close_all_user_connections", name, "its password was changed")
        return password

    def remove(self, name: str) -> None:
        """Take a consumer away: its user, its connections, its stream and its queue.

        Raises:
            Problem: There is no such consumer.
        """
        self._must_be_there(name)
        self._take_away(name)

    def _take_away(self, name: str) -> None:
        queues = {row["name"] for row in self._rows("list_queues", "name")}
        for queue in sorted({queue_of(name), f"{EVERYTHING}.{name}"} & queues):
            self.control("delete_queue", queue, "--vhost", self.vhost)
        if name in self._users():
            self.control("delete_user", name)

    def _must_be_there(self, name: str) -> None:
        known = self._consumers()
        if name not in known:
            there = f"there are {', '.join(sorted(known))}" if known else "there is none yet"
            raise Problem(f"There is no consumer {name!r}: {there}.")

    def _consumers(self) -> set[str]:
        return {name for name, tags in self._users().items() if TAG in tags}

    def _users(self) -> dict[str, list[str]]:
        said = self.control("list_users", "--formatter", "json")
        return {row["user"]: row["tags"] for row in json.loads(said)}

    def _rows(self, command: str, *columns: str) -> list[dict[str, Any]]:
        said = self.control(command, "--vhost", self.vhost, "--formatter", "json", *columns)
        rows: list[dict[str, Any]] = json.loads(said)
        return rows


_STATE = ("name", "messages", "consumers")


def _refuse_names(name: str) -> None:
    if name in _TAKEN:
        raise Problem(f"{name!r} is a name of Sakina's own: take another one.")
    if not _NAME.fullmatch(name):
        raise Problem(
            f"{name!r} is no name for a consumer: take up to 40 small letters, digits and "
            "hyphens, a letter first, for example NAME=analytics."
        )


ACTIONS = ("add", "list", "rotate", "remove")


def act(
    consumers: Consumers,
    action: str,
    name: str,
    topics: Sequence[str],
    url: Callable[[str, str], str],
) -> str:
    """Do one of `ACTIONS`, and return what to tell the person who asked.

    Args:
        consumers: Whose consumers.
        action: What to do.
        name: The consumer's; a list needs none.
        topics: What a consumer that is added hears of.
        url: Makes the connection URL of a name and a password. It is the last line of an answer,
            alone, and is told once.

    Raises:
        Problem: As the method of that name does.
    """
    if action == "list":
        return _table(consumers.listed())
    if action == "remove":
        consumers.remove(name)
        return f"removed {name}, its stream and its queue"
    if action == "rotate":
        password = consumers.rotate(name)
        first = f"{name} has a new password; whoever was connected by the old one is not any more"
    else:
        password = consumers.add(name, topics)
        first = f"{name} is let in"
    return f"{first}. Keep this URL, it is not shown again:\n{url(name, password)}"


def _table(found: Sequence[Consumer]) -> str:
    if not found:
        return "There is no consumer yet."
    head = ("consumer", "in its queue", "workers", "topics")
    rows = [head, *((c.name, str(c.waiting), str(c.workers), " ".join(c.topics)) for c in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
