"""What becomes of a delivery: when it is tried again, and when its webhook is disabled.

The waits are those of Standard Webhooks, whose advice the rest follows, too: what failed ten times
is given up, an endpoint that says 410 or takes nothing any more is left alone, and says so; one
that asks for a longer wait has it, up to the longest of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

RETRIES = (
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""The waits after the first try and each that follows it, before a jitter."""
JITTER = 0.1
"""A wait is longer by up to this part of it: what one outage has cut off comes back spread."""

MOST_WEBHOOKS = 10
"""Of one person."""
MOST_UNDER_WAY = 5
"""Deliveries to one person's webhooks at a time, over all instances."""
MOST_OF_WEBHOOK = 2
"""Of these, to one webhook of somebody who has several."""
KEPT = timedelta(days=30)
"""Deliveries go so long after they were made, whatever became of them."""

GONE = 410
ASK_TO_WAIT = (429, 503)
"""Statuses whose `Retry-After` is heeded."""
INTERIM = frozenset(range(100, 200)) - {101}
"""Statuses of what comes before the answer: all of 1xx but the change to another protocol."""
_SUCCESSES = range(200, 300)
_REDIRECTS = range(300, 400)


class State(StrEnum):
    """Where a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


class Problem(StrEnum):
    """Why a try failed, or was not made: its webhook is for events of other types by now."""

    ADDRESS = "address"
    ANSWER = "answer"
    CLOSED = "closed"
    GONE = "gone"
    REFUSED = "refused"
    RESOLUTION = "resolution"
    REDIRECT = "redirect"
    STATUS = "status"
    TIMEOUT = "timeout"
    TLS = "tls"
    UNWANTED = "unwanted"


@dataclass(frozen=True)
class Outcome:
    """What one try came to.

    Attributes:
        code: The HTTP status that was answered, if one was.
        problem: Why it failed; None where it did not.
        latency: From its first step to its end.
        asked_wait: For how long at least the endpoint asks to be left alone, if it does.
    """

    code: int | None
    problem: Problem | None
    latency: timedelta
    asked_wait: timedelta | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of a delivery after a try.

    Attributes:
        state: From now on.
        wait: Until the next try, of one that waits.
        disables: Why its webhook is disabled now, if it is: `gone`, or `failing` where nothing
            else got through since its first try.
    """

    state: State
    wait: timedelta | None = None
    disables: str | None = None


def problem_of(code: int) -> Problem | None:
    """Return why an answer with the status `code` is a failure; None where it is none."""
    if code in _SUCCESSES:
        return None
    if code == GONE:
        return Problem.GONE
    return Problem.REDIRECT if code in _REDIRECTS else Problem.STATUS


def verdict(outcome: Outcome, tries: int, chance: float, *, is_test: bool = False) -> Verdict:
    """Return what becomes of a delivery.

    Args:
        outcome: Of its last try.
        tries: How many it had, with that one.
        chance: Anything from 0 to below 1, for the jitter.
        is_test: Whether it is no event, but sent so that its owner sees what comes of it: it is
            tried once, and changes nothing of its webhook.
    """
    if outcome.problem is None:
        return Verdict(State.DELIVERED)
    if is_test:
        return Verdict(State.FAILED)
    if outcome.problem is Problem.GONE:
        return Verdict(State.FAILED, disables="gone")
    if tries > len(RETRIES):
        return Verdict(State.FAILED, disables="failing")
    longer = 1 + JITTER * chance
    asked = (outcome.asked_wait or timedelta(0)) * longer
    return Verdict(State.WAITING, max(RETRIES[tries - 1] * longer, min(asked, RETRIES[-1])))


def pattern_of(words: Iterable[str]) -> str | None:
    """Return a regular expression for the types that `words` choose, each followed by a dot.

    `words` are types of events, with or without their version, or patterns as those of a topic
    exchange: `*` stands for one word, `#` for any number of them. It fits what a later release
    announces, too. None, for no words, stands for all.
    """
    patterns = ["".join(_PARTS.get(part) or _exactly(part) for part in w.split(".")) for w in words]
    return f"^({'|'.join(patterns)})(v[0-9]+[.])?$" if patterns else None


_PARTS = {"*": "[^.]+[.]", "#": "([^.]+[.])*"}


def _exactly(part: str) -> str:
    return f"{re.escape(part)}[.]"
