"""What is made by SQL is what the API would have made, as far as it is read."""

from sakina_bench.bar import Bar
from sakina_bench.filling import Size, fill
from sakina_bench.rows import LEADERBOARD, Cast
from sakina_local.system import System
from sakina_local.testing import Database


def test_a_filled_system_shows_what_it_was_filled_with(system: System, postgres: Database) -> None:
    cast = Cast(system.url)
    reader, last = cast.reader, cast.people[-1]
    own = reader.http.get("/api/meditations/sessions/").json()["count"]
    small, large = Size(40, 20, 3), Size(100, 50, 8)
    database = postgres.connect()
    fill(database, Size(0, 0, 0), small, reader.id, Bar("small"))
    fill(database, small, large, reader.id, Bar("large"))
    database.close()
    assert reader.http.get("/api/meditations/sessions/").json()["count"] == own + 50
    # Everybody who was made has more minutes than who is last.
    assert last.http.get(LEADERBOARD).json()["me"]["rank"] > 50
    shown = reader.http.get("/api/khatmas/?filter=public").json()
    assert sum(one["name"].startswith("Khatma ") for one in shown) == 8
    reader.post("/api/meditations/sessions/", meditation_type="gratitude", duration=5)
