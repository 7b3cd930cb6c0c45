"""How many people have how many minutes: what a rank is counted from."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # People of a window by minutes, in buckets of 1, 32, 32², 32³ and 32⁴ minutes: level 0 to 4.
    """
    create table standing (
        period text not null,
        starts date not null,
        level smallint not null,
        bucket bigint not null,
        people bigint not null,
        primary key (period, starts, level, bucket)
    )
    """,
    "create index standing_empty on standing (period) where people = 0",
    # What changed since it was last added to the buckets, so that no writer waits for another. It
    # has no index: read whole, it is pruned while it is read, and it is all but empty.
    """
    create table standing_move (
        period text not null,
        starts date not null,
        minutes bigint not null,
        people smallint not null
    )
    """,
    # Rows come and go: vacuumed by how many went, not by their share of the few that are there.
    "alter table standing_move"
    " set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)",
    # Written by a trigger, so that a release that knows nothing of it keeps it exact as well.
    """
    create function total_came() returns trigger language plpgsql set search_path from current as
    $$ begin
        insert into standing_move select period, starts, minutes, 1 from came;
        return null;
    end $$
    """,
    """
    create function total_moved() returns trigger language plpgsql set search_path from current as
    $$ begin
        insert into standing_move
            select period, starts, minutes, 1 from came
            union all
            select period, starts, minutes, -1 from went;
        return null;
    end $$
    """,
    """
    create function total_went() returns trigger language plpgsql set search_path from current as
    $$ begin
        insert into standing_move select period, starts, minutes, -1 from went;
        return null;
    end $$
    """,
    # Nothing is written between the count and the first move.
    "lock table total in share row exclusive mode",
    """
    create trigger total_came after insert on total
        referencing new table as came for each statement execute function total_came()
    """,
    """
    create trigger total_moved after update on total
        referencing new table as came old table as went
        for each statement execute function total_moved()
    """,
    """
    create trigger total_went after delete on total
        referencing old table as went for each statement execute function total_went()
    """,
    """
    insert into standing
        select period, starts, level, minutes >> (5 * level), count(*)
        from total, generate_series(0, 4) as level
        group by 1, 2, 3, 4
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
