"""A log as the checker reads it: every act, every answer, every event by the way that it came.

Kinds of lines, besides `at` and `kind`:

- `bounds`: `answer_seconds`, `event_seconds`, `told_seconds`: after which something is late.
- `asked`: the first request of an act: its idempotency `key`, `who` asked, the `act`: a `session`,
  or a `chapter` of a `khatma` that is to be told to a `reader`.
- `answered`: a try of it: `key`, `status`, `seconds`, and whether it said when to `retry`.
- `unanswered`: a try without an answer: `key`, `seconds`, and whether who asked `hung_up`.
- `event`: an envelope that came `by` a way to `who` (nobody for the bus): `id`, `type`, `source`,
  `subject`, `sequence`, `data`.
- `fault`: something was broken (`name`, `on`) from `begun` until `at`, when all answered again.
- `row`: at the end, a session that is there: `who`, its `id`, and the `key` that its notes hold.
- `total`: at the end, how many `chapters` have been read by `who`.
- `told`: at the end, a notification that `who` has of a `chapter` of a `khatma`.
- `left`: at the end, how much of something (`what`) is left, and how much was `expected`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sakina_chaos.record import Line

BUS = "bus"
LOGGED = "practice.session_logged.v1"
FINISHED = "khatma.part_completed.v1"
CALM_SECONDS = 15.0
"""So long after a fault what it caused is still on its way."""


@dataclass
class Act:
    """Something that somebody does once, however often they have to ask.

    Attributes:
        done: When it was answered 2xx; None where it never was.
    """

    key: str
    who: int
    what: str
    khatma: int = 0
    chapter: int = 0
    reader: int = 0
    done: float | None = None


Way = tuple[str, int]
"""How events come, and to whom."""
Subject = tuple[str, str]
"""Who says it, and about what."""


@dataclass
class Story:
    """What a log holds."""

    acts: dict[str, Act] = field(default_factory=dict)
    tries: list[Line] = field(default_factory=list)
    events: dict[Way, list[Line]] = field(default_factory=lambda: defaultdict(list))
    faults: list[Line] = field(default_factory=list)
    rows: list[Line] = field(default_factory=list)
    totals: list[Line] = field(default_factory=list)
    told: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    bounds: dict[str, float] = field(default_factory=dict)

    @property
    def bus(self) -> list[Line]:
        """What the broker's stream held, each time that it came."""
        return self.events[BUS, 0]

    def calm_from(self, moment: float) -> float:
        """Return from when on nothing was broken any more, at `moment` or after it."""
        for fault in self.faults:
            if fault["begun"] <= moment < fault["at"]:
                moment = fault["at"]
        return moment

    def waited(self, since: float, until: float) -> float:
        """Return for how many seconds something was waited for, but for those of long outages.

        A short fault counts once it is over: nothing may be late for a row of them.
        """
        begun = self.calm_from(since)
        outages = (
            min(until, fault["at"]) - max(begun, fault["begun"])
            for fault in self.faults
            if fault["at"] - fault["begun"] > CALM_SECONDS
        )
        left_out: float = sum(max(0.0, each) for each in outages)
        return until - begun - left_out

    def is_near_a_fault(self, moment: float) -> bool:
        """Return whether something was broken then, or just before."""
        return any(fault["begun"] <= moment <= fault["at"] + CALM_SECONDS for fault in self.faults)


def told(lines: Iterable[Line]) -> Story:
    """Return the story of a log."""
    story = Story()
    lists = {"row": story.rows, "total": story.totals, "told": story.told, "left": story.left}
    for line in lines:
        kind = line["kind"]
        if kind == "asked":
            named = ("khatma", "chapter", "reader")
            rest: dict[str, Any] = {name: line[name] for name in named if name in line}
            story.acts[line["key"]] = Act(line["key"], line["who"], line["act"], **rest)
        elif kind in ("answered", "unanswered"):
            story.tries.append(line)
            if kind == "answered" and 200 <= line["status"] < 300:
                story.acts[line["key"]].done = line["at"]
        elif kind == "event":
            story.events[line["by"], line["who"]].append(line)
        elif kind == "fault":
            story.faults.append(line)
        elif kind == "bounds":
            story.bounds = line
        elif kind in lists:
            lists[kind].append(line)
    story.faults.sort(key=lambda fault: fault["begun"])
    return story


def first_of_each(events: Iterable[Line]) -> list[Line]:
    """Return each event once, as it came first."""
    first: dict[str, Line] = {}
    for event in events:
        first.setdefault(event["id"], event)
    return list(first.values())
