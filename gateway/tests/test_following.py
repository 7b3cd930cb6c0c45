"""The law of a stream: of what concerns its reader, each event once, in order, none left out.

Whatever order pages of the past, live messages, losses and delays come in.
"""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contracts.refusals import Unavailable
from gateway.streams import following as module
from gateway.streams import live as live_module
from gateway.streams.following import Following, Placed
from gateway.streams.live import EXCHANGE, Live

ROWS = 3
FROM_NOTIFY = SimpleNamespace(exchange=EXCHANGE)
# record so many events · the hub hears so many more · a page is read at notify · it arrives
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.lists(st.booleans(), min_size=1, max_size=5)),
        st.tuples(st.just("hear"), st.integers(1, 6)),
        st.tuples(st.just("ask"), st.none()),
        st.tuples(st.just("arrive"), st.none()),
    ),
    min_size=10,
    max_size=40,
)


class World:
    """A record, a hub that hears it later, and one stream that reads pages of it later still."""

    def __init__(self, before: list[bool], heard: int, start: int, knows: bool) -> None:
        self.mine = list(before)
        self.heard = min(heard, len(before))
        self.start = min(start, len(before))
        # A stream before the first page of which nobody knew where the hub is hears from there on.
        self.following = Following(self.heard if knows else None)
        self.following.position = self.start
        self.is_known = knows
        self.page: tuple[list[Placed], int, bool] | None = None
        self.said: list[int] = []

    def of(self, after: int, upto: int) -> list[Placed]:
        return [Placed(place, b"") for place in range(after + 1, upto + 1) if self.mine[place - 1]]

    def record(self, mine: list[bool]) -> None:
        self.mine += mine

    def hear(self, count: int) -> None:
        upto = min(len(self.mine), self.heard + count)
        if self.is_known and upto > self.heard and (news := self.of(self.heard, upto)):
            self.say(self.following.heard(news, upto))
        self.heard = upto

    def ask(self, _: None = None) -> None:
        if self.page is None and not self.following.is_live:
            newer = self.of(self.following.position, len(self.mine))
            more = len(newer) > ROWS
            upto = newer[ROWS - 1].position if more else len(self.mine)
            self.page = newer[:ROWS], upto, more
            self.recorded = len(self.mine)

    def arrive(self, _: None = None) -> None:
        if self.page is not None:
            if not self.is_known:
                self.is_known, self.heard = True, self.recorded
                self.following.begin(self.recorded)
            events, upto, more = self.page
            self.page = None
            self.say(self.following.read(events, upto, more=more))

    def say(self, events: list[Placed]) -> None:
        self.said += [each.position for each in events]


@settings(max_examples=300, phases=set(Phase) - {Phase.explain})
@given(
    before=st.lists(st.booleans(), max_size=12),
    heard=st.integers(0, 12),
    start=st.integers(0, 12),
    knows=st.booleans(),
    acts=ACTS,
    waiting=st.integers(0, 4),
)
def test_a_stream_says_each_event_once_in_order(
    before: list[bool], heard: int, start: int, knows: bool, acts: list[Any], waiting: int
) -> None:
    usual, module.MOST_WAITING = module.MOST_WAITING, waiting
    try:
        world = World(before, heard, start, knows)
        for name, value in acts:
            getattr(world, name)(value)
        world.arrive()
        while not world.following.is_live:
            world.ask()
            world.arrive()
            world.hear(len(world.mine))
        world.hear(len(world.mine))
    finally:
        module.MOST_WAITING = usual
    assert world.said == [each.position for each in world.of(world.start, len(world.mine))]


class Heard:
    """The hub, as far as Live tells it anything."""

    def __init__(self) -> None:
        self.position: int | None = 0
        self.told: list[int] = []

    def __len__(self) -> int:
        return 1

    def tell(self, events: Any, recorded: int) -> None:
        self.told += [each.position for each in events]
        self.position = recorded

    def begin_anew(self) -> None:
        raise AssertionError("it is the same record")


class Notify:
    """Answers what was recorded after a place, now and then not."""

    def __init__(self, failures: list[bool], rows: int) -> None:
        self.recorded = 0
        self._failures = iter(failures)
        self._rows = rows

    def part(self, after: int, upto: int) -> bytes:
        events = [
            {"position": place, "event": {"type": "t"}, "audience": []}
            for place in range(after + 1, upto + 1)
        ]
        return json.dumps({"after": after, "recorded": upto, "events": events}).encode()

    async def call(self, _: Any, body: Any) -> bytes:
        answer = self.part(body.after, min(self.recorded, body.after + self._rows))
        await asyncio.sleep(0)
        if next(self._failures, False):
            raise Unavailable("It is away.")
        return answer


# So many events are recorded; their message comes so much later than those after it, or never.
MESSAGES = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 3, None])))


@given(messages=MESSAGES, failures=st.lists(st.booleans()), rows=st.integers(1, 4))
def test_what_is_missed_live_is_told_in_its_order_and_once(
    messages: list[tuple[int, int | None]], failures: list[bool], rows: int
) -> None:
    async def told() -> tuple[list[int], int]:
        notify, hub = Notify(failures, rows), Heard()
        live = Live(notify, hub)  # type: ignore[arg-type]
        late: list[tuple[int, bytes]] = []
        for number, (count, delay) in enumerate(messages):
            after, notify.recorded = notify.recorded, notify.recorded + count
            if delay is not None:
                late.append((number + delay, notify.part(after, notify.recorded)))
            for message in [each for each in late if each[0] <= number]:
                late.remove(message)
                live._told(None, FROM_NOTIFY, None, message[1])
            await asyncio.sleep(0)
        # It says where it is, as it does every few seconds.
        live._told(None, FROM_NOTIFY, None, notify.part(notify.recorded, notify.recorded))
        while live._filling is not None:
            await live._filling
        return hub.told, notify.recorded

    usual, live_module.AGAIN_SECONDS = live_module.AGAIN_SECONDS, 0
    try:
        places, recorded = asyncio.run(told())
    finally:
        live_module.AGAIN_SECONDS = usual
    assert places == list(range(1, recorded + 1))
