"""Khatmas as someone sees them: each list is one statement that reads only its page."""

from typing import Any

from sqlalchemy import TextClause, text

from chassis.data.transaction import Reader

_NEWEST = 2**63 - 1

# Of the khatma `id`: whether `me` may know of it.
SEEN = """(
    khatma.is_public
    or exists (select from member where khatma_id = :id and person_id = :me)
    or exists (select from invitation where khatma_id = :id and person_id = :me)
)"""
# `limit 1` keeps the planner from joining the page by reading whole tables: at some tens of
# thousands of khatmas it reckoned that to be cheaper, and it is not.
_CREATOR = """
    left join lateral (
        select username, fullname, version from person where person.id = khatma.creator_id limit 1
    ) as creator on true
"""
_COLUMNS = """
    khatma.id, khatma.name, khatma.description, khatma.khatma_type, khatma.target_days,
    khatma.is_public, khatma.creator_id, khatma.created_at, khatma.starts_on,
    khatma.completed_at, khatma.done_parts, khatma.member_count,
    creator.username, creator.fullname, creator.version,
    array(
        select number from part
        where part.khatma_id = khatma.id and part.person_id = :me order by number
    ) as my_chapters
"""
_MINE = """
    select khatma_id from member where person_id = :me and khatma_id < :after
    order by khatma_id desc limit 200
"""
_ACTIVE = """
    select khatma_id from member where person_id = :me and not completed and khatma_id < :after
    order by khatma_id desc limit 200
"""
_COMPLETED = """
    select khatma_id from member where person_id = :me and completed and khatma_id < :after
    order by khatma_id desc limit 200
"""
_PUBLIC = """
    select id as khatma_id from khatma where is_public and id < :after
    order by id desc limit 200
"""
# Of the khatma `found`: whether `me` is no member. Looked up for one khatma after the other: as
# `not exists`, the planner would first read all that one is a member of.
NOT_MINE = """
    (select true from member where member.person_id = :me and member.khatma_id = found.id) is null
"""
_JOINABLE = f"""
    select khatma_id from (
        (
            select id as khatma_id from khatma as found
            where is_public and open_parts > 0 and id < :after and {NOT_MINE}
            order by id desc limit 200
        )
        union
        (
            select found.id from invitation
            cross join lateral (select * from khatma where id = khatma_id limit 1) as found
            where person_id = :me and khatma_id < :after and open_parts > 0 and {NOT_MINE}
            order by khatma_id desc limit 200
        )
    ) as either order by khatma_id desc limit 200
"""  # noqa: S608


def page_of(ids: str) -> TextClause:
    """Return the question for khatmas as `me` sees them, newest first.

    Args:
        ids: A query for their ids, as `khatma_id`.
    """
    return text(
        f"""
        select {_COLUMNS}
        from ({ids}) as page
        cross join lateral (select * from khatma where id = page.khatma_id limit 1) as khatma
        {_CREATOR}
        order by khatma.id desc
        """  # noqa: S608
    )


_PAGES = {
    "my_khatmas": page_of(_MINE),
    "active": page_of(_ACTIVE),
    "completed": page_of(_COMPLETED),
    "public": page_of(_PUBLIC),
    "joinable": page_of(_JOINABLE),
}
_FIND = text(
    f"""
    select {_COLUMNS}
    from khatma {_CREATOR}
    where khatma.id = :id and {SEEN}
    """  # noqa: S608
)
_MEMBERSHIP = text(
    f"""
    select exists (select from member where khatma_id = :id and person_id = :me) as is_member
    from khatma where id = :id and {SEEN}
    """  # noqa: S608
)
_MEMBERS = text(
    f"""
    select member.person_id, member.joined_at, person.username, person.fullname, person.version,
        array(
            select number from part where part.khatma_id = :id
            and part.person_id = member.person_id and done_at is null order by number
        ) as held,
        array(
            select number from part where part.khatma_id = :id
            and part.person_id = member.person_id and done_at is not null order by number
        ) as done
    from khatma join member on member.khatma_id = khatma.id left join lateral (
        select username, fullname, version from person where id = member.person_id limit 1
    ) as person on true
    where khatma.id = :id and {SEEN}
    order by member.joined_at, member.person_id
    """  # noqa: S608
)


def page(reader: Reader, which: str, me: int, after: int | None) -> list[Any]:
    """Return up to 200 khatmas, newest first.

    Args:
        reader: Asks.
        which: my_khatmas, active, completed, public or joinable.
        me: Who looks.
        after: Id of the last khatma of the page before.
    """
    return reader.ask(_PAGES[which], me=me, after=after or _NEWEST)


def find(reader: Reader, khatma: int, me: int) -> Any | None:
    """Return the khatma, or None where `me` may not know of it."""
    return next(iter(reader.ask(_FIND, id=khatma, me=me)), None)


def membership(reader: Reader, khatma: int, me: int) -> bool | None:
    """Say whether `me` is a member; None where they may not know of the khatma."""
    return next((row.is_member for row in reader.ask(_MEMBERSHIP, id=khatma, me=me)), None)


def members(reader: Reader, khatma: int, me: int) -> list[Any]:
    """Return the members in the order of joining; none where `me` may not know of the khatma."""
    return reader.ask(_MEMBERS, id=khatma, me=me)
