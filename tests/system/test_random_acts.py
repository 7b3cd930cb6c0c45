"""Fifteen hundred random acts of five people at once; then every figure against every list."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from people import Person, ok, unique, until

NewPerson = Callable[..., Person]
SEED, ACTS = 7_2026, 1500
DAY = timedelta(days=1)
TYPES = ("mindfulness", "mantra", "breathing", "gratitude")
SESSIONS = "/api/meditations/sessions/"
# What may be refused by the rules; anything else that is not 2xx is a fault.
REFUSED = {400, 403, 404, 409, 412}


class Acts:
    """What one person does, one thing after another; nothing is kept of what came of it.

    Args:
        person: Who acts.
        people: All of them, whom one may invite.
        khatmas: Ids of those that anyone made, to which each adds.
        seed: What they do is chosen by; when the others make khatmas is not.
    """

    def __init__(self, person: Person, people: list[Person], khatmas: list[int], seed: int) -> None:
        self.person = person
        self.people = people
        self.random = Random(seed)
        self.sessions: list[int] = []
        self.khatmas = khatmas
        self.today = datetime.now(UTC).date()
        self.answered: Counter[int] = Counter()
        often = [self.meditate] * 6 + [self.change] * 4 + [self.delete] * 3 + [self.join] * 4
        often += [self.read] * 14 + [self.repeat] * 2 + [self.mark] * 2
        self.choices = [*often, self.create, self.invite, self.leave, self.rename, self.drop]

    def one(self) -> None:
        act = self.random.choice(self.choices)
        if self.random.random() < 0.003:
            act = self.clear
        answer = act(self.person)
        if answer is not None:
            self.answered[answer.status_code] += 1
            assert answer.status_code < 300 or answer.status_code in REFUSED, answer.text

    def meditate(self, person: Person, **headers: str) -> Any:
        body = {
            "meditation_type": self.random.choice(TYPES),
            "duration": self.random.randint(1, 120),
            "date": str(self.day(400)),
        }
        answer = person.post(SESSIONS, body, headers=headers)
        if answer.status_code == 201 and answer.json()["id"] not in self.sessions:
            self.sessions.append(answer.json()["id"])
        return answer

    def repeat(self, person: Person) -> Any:
        """Send a request twice with one key."""
        key, state = unique("act"), self.random.getstate()
        first = self.meditate(person, **{"Idempotency-Key": key})
        self.random.setstate(state)
        again = self.meditate(person, **{"Idempotency-Key": key})
        assert (again.status_code, again.json()) == (first.status_code, first.json())
        return again

    def change(self, person: Person) -> Any:
        if not self.sessions:
            return None
        whole = {
            "meditation_type": self.random.choice(TYPES),
            "duration": self.random.randint(1, 120),
            "notes": "سكينة",
            "date": str(self.day(400)),
        }
        named = self.random.sample(sorted(whole), self.random.randint(1, 4))
        path = f"{SESSIONS}{self.random.choice(self.sessions)}/"
        return person.patch(path, {name: whole[name] for name in named})

    def delete(self, person: Person) -> Any:
        if not self.sessions:
            return None
        chosen = self.random.randrange(len(self.sessions))
        return person.delete(f"{SESSIONS}{self.sessions.pop(chosen)}/")

    def clear(self, person: Person) -> Any:
        self.sessions.clear()
        return person.delete(SESSIONS)

    def create(self, person: Person) -> Any:
        kind = self.random.choice(("group", "group", "group", "private"))
        public = kind == "group" and self.random.random() < 0.7
        khatma = person.new_khatma(name=unique("k"), khatma_type=kind, is_public=public)
        self.khatmas.append(khatma["id"])

    def khatma(self) -> int:
        # The latest ones, so that some are read to their end.
        return self.random.choice(self.khatmas[-6:] or [1])

    def join(self, person: Person) -> Any:
        return person.post(f"/api/khatmas/{self.khatma()}/join/")

    def leave(self, person: Person) -> Any:
        return person.delete(f"/api/khatmas/{self.khatma()}/leave/")

    def invite(self, person: Person) -> Any:
        other = self.random.choice(self.people)
        return person.post(f"/api/khatmas/{self.khatma()}/invite/", {"email": other.email})

    def rename(self, person: Person) -> Any:
        return person.patch(f"/api/khatmas/{self.khatma()}/", {"name": unique("n")})

    def drop(self, person: Person) -> Any:
        """Delete a khatma, now and then, that is not completed: completed ones stay counted."""
        number = self.khatma()
        seen = person.get(f"/api/khatmas/{number}/")
        if self.random.random() < 0.7 or seen.status_code != 200:
            return None
        if seen.json()["status"] == "completed":
            return None
        # As it was seen: another may complete it meanwhile.
        as_seen = {"If-Match": seen.headers["ETag"]}
        return person.delete(f"/api/khatmas/{number}/", headers=as_seen)

    def read(self, person: Person) -> Any:
        body = {
            "chapter_assigned": self.random.randint(1, 30),
            "is_completed": self.random.random() < 0.85,
        }
        return person.post(f"/api/khatmas/{self.khatma()}/sessions/", body)

    def mark(self, person: Person) -> Any:
        if self.random.random() < 0.1:
            return person.patch("/api/notifications/mark-all-read/")
        unread = ok(person.get("/api/notifications/", unread="true", page_size=1))["results"]
        if not unread:
            return None
        return person.patch(f"/api/notifications/{unread[0]['id']}/read/")

    def day(self, back: int) -> date:
        return self.today - self.random.randint(0, back) * DAY


@pytest.fixture(scope="module")
def people(newcomer: NewPerson) -> list[Person]:
    everybody = [newcomer(f"Person {n}") for n in range(5)]
    khatmas: list[int] = []
    all_acts = [Acts(each, everybody, khatmas, SEED + n) for n, each in enumerate(everybody)]

    def live(acts: Acts) -> Counter[int]:
        for _ in range(ACTS // len(everybody)):
            acts.one()
        return acts.answered

    # Each one's acts in their order, and all five people at once.
    with ThreadPoolExecutor(len(everybody)) as pool:
        answered = sum(pool.map(live, all_acts), Counter[int]())
    assert answered[200] > 100, answered
    assert answered[201] > 300, answered
    return everybody


def paged(person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    """Return what a list holds on all its pages, which are as many as it counts."""
    found: list[dict[str, Any]] = []
    page = ok(person.get(path, page_size=100, **params))
    count = page["count"]
    found += page["results"]
    while page["next"]:
        page = ok(person.send("GET", page["next"]))
        found += page["results"]
    assert len(found) == len({each["id"] for each in found}) == count
    return found


def onward(person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    """Return what a list of 200 at a time holds."""
    found: list[dict[str, Any]] = []
    while page := ok(person.get(path, **params)):
        found += page
        params["after"] = page[-1]["id"]
    return found


def minutes(sessions: Iterable[dict[str, Any]]) -> int:
    return sum(session["duration"] for session in sessions)


def runs(days: Iterable[date]) -> list[list[date]]:
    found: list[list[date]] = []
    for day in sorted(set(days)):
        if found and found[-1][-1] == day - DAY:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def current(days: Iterable[date], today: date) -> int:
    return next((len(run) for run in runs(days) if run[-1] >= today - DAY), 0)


def between(
    sessions: list[dict[str, Any]], first: str | None, last: str | None
) -> Iterator[dict[str, Any]]:
    return (s for s in sessions if (first or "") <= s["date"] <= (last or "9999"))


def test_figures_of_meditation_are_those_of_the_list(people: list[Person]) -> None:
    for person in people:
        sessions = paged(person, SESSIONS)
        stats = ok(person.get("/api/meditations/stats/"))
        days = [date.fromisoformat(session["date"]) for session in sessions]
        today = date.fromisoformat(stats["daily"][-1]["date"])
        assert (stats["total_sessions"], stats["total_minutes"]) == (
            len(sessions),
            minutes(sessions),
        )
        assert stats["average_duration"] == round(minutes(sessions) / (len(sessions) or 1), 1)
        assert stats["longest_streak"] == max(map(len, runs(days)), default=0)
        assert stats["current_streak"] == current(days, today)
        kinds = Counter(session["meditation_type"] for session in sessions)
        assert {row["meditation_type"]: row["sessions"] for row in stats["by_type"]} == kinds
        for row in stats["by_type"]:
            of_type = paged(person, SESSIONS, meditation_type=row["meditation_type"])
            assert (len(of_type), minutes(of_type)) == (row["sessions"], row["minutes"])
        for row in stats["daily"]:
            that_day = list(between(sessions, row["date"], row["date"]))
            assert (row["sessions"], row["minutes"]) == (len(that_day), minutes(that_day))
        since = str(today - 30 * DAY)
        recent = paged(person, SESSIONS, **{"from": since, "to": str(today)})
        assert minutes(recent) == minutes(between(sessions, since, str(today)))
        dashboard = ok(person.get("/api/dashboard/"))
        monday = today - today.weekday() * DAY
        week = between(sessions, str(monday), str(monday + 6 * DAY))
        assert dashboard["weekly_minutes"] == minutes(week)
        assert dashboard["today_minutes"] == minutes(between(sessions, str(today), str(today)))


@pytest.mark.parametrize("ordering", ["date", "-date", "duration", "-duration"])
def test_every_order_holds_the_same_sessions(people: list[Person], ordering: str) -> None:
    key, down = ordering.removeprefix("-"), ordering.startswith("-")
    for person in people:
        newest_first = paged(person, SESSIONS)
        oldest_first = newest_first[::-1]
        ordered = sorted(oldest_first, key=lambda session: session[key], reverse=down)
        assert paged(person, SESSIONS, ordering=ordering) == ordered


@pytest.mark.parametrize("window", ["all", "month", "week", "day"])
def test_places_on_the_board_are_those_of_the_lists(people: list[Person], window: str) -> None:
    for person in people:
        board = ok(person.get("/api/meditations/leaderboard/", window=window, limit=100))
        mine = list(between(paged(person, SESSIONS), board["starts"], board["ends"]))
        place = board["me"] or {"total_minutes": 0, "sessions": 0, "rank": None}
        assert (place["total_minutes"], place["sessions"]) == (minutes(mine), len(mine))
        scores = [row["total_minutes"] for row in board["results"]]
        assert scores == sorted(scores, reverse=True)
        for row in board["results"]:
            assert row["rank"] == 1 + sum(score > row["total_minutes"] for score in scores)
        if board["me"] and len(scores) < 100:
            assert place["rank"] == 1 + sum(score > place["total_minutes"] for score in scores)


def test_figures_of_a_khatma_are_those_of_its_members(people: list[Person]) -> None:
    seen = 0
    for person in people:
        for kind in ("my_khatmas", "completed"):
            for listed in onward(person, "/api/khatmas/", filter=kind):
                path = f"/api/khatmas/{listed['id']}/"
                members = ok(person.get(f"{path}members/"))
                stats = ok(person.get(f"/api/stats/khatma/{listed['id']}/"))
                chapters = stats["chapter_completion_status"]
                done = [each["chapter"] for each in chapters if each["is_completed"]]
                one = ok(person.get(path))
                assert listed.items() <= one.items()
                assert [each["id"] for each in one["participants"]] == [m["id"] for m in members]
                taken = {n for m in members for n in m["chapters_held"]} | set(done)
                assert one["available_chapters"] == sorted(set(range(1, 31)) - taken)
                assert listed["participants_count"] == len(members) == stats["total_participants"]
                assert stats["total_chapters_read"] == len(done)
                assert listed["completion_percentage"] == stats["completion_percentage"]
                assert stats["completion_percentage"] == round(len(done) / 30 * 100, 1)
                assert (listed["status"] == "completed") == (len(done) == 30)
                assert sum(day["chapters_read"] for day in stats["daily_progress"]) == len(done)
                by_person: dict[int, set[int]] = {}
                for each in chapters:
                    if each["assigned_user"]:
                        by_person.setdefault(each["assigned_user"]["id"], set()).add(
                            each["chapter"]
                        )
                for member in members:
                    own = by_person.get(member["id"], set())
                    assert {*member["chapters_held"], *member["chapters_done"]} == own
                    assert set(member["chapters_done"]) == own & set(done)
                assert set(listed["my_chapters"]) == by_person.get(person.id, set())
                seen += 1
    assert seen > 10


def test_figures_of_a_reader_are_those_of_their_lists(people: list[Person]) -> None:
    for person in people:
        readings = onward(person, "/api/sessions/")
        finished = [each for each in readings if each["is_completed"]]
        days = Counter(date.fromisoformat(each["reading_date"]) for each in finished)
        stats, dashboard = ok(person.get("/api/stats/user/")), ok(person.get("/api/dashboard/"))
        active = onward(person, "/api/khatmas/", filter="my_khatmas")
        completed = onward(person, "/api/khatmas/", filter="completed")
        today = datetime.now(UTC).date()
        assert stats["total_chapters_read"] == len(finished)
        assert stats["completed_khatmas"] == len(completed)
        total = len(active) + len(completed)
        assert stats["total_khatmas"] == dashboard["total_khatmas"] == total
        assert stats["completion_rate"] == round(len(completed) / (total or 1) * 100, 1)
        assert stats["current_streak"] == dashboard["current_streak"] == current(days, today)
        assert stats["average_daily_chapters"] == round(len(finished) / 30, 2)
        assert dashboard["today_chapters"] == days[today]
        assert dashboard["weekly_chapters"] == sum(
            count for day, count in days.items() if day >= today - today.weekday() * DAY
        )
        assert dashboard["active_khatmas"] == active
        assert dashboard["recent_sessions"] == readings[:5]
        achievements = ok(person.get("/api/achievements/"))
        assert stats["achievements_count"] == len(achievements)
        assert ("first_khatma" in {each["achievement"] for each in achievements}) == bool(completed)


def test_unread_notifications_are_those_of_the_list(people: list[Person]) -> None:
    for person in people:

        def agree(person: Person = person) -> bool:
            before = ok(person.get("/api/dashboard/"))["unread_notifications"]
            unread = [each for each in paged(person, "/api/notifications/") if not each["is_read"]]
            asked = paged(person, "/api/notifications/", unread="true")
            return before == len(unread) == len(asked)

        until(agree, "unread notifications are as many as counted")
