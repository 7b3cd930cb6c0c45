from datetime import date, timedelta
from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("noon")
TODAY = date(2026, 3, 1)
TYPES = ("mantra", "breathing", "other")
# Around the ends of weeks, months and years.
DAYS = st.one_of(
    st.dates(date(2026, 2, 20), TODAY),
    st.dates(date(2025, 12, 27), date(2026, 1, 5)),
    st.just(date(2000, 1, 1)),
)
FACTS = st.fixed_dictionaries(
    {
        "meditation_type": st.sampled_from(TYPES),
        "duration": st.integers(1, 1440),
        "date": DAYS,
    }
)
PERSON = st.integers(1, 3)
CHANGE = st.fixed_dictionaries(
    {},
    optional={
        "meditation_type": st.sampled_from(TYPES),
        "duration": st.integers(1, 1440),
        "date": DAYS,
        "notes": st.just("changed"),
    },
)
LOG = st.tuples(st.just("log"), PERSON, FACTS)
STEP = st.one_of(
    LOG,
    st.tuples(st.just("change"), st.integers(0, 20), CHANGE),
    st.tuples(st.just("delete"), st.integers(0, 20), st.none()),
    st.tuples(st.just("clear"), PERSON, st.none()),
)
# Much is logged at first, so that there is something to change.
STEPS = st.builds(list.__add__, st.lists(LOG, min_size=3, max_size=12), st.lists(STEP, max_size=12))


class Replay:
    """What there is after some steps, kept in memory."""

    def __init__(self, person):
        self.people = {key: person(key) for key in (1, 2, 3)}
        self.sessions = {}

    def step(self, what, key, facts):
        if what == "log":
            session = self.people[key].log(**facts)
            self.sessions[session["id"]] = {"person": key, **facts}
        elif what == "clear":
            self.people[key].clear()
            self.sessions = {
                session: known for session, known in self.sessions.items() if known["person"] != key
            }
        elif self.sessions:
            session = list(self.sessions)[key % len(self.sessions)]
            owner = self.people[self.sessions[session]["person"]]
            if what == "change":
                owner.change(session, **facts)
                self.sessions[session].update(facts)
            else:
                owner.delete(session)
                del self.sessions[session]

    def of(self, key):
        return [session for session in self.sessions.values() if session["person"] == key]

    def minutes(self, key, since=date(2000, 1, 1), until=TODAY):
        return sum(s["duration"] for s in self.of(key) if since <= s["date"] <= until)

    def runs(self, key):
        days = sorted({session["date"] for session in self.of(key)})
        numbered = groupby(enumerate(days), key=lambda pair: pair[1] - timedelta(days=pair[0]))
        return [[day for _, day in run] for _, run in numbered]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_figures_are_those_that_replaying_all_sessions_gives(person, forget, replayed, steps):
    forget()
    replay = Replay(person)
    for step in steps:
        replay.step(*step)
    replayed()
    for key, meditator in replay.people.items():
        mine = replay.of(key)
        stats = meditator.stats()
        runs = replay.runs(key)
        assert meditator.sessions()["count"] == len(mine) == stats["total_sessions"]
        assert stats["total_minutes"] == replay.minutes(key)
        assert stats["longest_streak"] == max(map(len, runs), default=0)
        assert stats["current_streak"] == next(
            (len(run) for run in runs if run[-1] >= TODAY - timedelta(days=1)), 0
        )
        assert {row["meditation_type"]: row["minutes"] for row in stats["by_type"]} == {
            kind: sum(s["duration"] for s in mine if s["meditation_type"] == kind)
            for kind in {s["meditation_type"] for s in mine}
        }
        assert [day["minutes"] for day in stats["daily"]] == [
            replay.minutes(key, day, day)
            for day in (TODAY - timedelta(days=n) for n in range(29, -1, -1))
        ]
        assert meditator.week() == {
            "today_minutes": replay.minutes(key, TODAY),
            "weekly_minutes": replay.minutes(key, date(2026, 2, 23)),
        }
    for window, since in (
        ("all", date(2000, 1, 1)),
        ("month", TODAY),
        ("week", date(2026, 2, 23)),
        ("day", TODAY),
    ):
        scores = {key: replay.minutes(key, since) for key in replay.people}
        board = replay.people[1].leaderboard(window=window)["results"]
        assert {row["user"]["id"]: row["total_minutes"] for row in board} == {
            key: score for key, score in scores.items() if score
        }
        for row in board:
            more = [score for score in scores.values() if score > row["total_minutes"]]
            assert row["rank"] == 1 + len(more)
