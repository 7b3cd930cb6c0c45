from datetime import UTC, datetime

import pytest
from sqlalchemy import TextClause, text

from auth.store import accounts, failures, sessions

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VALUES = {
    "account": b"mark",
    "digest": b"digest",
    "sids": ["s1"],
    "id": 1,
    "user": 1,
    "but": 1,
    "version": 1,
    "day_starts_at": 0,
    "batch": 10,
    "per_account": 9,
    "per_origin": 99,
}
MOMENTS = ("now", "since", "before", "expires_at", "joined_at", "deleted_at")

STATEMENTS = [
    pytest.param(statement, id=f"{room.__name__.rpartition('.')[2]}{name.lower()}")
    for room in (accounts, failures, sessions)
    for name, statement in vars(room).items()
    if isinstance(statement, TextClause)
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_reads_a_whole_table(db, statement):
    names = statement.compile().params
    values = {name: NOW if name in MOMENTS else VALUES.get(name, "x") for name in names}
    with db.transaction() as tx:
        # Without sequential scans the planner takes one only where no index serves.
        tx.execute(text("set local enable_seqscan = off"))
        plan = "\n".join(row[0] for row in tx.execute(text(f"explain {statement}"), values))
    assert "Seq Scan" not in plan, plan


def test_every_statement_is_looked_at():
    assert len(STATEMENTS) > 25
