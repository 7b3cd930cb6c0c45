"""One session for each khatma, member and part; parts that were chosen; how many at once.

The release before runs on these tables while they change and for some time after. It adds a
session each time: `reading_once` gives the new one the id of the old one in its place. It is to
go with the release after this one, when nobody adds sessions without `updated_at` any more.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

# Whoever comes waits until all is done, so no second session comes in between. The order is that
# of every command and question, which begin with the khatma: so nobody waits in a circle.
LOCK = "lock table khatma, part, khatma_day, reading in access exclusive mode"
# The newest stays, which says how it ended; what finished a part stays whatever came after it, so
# that a replay of what was finished gives what it gave.
# Who reads no more on a day is no reader of that day any more, as a replay of what stays says.
MERGE = """
    with gone as (
        delete from reading using reading as newer
        where newer.person_id = reading.person_id and newer.khatma_id = reading.khatma_id
            and newer.number = reading.number
            and (newer.is_completed, newer.id) > (reading.is_completed, reading.id)
        returning reading.id, reading.khatma_id, reading.person_id, reading.reading_date
    ), fewer as (
        select khatma_id, reading_date as day, count(distinct person_id) as people
        from gone
        where not exists (
            select from reading as other
            where other.khatma_id = gone.khatma_id and other.person_id = gone.person_id
                and other.reading_date = gone.reading_date
                and other.id not in (select id from gone)
        )
        group by khatma_id, reading_date
    )
    update khatma_day set readers = readers - fewer.people
    from fewer where khatma_day.khatma_id = fewer.khatma_id and khatma_day.day = fewer.day
"""
STATEMENTS = (
    LOCK,
    "alter table reading add column updated_at timestamptz",
    MERGE,
    # In this order it also finds what else a reader has done of a juz.
    "create unique index reading_once on reading (person_id, number, khatma_id)",
    """
    create function reading_once() returns trigger language plpgsql as $$
    declare old reading;
    begin
        delete from reading
        where person_id = new.person_id and number = new.number and khatma_id = new.khatma_id
        returning * into old;
        if found then
            new.id := old.id;
            new.created_at := old.created_at;
            if old.reading_date <> new.reading_date and not exists (
                select from reading
                where khatma_id = old.khatma_id and person_id = old.person_id
                    and reading_date = old.reading_date
            ) then
                update khatma_day set readers = readers - 1
                where khatma_id = old.khatma_id and day = old.reading_date;
            end if;
        end if;
        return new;
    end $$
    """,
    """
    create trigger reading_once before insert on reading
    for each row when (new.updated_at is null) execute function reading_once()
    """,
    # A part that its holder has read in was not left as it fell to them.
    "alter table part add column chosen boolean not null default false",
    """
    update part set chosen = true
    where done_at is null and exists (
        select from reading
        where person_id = part.person_id and number = part.number
            and khatma_id = part.khatma_id
    )
    """,
    # null: as is usual where nobody said anything.
    """
    alter table khatma add column parts_at_once smallint
        constraint parts_at_once_of_thirty check (parts_at_once between 1 and 30)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
