"""What people do with Sakina, from end to end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from people import PASSWORD, Person, ok, problem, unique, until

NewPerson = Callable[..., Person]


def test_a_session_leads_the_board_and_is_told(http: httpx.Client, newcomer: NewPerson) -> None:
    name = unique("m")
    email = f"{unique('m')}@example.com"
    body = {"username": name, "email": email, "password": PASSWORD}
    registered = ok(http.post("/api/accounts/register/", json=body), 201)
    assert registered["message"] == "Registration was successful."
    assert registered["user"].keys() == {"id", "username", "email"}
    logged_in = ok(http.post("/api/accounts/login/", json={"email": email, "password": PASSWORD}))
    person = Person(http, email, access=logged_in["access"], me=logged_in["user"])

    board = ok(person.get("/api/meditations/leaderboard/"))
    most = board["results"][0]["total_minutes"] if board["results"] else 0
    while most >= 0:
        minutes = min(most + 1, 1440)
        person.meditate(minutes)
        most -= minutes

    notice = person.told("leaderboard_top")[0]
    assert notice["is_read"] is False
    assert notice["title"] == "You lead the leaderboard"
    board = ok(person.get("/api/meditations/leaderboard/"))
    assert board["results"][0]["user"] == {"id": person.id, "username": name}
    assert board["me"]["rank"] == 1
    assert person.told("welcome")[0]["title"] == f"Welcome to Sakina, \u2068{name}\u2069"


def test_a_session_is_logged_changed_and_deleted(newcomer: NewPerson) -> None:
    person = newcomer()
    session = person.meditate(25, notes="هدوء الصباح", date="2026-03-01")
    assert session["user"] == person.id
    assert (session["notes"], session["date"]) == ("هدوء الصباح", "2026-03-01")
    path = f"/api/meditations/sessions/{session['id']}/"
    assert ok(person.get(path)) == session
    changed = ok(person.patch(path, {"duration": 23}))
    assert changed == {**session, "duration": 23, "updated_at": changed["updated_at"]}
    put = ok(person.put(path, {**changed, "notes": ""}))
    assert (put["notes"], put["duration"]) == ("", 23)
    stats = ok(person.get("/api/meditations/stats/"))
    assert (stats["total_minutes"], stats["total_sessions"]) == (23, 1)
    assert person.delete(path).status_code == 204
    problem(person.get(path), 404)
    assert ok(person.get("/api/meditations/stats/"))["total_minutes"] == 0


def test_sessions_are_paged_in_a_stable_order(newcomer: NewPerson, url: str) -> None:
    person = newcomer()
    made = [person.meditate(n + 1, date="2026-03-01")["id"] for n in range(5)]
    path = "/api/meditations/sessions/"
    first = ok(person.get(path, page_size=2))
    assert (first["count"], first["previous"]) == (5, None)
    assert first["next"].startswith(f"{url}{path}")
    seen: list[int] = []
    page: dict[str, Any] | None = first
    while page:
        seen += [session["id"] for session in page["results"]]
        page = ok(person.send("GET", page["next"])) if page["next"] else None
    assert seen == made[::-1]
    problem(person.get(path, page=4, page_size=2), 404)
    for size in ("0", "101", "-1", "x"):
        problem(person.get(path, page_size=size), 400)


@pytest.fixture(scope="module")
def read_together(newcomer: NewPerson) -> dict[str, Any]:
    """A group khatma of five, read to its end: the creator reads 1 to 5, and so on."""
    creator = newcomer("ليلى حسن")
    members = [newcomer(f"Member {n}") for n in range(2, 6)]
    khatma = creator.new_khatma(name="ختمة رمضان", is_public=False)
    for member in members:
        invited = creator.post(f"/api/khatmas/{khatma['id']}/invite/", {"email": member.email})
        assert invited.status_code == 202
        member.told("khatma_invitation")
    chapters = {person.id: [person.join(khatma["id"])] for person in members}
    chapters[creator.id] = [1]
    everyone = [creator, *members]
    for number in range(6, 31):
        reader = everyone[number % 5]
        chapters[reader.id].append(number)
    for reader in everyone:
        for number in chapters[reader.id]:
            ok(reader.finish(khatma["id"], number), 201)
    return {"khatma": khatma["id"], "everyone": everyone, "chapters": chapters}


def test_a_khatma_read_together_is_completed(read_together: dict[str, Any]) -> None:
    creator = read_together["everyone"][0]
    khatma = ok(creator.get(f"/api/khatmas/{read_together['khatma']}/"))
    assert khatma["status"] == "completed"
    assert khatma["completed_at"] is not None
    assert khatma["completion_percentage"] == 100.0
    assert khatma["participants_count"] == 5
    assert khatma["my_chapters"] == read_together["chapters"][creator.id]
    stats = ok(creator.get(f"/api/stats/khatma/{khatma['id']}/"))
    assert stats["total_chapters_read"] == 30
    assert len(stats["chapter_completion_status"]) == 30
    assert all(chapter["is_completed"] for chapter in stats["chapter_completion_status"])
    completed = ok(creator.get("/api/khatmas/", filter="completed"))
    assert khatma["id"] in [each["id"] for each in completed]


def test_completing_a_khatma_earns_achievements(read_together: dict[str, Any]) -> None:
    creator, member, *_ = read_together["everyone"]
    earned = {each["achievement"]: each for each in ok(creator.get("/api/achievements/"))}
    assert earned.keys() == {"first_khatma", "fast_reader", "group_leader"}
    assert earned["first_khatma"]["achievement_display"] == "First Khatma"
    assert earned["first_khatma"]["khatma_name"] == "ختمة رمضان"
    others = {each["achievement"] for each in ok(member.get("/api/achievements/"))}
    assert others == {"first_khatma", "fast_reader"}
    assert ok(creator.get("/api/stats/user/"))["achievements_count"] == 3


def test_everyone_is_told_what_the_table_says(read_together: dict[str, Any]) -> None:
    creator, *members = read_together["everyone"]
    chapters, khatma = read_together["chapters"], read_together["khatma"]
    for person in (creator, *members):
        own = len(chapters[person.id])
        joined_with = 0 if person is creator else 1
        awards = 3 if person is creator else 2
        done = person.told("chapter_completed", 30 - own)
        assert len(done) == 30 - own
        assert {each["related_khatma"] for each in done} == {khatma}
        assert {each["related_khatma_name"] for each in done} == {"ختمة رمضان"}
        # What was open and finished in one step is nobody's to read any more.
        assert len(person.told("khatma_completed")) == 1
        assert len(person.notifications("chapter_assigned")) == joined_with
        assert len(person.told("achievement_earned", awards)) == awards
        assert len(person.notifications("khatma_invitation")) == (0 if person is creator else 1)
        assert len(person.notifications("welcome")) == 1
    joined = creator.told("khatma_joined", 4)
    assert {each["title"] for each in joined} == {
        f"\u2068Member {n}\u2069 joined “\u2068ختمة رمضان\u2069”" for n in range(2, 6)
    }
    finished = members[0].notifications("chapter_completed")
    assert any(
        each["title"].startswith("\u2068ليلى حسن\u2069 finished chapter") for each in finished
    )


def test_notifications_are_read_one_by_one_and_all_at_once(newcomer: NewPerson) -> None:
    creator, member = newcomer(), newcomer()
    khatma = creator.new_khatma(is_public=True)["id"]
    member.join(khatma)
    ok(member.finish(khatma, 2), 201)
    creator.told("chapter_completed")
    creator.told("khatma_joined")
    creator.told("welcome")
    first = creator.notifications()[0]
    path = f"/api/notifications/{first['id']}/read/"
    assert ok(creator.patch(path)) == {**first, "is_read": True}
    assert ok(creator.patch(path)) == {**first, "is_read": True}
    problem(member.patch(path), 404)
    assert len(creator.notifications(unread="true")) == 2
    assert ok(creator.get("/api/dashboard/"))["unread_notifications"] == 2
    assert ok(creator.post("/api/notifications/mark-all-read/"))["updated"] == 2
    assert ok(creator.patch("/api/notifications/mark-all-read/"))["updated"] == 0
    assert creator.notifications(unread="true") == []
    page = ok(creator.get("/api/notifications/", page_size=2))
    assert (page["count"], len(page["results"]), page["previous"]) == (3, 2, None)
    assert "page=2" in page["next"]


def test_the_dashboard_shows_three_services(newcomer: NewPerson) -> None:
    person = newcomer()
    person.meditate(20)
    khatma = person.new_khatma()
    ok(person.finish(khatma["id"], 1), 201)
    person.told("welcome")
    dashboard = ok(person.get("/api/dashboard/"))
    assert [each["id"] for each in dashboard["active_khatmas"]] == [khatma["id"]]
    assert [each["chapter_assigned"] for each in dashboard["recent_sessions"]] == [1]
    assert (dashboard["today_chapters"], dashboard["weekly_chapters"]) == (1, 1)
    assert (dashboard["today_minutes"], dashboard["weekly_minutes"]) == (20, 20)
    assert (dashboard["total_khatmas"], dashboard["current_streak"]) == (1, 1)
    assert dashboard["degraded"] == []
    # The session may lead the board, and that be told at any moment.
    until(
        lambda: (
            ok(person.get("/api/dashboard/"))["unread_notifications"]
            == len(person.notifications(unread="true"))
        ),
        "as many unread as there are",
    )


def test_the_profile_is_shown_and_changed(newcomer: NewPerson) -> None:
    person = newcomer("ليلى حسن", gender="female", phone="+962 7 1234567")
    me = ok(person.get("/api/user/me/"))
    assert (me["fullname"], me["email"], me["gender"]) == ("ليلى حسن", person.email, "female")
    assert (me["timezone"], me["day_starts_at"], me["bio"]) == ("UTC", 0, "")
    assert me["username"].startswith("reader-")
    assert (me["total_khatmas_completed"], me["current_streak"]) == (0, 0)
    changed = ok(
        person.patch(
            "/api/user/me/",
            {**me, "fullname": "Layla", "timezone": "Asia/Amman", "day_starts_at": 90, "bio": "…"},
        )
    )
    assert (changed["fullname"], changed["timezone"], changed["day_starts_at"]) == (
        "Layla",
        "Asia/Amman",
        90,
    )
    assert ok(person.get("/api/user/me/")) == changed


def test_today_is_ones_own_after_the_time_zone_changed(newcomer: NewPerson) -> None:
    person = newcomer()
    for zone, hours in (("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)):
        ok(person.patch("/api/user/me/", {"timezone": zone}))

        # The change reaches practice by an event: the access token still names the old zone.
        def is_today(hours: int = hours) -> bool:
            there = datetime.now(UTC) + timedelta(hours=hours)
            logged: str = person.meditate(1)["date"]
            return logged == there.date().isoformat()

        until(is_today, f"today in {zone}")


def test_logging_out_ends_the_session_and_no_other(newcomer: NewPerson, http: httpx.Client) -> None:
    phone = newcomer()
    laptop = Person(http, phone.email, me=phone.me).log_in()
    ok(phone.post("/api/accounts/logout/"))
    until(lambda: phone.get("/api/user/me/").status_code == 401, "the end of the session")
    problem(http.post("/api/refresh/", json={"refresh": phone.refresh}), 401)
    assert laptop.get("/api/user/me/").status_code == 200
    assert "access" in ok(http.post("/api/refresh/", json={"refresh": laptop.refresh}))


def test_a_new_password_ends_every_other_session(newcomer: NewPerson, http: httpx.Client) -> None:
    phone = newcomer()
    laptop = Person(http, phone.email, me=phone.me).log_in()
    new = "Another-place-8"
    change = {"old_password": PASSWORD, "new_password": new}
    ok(phone.post("/api/accounts/password/", change))
    until(lambda: laptop.get("/api/user/me/").status_code == 401, "the end of the others")
    problem(http.post("/api/refresh/", json={"refresh": laptop.refresh}), 401)
    assert phone.get("/api/user/me/").status_code == 200
    old = {"email": phone.email, "password": PASSWORD}
    problem(http.post("/api/login/", json=old), 401)
    ok(http.post("/api/login/", json={**old, "password": new}))


def test_a_refresh_token_stays_good_and_a_rotated_one_does_not(
    newcomer: NewPerson, http: httpx.Client
) -> None:
    person = newcomer()
    for _ in range(2):
        person.access = ok(http.post("/api/refresh/", json={"refresh": person.refresh}))["access"]
        assert person.get("/api/user/me/").status_code == 200
    asked = {"refresh": person.refresh, "rotate": True}
    rotated = ok(http.post("/api/refresh/", json=asked))
    assert rotated["refresh"] != person.refresh
    problem(http.post("/api/refresh/", json=asked), 401)
    problem(http.post("/api/refresh/", json={"refresh": rotated["refresh"]}), 401)


def test_deleting_an_account_erases_it_everywhere(newcomer: NewPerson, http: httpx.Client) -> None:
    person, other = newcomer("Omar Khalid"), newcomer("Sara")
    person.meditate(30)
    shared = other.new_khatma(is_public=True)["id"]
    own = person.new_khatma(is_public=True)["id"]
    alone = person.new_khatma(khatma_type="private")["id"]
    other.join(own)
    chapter = person.join(shared)
    ok(person.finish(shared, chapter), 201)
    other.told("chapter_completed")
    other.told("khatma_joined")
    assert person.delete("/api/user/me/").status_code == 204

    until(lambda: person.get("/api/user/me/").status_code == 401, "the end of the session")
    problem(http.post("/api/refresh/", json={"refresh": person.refresh}), 401)
    login = {"email": person.email, "password": PASSWORD}
    problem(http.post("/api/login/", json=login), 401)

    def without_name() -> bool:
        stats = ok(other.get(f"/api/stats/khatma/{shared}/"))
        status = stats["chapter_completion_status"][chapter - 1]
        return status == {"chapter": chapter, "is_completed": True, "assigned_user": None}

    until(without_name, "a finished chapter stays done, without a name")
    members = ok(other.get(f"/api/khatmas/{shared}/members/"))
    assert [each["id"] for each in members] == [other.id]
    inherited = until(
        lambda: (
            found
            if (found := ok(other.get(f"/api/khatmas/{own}/")))["creator"]["id"] == other.id
            else None
        ),
        "the oldest member inherits",
    )
    assert inherited["creator"]["fullname"] == "Sara"
    problem(other.get(f"/api/khatmas/{alone}/"), 404)
    board = ok(other.get("/api/meditations/leaderboard/", limit=100))
    until(
        lambda: (
            person.id
            not in [
                row["user"]["id"]
                for row in ok(other.get("/api/meditations/leaderboard/", limit=100))["results"]
            ]
        ),
        f"leaving the leaderboard {board}",
    )

    def nameless() -> bool:
        told = [f"{each['title']} {each['message']}" for each in other.notifications()]
        return not any("Omar" in words for words in told)

    until(nameless, "a name that is gone from the notifications of others")
    titles = [each["title"] for each in other.notifications("chapter_completed")]
    assert titles == [f"A former member finished chapter {chapter}"]

    again = {"fullname": "Omar", "email": person.email, "password": PASSWORD}
    anew = ok(http.post("/api/signup/", json=again), 201)
    assert anew["id"] != person.id


@pytest.fixture
def one_down(processes: Any, http: httpx.Client) -> Iterator[Callable[[str], None]]:
    """Stop a service for the length of a test."""
    stopped: list[str] = []

    def stop(name: str) -> None:
        processes.stop(name)
        stopped.append(name)

    yield stop
    for name in stopped:
        processes.start(name)
    until(lambda: http.get("/readyz").status_code == 200, "everything answers again")


@pytest.mark.parametrize(
    ("service", "nulls"),
    [
        ("notify", {"unread_notifications"}),
        ("practice", {"today_minutes", "weekly_minutes"}),
        (
            "khatma",
            {
                "active_khatmas",
                "recent_sessions",
                "today_chapters",
                "weekly_chapters",
                "total_khatmas",
                "current_streak",
            },
        ),
    ],
)
def test_a_service_that_is_down_takes_only_its_part(
    newcomer: NewPerson,
    http: httpx.Client,
    one_down: Callable[[str], None],
    service: str,
    nulls: set[str],
) -> None:
    person = newcomer()
    one_down(service)
    dashboard = until(
        lambda: (
            found if (found := ok(person.get("/api/dashboard/")))["degraded"] == [service] else None
        ),
        f"{service} is named",
    )
    assert {name for name, value in dashboard.items() if value is None} == nulls
    ready = http.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert http.get("/healthz").status_code == 200
    path = {
        "notify": "/api/notifications/",
        "practice": "/api/meditations/stats/",
        "khatma": "/api/stats/user/",
    }[service]
    refused = person.get(path)
    problem(refused, 503)
    assert int(refused.headers["Retry-After"]) >= 1
    profile = ok(person.get("/api/user/me/"))
    assert (profile["current_streak"] is None) == (service == "khatma")


def test_what_happened_while_notify_was_down_is_told_when_it_is_back(
    newcomer: NewPerson, http: httpx.Client, processes: Any
) -> None:
    creator, member = newcomer(), newcomer("Sara")
    khatma = creator.new_khatma(is_public=True)["id"]
    processes.kill("notify")
    until(lambda: http.get("/readyz").status_code == 503, "notify is missed")
    member.join(khatma)
    ok(member.finish(khatma, 2), 201)
    processes.start("notify")
    until(lambda: http.get("/readyz").status_code == 200, "everything answers again")
    assert creator.told("chapter_completed")[0]["title"] == "\u2068Sara\u2069 finished chapter 2"
    assert len(creator.told("khatma_joined")) == 1


def test_a_repeated_request_with_its_key_is_done_once(newcomer: NewPerson) -> None:
    person = newcomer()
    body = {"meditation_type": "mantra", "duration": 10}
    key = {"Idempotency-Key": unique("key")}
    path = "/api/meditations/sessions/"
    first = person.post(path, body, headers=key)
    again = person.post(path, body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert ok(person.get(path))["count"] == 1
    problem(person.post(path, {**body, "duration": 11}, headers=key), 422)
    assert ok(person.get(path))["count"] == 1


def test_a_link_is_made_once_for_each_key_and_its_code_told_once(newcomer: NewPerson) -> None:
    person = newcomer()
    group = {"name": "ختمة", "khatma_type": "group", "target_days": 30}
    path = f"/api/khatmas/{ok(person.post('/api/khatmas/', group), 201)['id']}/links/"
    key = {"Idempotency-Key": unique("key")}
    made = ok(person.post(path, headers=key), 201)
    told = problem(person.post(path, headers=key), 409)["detail"]
    assert f"the link {made['id']} " in told
    assert made["code"] not in told
    assert [link["id"] for link in ok(person.get(path))] == [made["id"]]
    problem(person.post(path, {"max_uses": 5}, headers=key), 422)
    ok(person.post(path, headers={"Idempotency-Key": unique("key")}), 201)


def test_an_account_made_anew_shares_nothing_with_the_one_before(
    newcomer: NewPerson, http: httpx.Client
) -> None:
    """Neither sessions, nor what was answered to its requests, by the same address and key."""
    path, key = "/api/meditations/sessions/", {"Idempotency-Key": unique("key")}
    body = {"meditation_type": "mantra", "duration": 10, "notes": "of before"}
    khatma = {"name": "ختمة", "khatma_type": "private", "target_days": 30}
    before = newcomer("Layla")
    first = ok(before.post(path, body, headers=key), 201)
    made = ok(before.post("/api/khatmas/", khatma, headers=key), 201)
    signup = {"fullname": "Layla", "email": before.email, "password": PASSWORD}
    assert before.delete("/api/user/me/").status_code == 204

    anew = newcomer("Layla", email=before.email)
    assert anew.id != before.id
    assert ok(anew.get(path)) == {"count": 0, "next": None, "previous": None, "results": []}
    again = ok(anew.post(path, body, headers=key), 201)
    assert (again["user"], again["id"] == first["id"]) == (anew.id, False)
    assert ok(anew.post("/api/khatmas/", khatma, headers=key), 201)["id"] != made["id"]
    assert ok(anew.get(path))["results"] == [again]
    problem(http.post("/api/signup/", json=signup), 409)
    until(lambda: before.post(path, body, headers=key).status_code == 401, "the end of the token")
    problem(anew.get(f"{path}{first['id']}/"), 404)
