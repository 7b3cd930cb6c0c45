import pytest

from contracts.auth.events import USER_UPDATED

pytestmark = pytest.mark.usefixtures("noon")


def places(board):
    return [(row["rank"], row["user"]["id"], row["total_minutes"]) for row in board["results"]]


def test_nobody_is_on_an_empty_board(person):
    assert person(1).leaderboard() == {
        "window": "all",
        "starts": None,
        "ends": None,
        "results": [],
        "me": None,
    }


def test_equal_minutes_share_a_rank_and_the_next_is_skipped(person, at):
    for minute, (key, duration) in enumerate([(4, 5), (3, 20), (2, 20), (1, 30)]):
        at(f"2026-03-01T12:0{minute}:00+00:00")
        person(key).log(duration)
    board = person(4).leaderboard()
    assert places(board) == [(1, 1, 30), (2, 3, 20), (2, 2, 20), (4, 4, 5)]
    assert board["me"] == {"rank": 4, "total_minutes": 5, "sessions": 1}


def test_among_equals_who_changed_last_is_last_and_then_the_id_decides(person, at):
    for key in (3, 2, 1):
        person(key).log(10)
    assert [row[1] for row in places(person(1).leaderboard())] == [1, 2, 3]
    at("2026-03-01T13:00:00+00:00")
    session = person(1).log(5)["id"]
    person(1).delete(session)
    assert [row[1] for row in places(person(1).leaderboard())] == [2, 3, 1]


def test_a_short_board_shows_who_was_there_first(person, at):
    for minute, key in enumerate((3, 1, 2)):
        at(f"2026-03-01T12:0{minute}:00+00:00")
        person(key).log(10)
    assert places(person(2).leaderboard(limit=2)) == [(1, 3, 10), (1, 1, 10)]


def test_a_rank_beyond_the_rows_shown_is_exact(person):
    for key in range(1, 8):
        person(key).log(10 if key < 6 else 5)
    board = person(7).leaderboard(limit=3)
    assert places(board) == [(1, 1, 10), (1, 2, 10), (1, 3, 10)]
    assert board["me"]["rank"] == 6
    assert person(5).leaderboard(limit=1)["me"]["rank"] == 1


def test_a_row_names_the_person_by_username(person):
    person(7, username="layla").log(25)
    assert person(8).leaderboard()["results"] == [
        {
            "rank": 1,
            "user": {"id": 7, "username": "layla"},
            "total_minutes": 25,
            "sessions": 1,
        }
    ]


@pytest.mark.parametrize(
    ("window", "starts", "ends", "minutes"),
    [
        ("all", None, None, 1111),
        ("month", "2026-03-01", "2026-03-31", 1),
        ("week", "2026-02-23", "2026-03-01", 11),
        ("day", "2026-03-01", "2026-03-01", 1),
    ],
)
def test_a_window_holds_what_its_days_hold(person, window, starts, ends, minutes):
    layla = person(7)
    for duration, day in ((1, "01"), (10, "28"), (100, "15"), (1000, "01")):
        month = "03" if duration == 1 else "02"
        layla.log(duration, date=f"2026-{month}-{day}")
    board = layla.leaderboard(window=window)
    assert (board["starts"], board["ends"]) == (starts, ends)
    assert places(board) == [(1, 7, minutes)]
    assert board["me"]["total_minutes"] == minutes


def test_windows_are_of_todays_utc_date(person, at):
    at("2026-02-28T23:30:00+00:00")
    layla = person(7, timezone="Asia/Amman")
    assert layla.log(25)["date"] == "2026-03-01"
    assert layla.leaderboard(window="day")["results"] == []
    at("2026-03-01T00:00:00+00:00")
    assert places(layla.leaderboard(window="day")) == [(1, 7, 25)]


def test_who_has_no_minutes_any_more_is_not_shown(person):
    layla, omar = person(7), person(8)
    layla.log(25)
    omar.delete(omar.log(50)["id"])
    assert places(omar.leaderboard()) == [(1, 7, 25)]
    assert omar.leaderboard()["me"] is None


def test_moving_a_session_moves_it_between_windows(person):
    layla = person(7)
    session = layla.log(25)["id"]
    layla.change(session, date="2026-02-28", duration=30)
    assert places(layla.leaderboard(window="day")) == []
    assert places(layla.leaderboard(window="month")) == []
    assert places(layla.leaderboard(window="week")) == [(1, 7, 30)]
    assert places(layla.leaderboard(window="all")) == [(1, 7, 30)]


def shown(board):
    return [(row["rank"], row["user"]["id"], row["user"]["username"]) for row in board["results"]]


def test_who_shows_no_name_holds_a_place_without_one(person, hear):
    person(1, username="layla", visibility="nobody", version=1).log(30)
    person(2, username="omar").log(20)
    board = person(2).leaderboard()
    assert shown(board) == [(1, None, "someone"), (2, 2, "omar")]
    assert board["results"][0]["total_minutes"] == 30
    # Oneself one sees by name.
    assert shown(person(1).leaderboard()) == [(1, 1, "layla"), (2, 2, "omar")]
    assert person(1).leaderboard()["me"]["rank"] == 1


def test_a_name_comes_and_goes_as_its_person_says(person, hear):
    person(1, username="layla", version=1).log(30)
    looks = person(2)
    for version, visibility, name in [
        (2, "nobody", "someone"),
        (3, "companions", "layla"),
        (4, "everybody", "layla"),
        (5, "nobody", "someone"),
    ]:
        hear(USER_UPDATED, 1, username="layla", version=version, visibility=visibility)
        [(_, _, shown_name)] = shown(looks.leaderboard())
        assert shown_name == name
