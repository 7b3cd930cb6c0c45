"""Live and past agree: by all four ways people see the same, through a broker that dies."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
from four_ways import Bus, Envelope, Ways, followed
from made_up import MadeUp, Reader, until

from sakina_demo import cast
from sakina_demo.api import Api
from sakina_demo.filling import arrive

SECONDS = 120
MIDDLE = 150
"""Events of the demo before the broker dies; it causes several times as many."""


class Demo:
    """`make demo` beside the test. Where it gives up because Sakina is away, it is run again."""

    def __init__(self, url: str) -> None:
        self._environment = {"SAKINA_URL": url, "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        self._begin()

    def _begin(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sakina_demo"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def is_done(self) -> bool:
        if self.process.poll():
            self._begin()
        return self.process.poll() == 0

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def entered(event: Envelope, person: str) -> bool:
    """Return whether a person came into a khatma by an event."""
    data = event["data"]
    kind = event["type"]
    return (kind == "khatma.created.v1" and str(data["creator"]) == person) or (
        kind == "khatma.member_joined.v1" and str(data["member"]) == person
    )


def visible(events: Iterable[Envelope], person: str) -> Iterator[Envelope]:
    """Give what a person may see of all that happened: what is about them, and about a khatma
    from when they came in to when they went.
    """
    within: set[str] = set()
    for event in events:
        about = event["subject"]
        if entered(event, person):
            within.add(about)
        if about == f"person/{person}" or about in within:
            yield event
        if event["type"] == "khatma.member_left.v1" and str(event["data"]["member"]) == person:
            within.discard(about)


def earlier(events: Sequence[Envelope], person: str) -> set[str]:
    """Return ids of what happened in a khatma before the person came in.

    A page that is read after they did may show it, since they may see it by then.
    """
    came = {event["subject"]: event["sequence"] for event in events if entered(event, person)}
    return {
        event["id"]
        for event in events
        if event["subject"] in came and event["sequence"] < came[event["subject"]]
    }


def assert_in_order(events: Iterable[Envelope]) -> None:
    """Assert that what each service says of each subject comes in the order of its numbers."""
    last: dict[tuple[str, str], int] = defaultdict(int)
    for event in events:
        subject = event["source"], event["subject"]
        assert last[subject] < event["sequence"], event
        last[subject] = event["sequence"]


class Comparison:
    """What the four ways said since a moment.

    Args:
        bus: Everything that happened.
        followers: Each with the ways of one person.
    """

    def __init__(self, bus: Bus, followers: Sequence[Ways]) -> None:
        self._bus = bus
        self._followers = followers
        self._begun = 0

    def begin(self) -> None:
        """Begin now, that every way has begun: with the first event that they all show."""
        until(lambda: all(ways.have_begun() for ways in self._followers))
        so_far = len(self._bus.events)
        for ways in self._followers:
            ways.reader.meditate(1)
        subjects = {f"person/{ways.reader.id}" for ways in self._followers}

        def all_came() -> bool:
            return subjects <= {event["subject"] for event in self._bus.events[so_far:]}

        until(all_came, SECONDS)
        self._begun = next(
            number
            for number, event in enumerate(self._bus.events)
            if number >= so_far
            and event["subject"] in subjects
            and event["type"] == "practice.session_logged.v1"
        )

    def expected(self, ways: Ways) -> list[Envelope]:
        """Return what all of the ways of a person are to show, in the order of the broker."""
        return list(visible(self._bus.events[self._begun :], ways.reader.id))

    def shown(self, ways: Ways, name: str) -> list[Envelope]:
        """Return what one way showed of that, in its order."""
        passed = {event["id"] for event in self._bus.events[: self._begun]}
        passed |= earlier(self._bus.events, ways.reader.id)
        shown = [event for event in list(ways.seen[name]) if event["id"] not in passed]
        return _first(shown) if name == "webhook" else shown

    def agrees(self) -> bool:
        """Return whether everybody saw by each way what they are to see, and that is all.

        While something is yet to be told nobody can have seen it, and that is no agreement: who
        left a khatma before it was told would never see it.
        """
        told = {_cause(event) for event in list(self._bus.events)}
        return all(ways.reader.caused <= told for ways in self._followers) and all(
            {event["id"] for event in self.shown(ways, name)}
            == {event["id"] for event in self.expected(ways)}
            for ways in self._followers
            for name in ways.seen
        )

    def difference(self) -> str:
        """Return in words where they do not agree."""
        lines = []
        for ways in self._followers:
            wanted = {event["id"]: event for event in self.expected(ways)}
            for name in ways.seen:
                came = {event["id"]: event for event in self.shown(ways, name)}
                missing = [_brief(wanted[key]) for key in wanted.keys() - came.keys()]
                beyond = [_brief(came[key]) for key in came.keys() - wanted.keys()]
                if missing or beyond:
                    lines.append(f"{ways.reader.id} by {name}: {missing=} {beyond=}")
            lines += ways.failures[-3:]
        return "\n".join(lines)

    def wait(self) -> None:
        """Wait until they agree."""
        try:
            until(self.agrees, SECONDS)
        except AssertionError:
            pytest.fail(self.difference())


def _first(events: Iterable[Envelope]) -> list[Envelope]:
    """Return each event once: what is delivered at least once may come again."""
    first: dict[str, Envelope] = {}
    for event in events:
        first.setdefault(event["id"], event)
    return list(first.values())


def _cause(event: Envelope) -> tuple[str, str, Any]:
    """Return what a reader keeps of the act that an event tells of."""
    data = event["data"]
    return event["type"], event["subject"], data.get("session_id", data.get("chapter"))


def _brief(event: Envelope) -> str:
    return f"{event['type']} {event['subject']} {event['sequence']}"


@pytest.fixture
def bus(system: MadeUp) -> Iterator[Bus]:
    """A consumer of everything, that hears."""
    bus = Bus(system.consumer("add", "everything", "#")[-1])
    first = Reader(system, "musa")

    def hears() -> bool:
        first.meditate(1)
        return bool(bus.events)

    until(hears)
    yield bus
    system.consumer("remove", "everything")
    assert bus.ended(60)


@pytest.fixture
def demo(system: MadeUp) -> Iterator[Callable[[], Demo]]:
    """Begin the demo; what is left of it ends with the test."""
    begun: list[Demo] = []

    def begin() -> Demo:
        begun.append(Demo(system.url))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


def test_by_all_four_ways_people_see_the_same_while_the_broker_dies(
    system: MadeUp, bus: Bus, demo: Callable[[], Demo]
) -> None:
    star = arrive(Api(system.url), cast.STAR)
    layla = Reader(system, "layla", star.email, cast.PASSWORD)
    owner, member, leaver = (Reader(system, name) for name in ("hafsa", "bakr", "zayd"))
    with followed(system, [layla, owner, member, leaver]) as followers:
        compared = Comparison(bus, followers)
        compared.begin()
        khatma = owner.begin_khatma("four ways", is_public=True)
        for reader in (member, leaver):
            reader.act(f"/api/khatmas/{khatma}/join/", status=200)
        compared.wait()

        begun = len(bus.events)
        filling = demo()
        chapters = iter(range(1, 31))
        until(lambda: len(bus.events) >= begun + MIDDLE, SECONDS)
        owner.finish(khatma, next(chapters))
        assert not filling.is_done()
        system.kill_broker()
        for reader in (member, leaver, owner) * 3:
            reader.finish(khatma, next(chapters))
            reader.meditate(3)
        # Who goes sees what happened before; then they see that they went, and no more of it.
        compared.wait()
        leaver.act(f"/api/khatmas/{khatma}/leave/", status=200, method="DELETE")
        # Of all that is announced of a khatma, this alone says nothing of who is in it.
        owner.act(f"/api/khatmas/{khatma}/", {"target_days": 31}, status=200, method="PATCH")
        for reader in (owner, member, leaver):
            reader.meditate(4)
        for reader in (owner, member):
            reader.finish(khatma, next(chapters))
        until(filling.is_done, SECONDS)
        compared.wait()

        # What any of them showed too much would have come before this.
        for ways in followers:
            ways.reader.meditate(5)
        compared.wait()
        assert_in_order(bus.events)
        for ways in followers:
            wanted = compared.expected(ways)
            for name in ways.seen:
                shown = compared.shown(ways, name)
                assert_in_order(shown)
                assert sorted(shown, key=_id) == sorted(wanted, key=_id), name
                if name != "webhook":
                    assert shown == wanted, name

        about = f"khatma/{khatma}"
        assert len([e for e in compared.expected(followers[1]) if e["subject"] == about]) > 12
        left = [e["type"] for e in compared.expected(followers[3]) if e["subject"] == about]
        assert left[-1] == "khatma.member_left.v1"
        assert len(compared.expected(followers[0])) > cast.STAR.sessions


def _id(event: Envelope) -> Any:
    return event["id"]
