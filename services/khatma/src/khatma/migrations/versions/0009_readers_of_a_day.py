"""Readers of a khatma's day are those who finished a part on it, not those who only chose one."""

from alembic import op

revision = "0009"
down_revision = "0008"

# Whoever comes waits until all is counted; the order is that of every command.
LOCK = "lock table khatma, khatma_day, reading in share row exclusive mode"
# Taken off and not counted anew: of who is gone no session is left, and their days stay.
RECOUNT = """
    with fewer as (
        select khatma_id, reading_date as day, count(*) as people
        from (
            select khatma_id, reading_date from reading
            group by khatma_id, person_id, reading_date having not bool_or(is_completed)
        ) as unfinished
        group by khatma_id, reading_date
    )
    update khatma_day set readers = greatest(0, readers - fewer.people)
    from fewer where khatma_day.khatma_id = fewer.khatma_id and khatma_day.day = fewer.day
"""


def upgrade() -> None:
    op.execute(LOCK)
    op.execute(RECOUNT)
