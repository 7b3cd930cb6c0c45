"""The table `person` of a service's schema: what may be kept of a person, and what is left of it.

Each service keeps what it needs and no more, by a migration of its own.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """Something that may be kept of a person.

    Attributes:
        kind: Its type in PostgreSQL.
        blank: Its value for one of whom nothing is known, or nothing is left; as SQL.
    """

    kind: str
    blank: str


COLUMNS = {
    "username": Column("text", "''"),
    "fullname": Column("text", "''"),
    "timezone": Column("text", "'UTC'"),
    "day_starts_at": Column("smallint", "0"),
    "visibility": Column("text", "'companions'"),
}


def added(name: str) -> str:
    """Return the statement by which a service keeps the column `name` from now on.

    What is not known of somebody is blank, and a release that does not know the column leaves it.
    """
    kind, blank = COLUMNS[name]
    return f"alter table person add column {name} {kind} not null default {blank}"


def table(*kept: str) -> str:
    """Return the statement that makes the table for a service that keeps the columns `kept`.

    Released migrations say it: what it returns for what they name never changes.
    `version` grows with each change of the account. `deleted_at` is a tombstone: the id outlives
    the person, so that nothing that comes late brings them back.
    """
    columns = "".join(f"{name} {COLUMNS[name].kind} not null, " for name in kept)
    return (
        f"create table person (id bigint primary key, {columns}"
        "version bigint not null, deleted_at timestamptz)"
    )
