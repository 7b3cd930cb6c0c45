"""One khatma in full: itself, its members and its parts that are not open, by one statement."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from chassis.data.transaction import Reader
from khatma.store.people import copy_of
from khatma.store.views import COLUMNS, CREATOR, SEEN

# Members and parts come as an array for each column. A member holds or has done a part, so there
# are no more of them than of parts, but for those who went on to another.
_FIND = text(
    f"""
    select {COLUMNS}, asker.timezone as my_timezone, asker.day_starts_at as my_day_starts_at,
        asker.version as my_version, members.*, parts.*
    from khatma {CREATOR}
    left join person as asker on asker.id = :me, (
        select array_agg(member.person_id order by joined_at, member.person_id) as member_ids,
               array_agg(joined_at order by joined_at, member.person_id) as member_joined,
               array_agg(named.username order by joined_at, member.person_id) as member_usernames,
               array_agg(named.fullname order by joined_at, member.person_id) as member_fullnames,
               array_agg(named.version order by joined_at, member.person_id) as member_versions
        from member {copy_of("member.person_id", "named")}
        where member.khatma_id = :id
    ) as members, (
        select array_agg(number order by number) as part_numbers,
               array_agg(part.person_id order by number) as part_people,
               array_agg(claimed_at order by number) as part_claimed,
               array_agg(done_at order by number) as part_done,
               array_agg(named.username order by number) as part_usernames,
               array_agg(named.fullname order by number) as part_fullnames,
               array_agg(named.version order by number) as part_versions
        from part {copy_of("part.person_id", "named")}
        where part.khatma_id = :id
    ) as parts
    where khatma.id = :id and {SEEN}
    """  # noqa: S608
)


class Member(NamedTuple):
    """A member, with the copy of them, if there is one."""

    person_id: int
    joined_at: datetime
    username: str | None = None
    fullname: str | None = None
    version: int | None = None


class Taken(NamedTuple):
    """A part that is not open, with the copy of who holds or has done it, if there is one."""

    number: int
    person_id: int | None
    claimed_at: datetime
    done_at: datetime | None
    username: str | None = None
    fullname: str | None = None
    version: int | None = None


class Days(NamedTuple):
    """What is kept of how who asks counts days; nothing where there is no copy of them."""

    timezone: str | None
    day_starts_at: int | None
    version: int | None


class InFull(NamedTuple):
    """A khatma as a list shows it, and the rest."""

    row: Any
    days: Days
    members: list[Member]
    parts: list[Taken]


def find(reader: Reader, khatma: int, me: int) -> InFull | None:
    """Return the khatma, or None where `me` may not know of it.

    Members come in the order of joining, parts by number.
    """
    for row in reader.ask(_FIND, id=khatma, me=me):
        members = (
            row.member_ids,
            row.member_joined,
            row.member_usernames,
            row.member_fullnames,
            row.member_versions,
        )
        parts = (
            row.part_numbers,
            row.part_people,
            row.part_claimed,
            row.part_done,
            row.part_usernames,
            row.part_fullnames,
            row.part_versions,
        )
        return InFull(
            row,
            Days(row.my_timezone, row.my_day_starts_at, row.my_version),
            [Member(*each) for each in _rows(members)],
            [Taken(*each) for each in _rows(parts)],
        )
    return None


def _rows(columns: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [] if columns[0] is None else list(zip(*columns, strict=True))
