"""Fill the record of activity of a running local system, and time the feed of who has most of it.

    make up                                       # in one terminal
    .venv/bin/python tests/load/feed.py           # in another; make clean removes it all again
    .venv/bin/python tests/load/feed.py --rows 1000000

One person has a fiftieth of the rows of their own and is in sixty khatmas, which hold an eighth of
them; the rest is others'. 10 million rows take some 4 minutes and 6 GB.
"""

import argparse
import secrets
import statistics
import sys
import time
from pathlib import Path

import httpx
import psycopg2

from sakina_local.progress import plainly

ROOT = Path(__file__).parents[2]
DATA = ROOT / ".sakina" / "postgres"
PASSWORD = "a-quiet-place-7"
STEP = 500_000
TIMES = 50
KHATMAS = 60
INDEXES = (
    "create index activity_person on activity (person_id, place) where person_id is not null",
    "create index activity_khatma on activity (khatma_id, place) where khatma_id is not null",
    "alter table activity add constraint activity_event_id_key unique (event_id)",
)
FILL = """
    insert into activity (position, event_id, person_id, khatma_id, type, recorded_at, event)
    select %(before)s + i, said.id,
        case when i %% 5 < 3 then
            case when i %% 50 = 0 then %(person)s else 1000000000 + (hashint8(i) & 131071) end end,
        case when i %% 5 >= 3 then
            case when i %% 25 in (3, 4, 8) then 1000000000 + (i / 25) %% %(khatmas)s
                else 1000001000 + (hashint8(i) & 65535) end end,
        case when i %% 1000 < 2 then 'khatma.completed.v1'
            when i %% 5 < 3 then 'practice.session_logged.v1' else 'khatma.part_completed.v1' end,
        now(),
        json_build_object('specversion', '1.0', 'id', said.id, 'source', '/sakina/practice',
            'type', 'practice.session_logged.v1', 'subject', 'person/1',
            'time', '2026-03-01T08:00:00.000000Z',
            'dataschema', '/schemas/events/practice.session_logged.v1.json',
            'datacontenttype', 'application/json', 'sequence', i, 'actor', 1,
            'traceparent', null, 'data', json_build_object('session', i, 'minutes', 25))
    from generate_series(%(first)s, %(last)s) as i
        cross join lateral (select gen_random_uuid() as id where i > 0) as said
"""


def fill(person: int, rows: int) -> None:
    """Add `rows` to the record, of which `person` sees a sixth and more."""
    port = int((DATA / "data" / "postmaster.pid").read_text().splitlines()[3])
    password = (DATA / "password").read_text()
    connection = psycopg2.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, dbname="sakina"
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("set search_path = notify; set synchronous_commit = off")
        cursor.execute("set maintenance_work_mem = '1GB'")
        cursor.execute("select position from recorder")
        ((before,),) = cursor.fetchall()
        cursor.execute("drop index activity_person, activity_khatma")
        cursor.execute("alter table activity drop constraint activity_event_id_key")
        for first in range(1, rows + 1, STEP):
            last = min(first + STEP - 1, rows)
            values = {"before": before, "person": person, "khatmas": KHATMAS}
            cursor.execute(FILL, {**values, "first": first, "last": last})
            plainly(f"{last:,} of {rows:,} rows")
        for statement in INDEXES:
            cursor.execute(statement)
        cursor.execute("update recorder set position = %s", (before + rows,))
        cursor.execute(
            "insert into member select 1000000000 + i, %s, true, 1, now()"
            " from generate_series(0, %s) as i on conflict do nothing",
            (person, KHATMAS - 1),
        )
        cursor.execute("analyze activity; analyze member")
        cursor.execute(
            "select count(*), pg_size_pretty(pg_total_relation_size('activity')) from activity"
        )
        ((count, size),) = cursor.fetchall()
        plainly(f"{count:,} rows, {size} with their indexes")
    connection.close()


def timed(http: httpx.Client, query: str) -> dict[str, str]:
    """Ask for a page `TIMES` times, say how long it took, and return it."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = http.get("/api/activity/", params=httpx.QueryParams(query))
        took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    page: dict[str, str] = answer.json()
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    what = query[:60] or "page one"
    plainly(f"{what:<60} {len(page['events']):4} events  {p50:.1f} / {p99:.1f} ms")
    return page


def main() -> int:
    """Fill and time."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--rows", type=int, default=10_000_000)
    asked = parser.parse_args()
    with httpx.Client(base_url=asked.url, timeout=60) as http:
        email = f"{secrets.token_hex(8)}@example.com"
        who = {"email": email, "password": PASSWORD}
        http.post("/api/signup/", json={**who, "fullname": "Layla Hasan"}).raise_for_status()
        access = http.post("/api/accounts/login/", json=who).raise_for_status().json()["access"]
        http.headers["Authorization"] = f"Bearer {access}"
        fill(http.get("/api/user/me/").raise_for_status().json()["id"], asked.rows)
        plainly(f"p50 / p99 of {TIMES}")
        page = timed(http, "")
        timed(http, "limit=200")
        newest = timed(http, "newest=true")
        timed(http, f"before={newest['previous']}")
        timed(http, f"after={page['next']}")
        timed(http, "types=khatma.completed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
