"""Other people's figures, and what anybody sees, through all services."""

from collections.abc import Callable

import httpx
import pytest
from people import Person, ok, problem, until

NewPerson = Callable[..., Person]
OF = ("/api/stats/user/{}/", "/api/achievements/user/{}/")


def seen_by(asker: Person, other: int) -> bool | None:
    """Whether `asker` sees figures and achievements; None while that changes."""
    statuses = {asker.get(path.format(other)).status_code for path in OF}
    assert statuses <= {200, 404}
    return statuses == {200} if len(statuses) == 1 else None


def test_who_sees_whom(newcomer: NewPerson) -> None:
    layla, omar, stranger = (newcomer(name) for name in ("Layla", "Omar", "Sara"))
    khatma = layla.new_khatma(is_public=True)["id"]
    omar.join(khatma)
    ok(layla.finish(khatma, 1), 201)
    assert seen_by(omar, layla.id)
    assert seen_by(stranger, layla.id) is False
    assert ok(omar.get(OF[0].format(layla.id))) == ok(layla.get("/api/stats/user/"))
    assert ok(omar.get(OF[1].format(layla.id))) == ok(layla.get("/api/achievements/"))
    for said, by_omar, by_stranger in [
        ("nobody", False, False),
        ("everybody", True, True),
        ("companions", True, False),
    ]:
        assert ok(layla.patch("/api/user/me/", {"visibility": said}))["visibility"] == said
        until(
            lambda wanted=(by_omar, by_stranger): (
                (seen_by(omar, layla.id), seen_by(stranger, layla.id)) == wanted
            ),
            said,
        )
        assert seen_by(layla, layla.id)


def test_whoever_is_not_there_is_as_one_who_hides(newcomer: NewPerson) -> None:
    gone, layla = newcomer(), newcomer()
    ok(gone.patch("/api/user/me/", {"visibility": "everybody"}))
    until(lambda: seen_by(layla, gone.id), "it shows")
    ok(gone.delete("/api/user/me/"), 204)
    until(lambda: seen_by(layla, gone.id) is False, "it is gone")
    for path in OF:
        said = {
            problem(layla.get(path.format(other)), 404)["detail"]
            for other in (gone.id, newcomer().id, 2**63 - 1)
        }
        assert len(said) == 1
        for no_id in (0, -1, "me", 2**63):
            problem(layla.get(path.format(no_id)), 404)


@pytest.mark.parametrize("said", ["", "friends", None, 1])
def test_a_word_that_is_none_is_refused(newcomer: NewPerson, said: object) -> None:
    layla = newcomer()
    refusal = problem(layla.patch("/api/user/me/", {"visibility": said}), 400)
    assert set(refusal["errors"]) == {"visibility"}
    assert ok(layla.get("/api/user/me/"))["visibility"] == "companions"


def test_the_leaderboard_names_nobody_who_does_not_want_it(newcomer: NewPerson) -> None:
    layla, omar = newcomer(), newcomer()
    ok(layla.patch("/api/user/me/", {"visibility": "nobody"}))
    layla.log_in()
    layla.meditate(1440)
    name = ok(layla.get("/api/user/me/"))["username"]

    def names(asker: Person) -> list[tuple[int | None, str]]:
        board = ok(asker.get("/api/meditations/leaderboard/", limit=100))
        return [(row["user"]["id"], row["user"]["username"]) for row in board["results"]]

    assert (layla.id, name) in names(layla)
    assert (None, "someone") in names(omar)
    assert name not in dict(names(omar)).values()


def test_anybody_sees_the_homepage(newcomer: NewPerson, http: httpx.Client) -> None:
    layla = newcomer()
    hidden = layla.new_khatma()["id"]
    shown = ok(http.get("/api/homepage/"))
    assert len(shown) <= 7
    assert all(each["is_public"] and each["status"] == "active" for each in shown)
    counts = [each["participants_count"] for each in shown]
    assert counts == sorted(counts, reverse=True)
    assert hidden not in [each["id"] for each in shown]


def test_a_completed_khatma_with_what_one_intended_and_read(newcomer: NewPerson) -> None:
    layla = newcomer()
    khatma = layla.new_khatma(khatma_type="private")["id"]
    ok(layla.post(f"/api/khatmas/{khatma}/intentions/", {"intention": ["شفاء"]}))
    for chapter in range(1, 31):
        ok(layla.finish(khatma, chapter), 201)
    [one] = ok(layla.get("/api/khatma/completed/"))
    assert (one["id"], one["intention"]) == (khatma, ["شفاء"])
    assert one["jza"] == list(range(1, 31))
    assert ok(layla.get("/api/khatma/completed/", after=khatma)) == []
    problem(layla.get("/api/khatma/completed/", after=0), 400)
