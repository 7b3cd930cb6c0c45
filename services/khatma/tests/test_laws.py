"""Laws that hold in the database after any commands."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.refusals import Refusal
from khatma.domain.achievements import WINDOW, most_days_within

PEOPLE = 4
commands = st.lists(
    st.tuples(
        st.sampled_from([*["finish", "choose", "undo"] * 3, "join", "leave", "wait", "vanish"]),
        st.integers(1, PEOPLE),
        st.integers(1, 30),
        st.integers(0, 40),
    ),
    min_size=20,
    max_size=60,
)
slowly = settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Replay:
    """What a reader has done, as they said it, and what they deserved on the way."""

    days: dict[int, date] = field(default_factory=dict)
    deserved: set[str] = field(default_factory=set)

    def finish(self, number, day):
        self.days.setdefault(number, day)  # saying it again counts nothing
        days = Counter(self.days.values())
        deserved = {
            "fast_reader": max(days.values()) >= 3,
            "streak_7": longest_of(days) >= 7,
            "streak_30": longest_of(days) >= 30,
            "consistent_reader": most_days_within(days, WINDOW) >= 20,
        }
        self.deserved |= {name for name, is_so in deserved.items() if is_so}


def carry_out(world, steps):
    """Carry out `steps` in one public khatma; return it, its people and what each has finished."""
    people = world.people(PEOPLE + 1)
    khatma = people[0].create(is_public=True, parts_at_once=30)["id"]
    finished = {reader.id: Replay() for reader in people}
    for name, who, named, back in steps:
        reader, day = people[who], world.time.date() - timedelta(days=back)
        number = named
        if name == "undo":  # what they finished last, if they did
            number = next(reversed(finished[reader.id].days), named)
        try:
            if name == "join":
                reader.join(khatma)
            elif name == "leave":
                reader.leave(khatma)
            elif name in ("choose", "undo"):
                reader.log(khatma, number, done=False, day=day)
                finished[reader.id].days.pop(number, None)
            elif name == "finish":
                reader.log(khatma, number, day=day)
                finished[reader.id].finish(number, day)
            elif name == "wait":
                world.sleep(days=back)
            elif number > 25:
                reader.vanish()
                finished[reader.id] = Replay()
        except Refusal as refusal:
            assert refusal.status in {400, 401, 403, 409}  # noqa: PT017
    return khatma, people, finished


@slowly
@given(commands)
def test_counters_are_what_counting_gives(world, steps):
    khatma, people, _ = carry_out(world, steps)
    counted = world.row(
        """
        select (select count(*) from part where khatma_id = :id and done_at is not null) as done,
               (select count(*) from part where khatma_id = :id) as taken,
               (select count(*) from member where khatma_id = :id) as members,
               (select count(*) from reading where khatma_id = :id and is_completed) as finished,
               (select coalesce(sum(chapters), 0) from khatma_day where khatma_id = :id) as days
        """,
        id=khatma,
    )
    readers = world.rows(
        """
        select day, readers, (
            select count(distinct person_id) from reading
            where khatma_id = :id and reading_date = day and is_completed
        ) as counted, (select count(*) from person where deleted_at is not null
            and id = any(:people)) as gone
        from khatma_day where khatma_id = :id
        """,
        id=khatma,
        people=[reader.id for reader in people],
    )
    for day in readers:
        # What they read stays counted of who is gone.
        assert day["counted"] <= day["readers"] <= day["counted"] + PEOPLE * bool(day["gone"])
    kept = world.counters(khatma)
    assert kept == {
        "open_parts": 30 - counted["taken"],
        "done_parts": counted["done"],
        "member_count": counted["members"],
        "completed": counted["done"] == 30,
    }
    assert counted["finished"] <= counted["days"] == counted["done"]
    shown = people[0].khatma_stats(khatma)
    assert shown["total_chapters_read"] == counted["done"]
    assert shown["total_participants"] == counted["members"] == len(people[0].members(khatma))


@slowly
@given(commands)
def test_a_readers_figures_are_those_of_a_replay(world, steps):
    _, people, finished = carry_out(world, steps)
    today = world.time.date()
    for reader in people:
        chapters = finished[reader.id].days
        days = Counter(chapters.values())
        stats, shown = reader.stats(), reader.dashboard()
        assert stats["total_chapters_read"] == len(chapters)
        assert stats["current_streak"] == shown["current_streak"] == streak_of(days, today)
        assert shown["today_chapters"] == days[today]
        monday = today - timedelta(days=today.weekday())
        week = sum(count for day, count in days.items() if day >= monday)
        assert shown["weekly_chapters"] == week
        earned = set(reader.achievements())
        # Earned once, it stays, whatever was taken back.
        assert earned - {"chapter_master", "first_khatma"} == finished[reader.id].deserved
        assert stats["achievements_count"] == len(earned)
        memberships = len(reader.khatmas())
        assert stats["total_khatmas"] >= memberships


def streak_of(days: Counter[date], today: date) -> int:
    end = today if days[today] else today - timedelta(days=1)
    length = 0
    while days[end - timedelta(days=length)]:
        length += 1
    return length


def longest_of(days: Counter[date]) -> int:
    return max((streak_of(days, day) for day in days), default=0)


@slowly
@given(st.permutations(range(30)), st.lists(st.integers(0, 45), min_size=30, max_size=30))
def test_streaks_are_those_of_a_replay_in_any_order_of_backdating(world, numbers, offsets):
    layla = world.person()
    khatma, start = layla.create()["id"], world.time.date()
    world.sleep(days=45)
    days: Counter[date] = Counter()
    for nth, (number, offset) in enumerate(zip(numbers, offsets, strict=True)):
        day = start + timedelta(days=offset)
        layla.log(khatma, number + 1, day=day)
        days[day] += 1
        if nth % 5 == 4:
            assert layla.stats()["current_streak"] == streak_of(days, world.time.date())
    assert ("streak_7" in layla.achievements()) == (longest_of(days) >= 7)
    assert ("consistent_reader" in layla.achievements()) == (most_days_within(days, WINDOW) >= 20)
    world.time -= timedelta(days=45)
