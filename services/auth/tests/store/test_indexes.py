"""What a statement reads does not grow with its table: counted in pages, on crowded tables."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import TextClause, create_engine, text

from auth.store import accounts, admission, allowances, failures, refresh_tokens, sessions
from chassis.data.statements import written

ROWS = 20_000
PAGES = 60  # A whole table has hundreds.
FIRST = datetime(2100, 1, 1, tzinfo=UTC)
A_FEW = timedelta(hours=5)

# People, each with a session and a token, and failures of their own from an address of their own.
# They come an hour after one another.
CROWD = """
insert into account
    (id, email, email_key, username, username_key, fullname, password_hash, joined_at)
    overriding system value
    select -n, 'crowd' || n || '@example.com', 'crowd' || n || '@example.com', 'crowd-' || n,
           'crowd-' || n, 'Reader', 'hash', timestamptz '2100-01-01'
    from generate_series(1, :rows) n;
insert into session (sid, user_id, begun_at, expires_at)
    select 'crowd' || n, -n, '2100-01-01',
           timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into refresh_token (digest, sid, expires_at)
    select sha256(convert_to('crowd' || n, 'utf8')), 'crowd' || n,
           timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into ended_session (user_id, sid, ended_at)
    select -n, 'gone' || n, timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into failure (account, origin, failed_at)
    select sha256(convert_to('crowd' || n, 'utf8')), 'origin' || n,
           timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into allowance (kind, origin, spent_until)
    select 'login', 'origin' || n, timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into tombstone (id, deleted_at)
    select -n - 1000000, timestamptz '2100-01-01' + n * interval '1 hour'
    from generate_series(1, :rows) n;
insert into outbox (event_id, type, subject, sequence, occurred_at, data, published_at)
    select gen_random_uuid(), 'auth.user_registered.v1', 'user/' || n, 1, now(), '{}', now()
    from generate_series(-1000000 - :rows, -1000001) n;
analyze account, session, refresh_token, ended_session, failure, allowance, tombstone, outbox
"""
SOMEBODY = 12_345
MARK = text(f"select sha256(convert_to('crowd{SOMEBODY}', 'utf8'))")
VALUES = {
    "id": -SOMEBODY,
    "user": -SOMEBODY,
    "email_key": f"crowd{SOMEBODY}@example.com",
    "username_key": f"crowd-{SOMEBODY}",
    "sid": f"crowd{SOMEBODY}",
    "sids": [f"crowd{SOMEBODY}", "unknown"],
    "kept": "another",
    "origin": f"origin{SOMEBODY}",
    "gender": None,
    "phone": None,
    "old": "hash",
    "password_hash": "hash",
    "version": 2,
    "day_starts_at": 0,
    "visibility": "nobody",
    "batch": 10,
    "per_account": 9,
    "per_origin": 99,
    "most": 100,
    "interval": timedelta(seconds=1),
    "window": timedelta(minutes=1),
    "limited": True,
    "another": b"another",
    "family": b"family",
    "since": FIRST + timedelta(hours=ROWS) - A_FEW,
}
MOMENTS = ("now", "before", "expires_at", "joined_at", "deleted_at")
OWN_VALUES = {
    "failures_decisive": {"since": FIRST},
    "accounts_forget_names": {"types": ["auth.user_registered.v1"]},
    "accounts_add": {"email_key": "new", "username_key": "new"},
    "sessions_begin": {"sid": "new", "digest": b"new", "per_account": 9},
}

STATEMENTS = [
    pytest.param(
        name := f"{room.__name__.rpartition('.')[2]}{variable.lower()}", statement, id=name
    )
    for room in (accounts, admission, allowances, failures, refresh_tokens, sessions)
    for variable, statement in vars(room).items()
    if isinstance(statement, TextClause)
]


@pytest.fixture(scope="module")
def crowded(migrated):
    """A connection of the tables' owner, inside a transaction that is undone."""
    engine = create_engine(migrated.owner_url("auth"))
    with engine.connect() as connection, connection.begin() as undone:
        for statement in CROWD.split(";"):
            connection.execute(text(statement), {"rows": ROWS} if ":rows" in statement else {})
        yield connection
        undone.rollback()
    engine.dispose()


@pytest.mark.parametrize(("name", "statement"), STATEMENTS)
def test_a_statement_reads_a_few_pages_of_a_crowded_table(crowded, name, statement):
    mark = bytes(crowded.execute(MARK).scalar_one())
    known = {**VALUES, **dict.fromkeys(MOMENTS, FIRST + A_FEW), "digest": mark, "account": mark}
    values = {each: known.get(each, "x") for each in statement.compile().params}
    before = scanned(crowded)

    with crowded.begin_nested() as undone:
        plan = plan_of(crowded, statement, values | OWN_VALUES.get(name, {}))
        undone.rollback()

    work = plan["Plan"]
    assert work["Shared Hit Blocks"] + work["Shared Read Blocks"] < PAGES, plan
    # Deletes that cascade are not in the plan.
    assert scanned(crowded) - before < ROWS / 2


def plan_of(connection, statement, values):
    """Return how the statement is carried out in the form in which the service sends it."""
    form = written(statement)
    with connection.connection.cursor() as cursor:
        cursor.execute("set local plan_cache_mode = force_generic_plan")
        if form.name:
            cursor.execute(form.preparation)
        cursor.execute(f"explain (analyze, buffers, format json) {form.call}", values)
        (plan,) = cursor.fetchone()[0]
        if form.name:
            cursor.execute(f"deallocate {form.name}")
    return plan


def scanned(connection) -> int:
    """Return how many rows were read by scanning whole tables in this transaction."""
    rows = "select sum(seq_tup_read) from pg_stat_xact_user_tables where relname = any(:names)"
    names = [
        "account",
        "session",
        "refresh_token",
        "ended_session",
        "failure",
        "allowance",
        "tombstone",
    ]
    names += ["outbox"]
    return int(connection.execute(text(rows), {"names": names}).scalar_one())


def test_every_statement_is_looked_at():
    assert len(STATEMENTS) > 25
