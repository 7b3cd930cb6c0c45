"""Khatmas as someone sees them: each list is one statement that reads only its page."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text

from chassis.data.statements import by_value
from chassis.data.transaction import Reader
from khatma.store.people import copy_of
from khatma.store.words import MATCHES, asking

NEWEST = 2**63 - 1

_SEEN = """(
    khatma.is_public
    or exists (select from member where khatma_id = {id} and person_id = :me)
    or exists (select from invitation where khatma_id = {id} and person_id = :me)
)"""
# Of the khatma `id`, and of any khatma: whether `me` may know of it.
SEEN, SEEN_OF_ANY = _SEEN.format(id=":id"), _SEEN.format(id="khatma.id")
CREATOR = copy_of("khatma.creator_id", "creator")
COLUMNS = """
    khatma.id, khatma.name, khatma.description, khatma.khatma_type, khatma.target_days,
    khatma.is_public, khatma.parts_at_once, khatma.creator_id, khatma.created_at, khatma.starts_on,
    khatma.completed_at, khatma.done_parts, khatma.member_count,
    creator.username, creator.fullname, creator.version,
    array(
        select number from part
        where part.khatma_id = khatma.id and part.person_id = :me order by number
    ) as my_chapters
"""
# Of the khatma `found`: whether `me` is no member. Looked up for one khatma after the other: as
# `not exists`, the planner would first read all that one is a member of.
NOT_MINE = """
    (select true from member where member.person_id = :me and member.khatma_id = found.id) is null
"""
_LIST = 200
# Ids of the newest khatmas of each list, or of the oldest; each is the end of an index.
_OWN = """
    select khatma_id from member where person_id = :me and {completed} and khatma_id < :after
    order by khatma_id {down} limit {most}
"""
OWN_ACTIVE = _OWN.format(completed="not completed", down="desc", most=_LIST)
_EVERYBODYS = """
    select id as khatma_id from khatma where is_public {state} and id < :after
    order by id {down} limit {most}
"""
_JOINABLE = f"""
    select khatma_id from (
        (
            select id as khatma_id from khatma as found
            where is_public and open_parts > 0 and id < :after and {NOT_MINE}
            order by id {{down}} limit {{most}}
        )
        union
        (
            select found.id from invitation
            cross join lateral (select * from khatma where id = khatma_id limit 1) as found
            where person_id = :me and khatma_id < :after and open_parts > 0 and {NOT_MINE}
            order by khatma_id {{down}} limit {{most}}
        )
    ) as either order by khatma_id {{down}} limit {{most}}
"""  # noqa: S608
# A khatma whose words are not kept yet, for about a second after each change of it, is found by the
# text: a position, in which nothing is a wildcard.
_HOLDS = f"""
    coalesce({MATCHES}, position(lower(:search) in lower(concat_ws(' ', name, description, (
        select coalesce(nullif(fullname, ''), username) from person where id = creator_id
    )))) > 0)
"""  # noqa: S608
# Of everybody's, those that hold the words: among those that the list looks at, and past them by
# the index of words, of which there is one for the active khatmas and one for the completed. So
# what stands in many is found among the newest, and nobody asks the index for all of it.
_FOUND = f"""
    select distinct khatma_id from (
        (
            select khatma_id from ({{listed}}) as listed
            cross join lateral (select * from khatma where id = khatma_id limit 1) as khatma
            where {_HOLDS}
        )
        {{by_words}}
        limit {{most}}
    ) as either
"""  # noqa: S608
_BY_WORDS = f"""
    union all (
        select id from (
            select id from khatma
            where is_public and {{state}} and {MATCHES} limit {{most}}
        ) as found where id < :after and {{mine}}
    )
"""  # noqa: S608
_ACTIVE = "completed_at is null"
_STATES = {"active": _ACTIVE, "completed": "completed_at is not null"}
NEWEST_FIRST = "-created_at"
# How many of a list are counted, and put in another order: so page one costs the same for ever.
MOST = 1000
_KEYS = {
    "created_at": "id",
    "name": "name",
    "completion_percentage": "done_parts",
    "participants_count": "member_count",
    "target_days": "target_days",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which khatmas; None leaves all in.

    Attributes:
        which: my_khatmas, completed, public or joinable.
        search: What somebody looks for, as they wrote it.
        words: The same as beginnings of words, all of which the name, the description or the
            creator's name holds; as `domain.searching` makes them.
        khatma_type: group or private.
        status: active or completed.
        is_public: Whether anybody may see them.
    """

    which: str = "my_khatmas"
    search: str | None = None
    words: tuple[str, ...] = ()
    khatma_type: str | None = None
    status: str | None = None
    is_public: bool | None = None

    @property
    def conditions(self) -> str:
        """What a khatma must be, beyond what its list says."""
        said = ["khatma_type = :khatma_type"] * (self.khatma_type is not None)
        said += ["is_public = :is_public"] * (self.is_public is not None)
        said += [_HOLDS] * (self.search is not None and not self.is_everybodys)
        return " and ".join(said)

    @property
    def is_everybodys(self) -> bool:
        """Whether others' khatmas are in it, of which there may be any number."""
        return self.which in ("public", "joinable")

    def ids(self, *, down: bool, most: int) -> str:
        """Return the statement of the ids of its list, from one end, up to `most`."""
        listed = self._listed(down=down, most=most)
        if self.search is None or not self.is_everybodys:
            return listed
        if self.which == "joinable":
            ways = [
                _BY_WORDS.format(state=f"{_ACTIVE} and open_parts > 0", mine=NOT_MINE, most=most)
            ]
        else:
            ways = [
                _BY_WORDS.format(state=state, mine="true", most=most)
                for state in ([_STATES[self.status]] if self.status else _STATES.values())
            ]
        return _FOUND.format(listed=listed, by_words="".join(ways), most=most)

    def _listed(self, *, down: bool, most: int) -> str:
        words = {"down": "desc" if down else "", "most": most}
        if self.which == "joinable":
            return _JOINABLE.format(**words)
        if self.which == "public":
            state = f"and {_STATES[self.status]}" if self.status else ""
            return _EVERYBODYS.format(state=state, **words)
        is_completed = "completed" in (self.which, self.status)
        return _OWN.format(completed="completed" if is_completed else "not completed", **words)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be in it: what it says contradicts itself."""
        if self.is_everybodys and self.khatma_type == "private":
            return True
        if self.which == "public" and self.is_public is False:
            return True
        return (self.which, self.status) in (("joinable", "completed"), ("completed", "active"))


@cache
def _listed(wanted: Wanted) -> TextClause:
    """Return the statement of a list that goes on by `after`."""
    if wanted.conditions or wanted.search is not None:
        return _paged(wanted, NEWEST_FIRST)
    return page_of(wanted.ids(down=True, most=_LIST))


def page_of(ids: str, *more: str) -> TextClause:
    """Return the question for khatmas as `me` sees them, newest first.

    Args:
        ids: A query for their ids, as `khatma_id`.
        more: Columns beyond those of a list.
    """
    columns = ", ".join((COLUMNS, *more))
    return text(
        f"""
        select {columns}
        from ({ids}) as page
        cross join lateral (select * from khatma where id = page.khatma_id limit 1) as khatma
        {CREATOR}
        order by khatma.id desc
        """  # noqa: S608
    )


@cache
def _paged(wanted: Wanted, ordering: str) -> TextClause:
    """Return the statement of a page, with how many there are in each row."""
    field, down = ordering.removeprefix("-"), ordering.startswith("-")
    # By age a list may begin with its oldest; any other order is one of its newest.
    key, by_age = _KEYS[field], field == "created_at"
    found = wanted.ids(down=down or not by_age, most=MOST)
    if wanted.conditions or not by_age:
        found = f"""
            select khatma.id, khatma.{key} as key from ({found}) as listed
            cross join lateral (select * from khatma where id = khatma_id limit 1) as khatma
            where {wanted.conditions or "true"}
        """  # noqa: S608
    else:
        found = f"select khatma_id as id, khatma_id as key from ({found}) as listed"  # noqa: S608
    order = "key desc, id desc" if down else "key, id"
    # Words are found by their index, whichever they are: what is reckoned for some is no help.
    looks_up = wanted.search is not None and wanted.is_everybodys
    made = text if looks_up or (by_age and not wanted.conditions) else by_value
    return made(
        f"""
        with found as materialized ({found})
        select (select count(*) from found) as in_all, {COLUMNS}
        from (select id, key from found order by {order} limit :size offset :skipped) as page
        cross join lateral (select * from khatma where id = page.id limit 1) as khatma
        {CREATOR}
        order by {order.replace("key", "page.key").replace("id", "page.id")}
        """  # noqa: S608
    )


# All parts of a completed khatma are done: what one has of it, one has read.
_OWN_COMPLETED = page_of(
    _OWN.format(completed="completed", down="desc", most=_LIST),
    """
    coalesce((
        select texts from intention where khatma_id = khatma.id and person_id = :me
    ), cast('{}' as text[])) as intention
    """,
)
# A row for each part, and one without a part where the page is empty.
_PARTS = f"""
    select khatma.creator_id, creator.username as creator_username,
        creator.fullname as creator_fullname, creator.version as creator_version,
        (select count(*) from part where khatma_id = :id {{whose}}) as in_all, taken.*
    from khatma {CREATOR} left join lateral (
        select number, person_id, claimed_at, done_at, holder.*
        from part {copy_of("part.person_id", "holder")}
        where khatma_id = :id {{whose}}
        order by number limit :size offset :skipped
    ) as taken on true
    where khatma.id = :id and {SEEN}
    order by taken.number
"""  # noqa: S608
_ALL_PARTS = text(_PARTS.format(whose=""))
_OWN_PARTS = text(_PARTS.format(whose="and person_id = :me"))
_NAMED = text("select username, fullname, version from person where id = :id")
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
    from khatma join member on member.khatma_id = khatma.id
        {copy_of("member.person_id", "person")}
    where khatma.id = :id and {SEEN}
    order by member.joined_at, member.person_id
    """  # noqa: S608
)


def some(
    reader: Reader,
    wanted: Wanted,
    me: int,
    *,
    after: int | None = None,
    ordering: str = NEWEST_FIRST,
) -> list[Any]:
    """Return up to 200 khatmas.

    Args:
        reader: Asks.
        wanted: Which.
        me: Who looks.
        after: Id of the last khatma of the list before, of one with the newest first.
        ordering: A field of the contract's, descending after a minus.
    """
    if wanted.is_empty:
        return []
    shape = _shape(wanted)
    statement = _listed(shape) if ordering == NEWEST_FIRST else _paged(shape, ordering)
    return reader.ask(statement, **_values(wanted, me, after), size=_LIST, skipped=0)


def page(
    reader: Reader, wanted: Wanted, me: int, *, ordering: str, page: int, size: int
) -> tuple[int, list[Any]]:
    """Return how many there are, counted up to `MOST`, and a page of them.

    Args:
        reader: Asks.
        wanted: Which.
        me: Who looks.
        ordering: A field of the contract's, descending after a minus.
        page: From 1 up.
        size: Khatmas on a page.
    """
    skipped = (page - 1) * size
    if wanted.is_empty or skipped >= MOST:
        return 0, []
    statement = _paged(_shape(wanted), ordering)
    rows = reader.ask(statement, **_values(wanted, me, None), size=size, skipped=skipped)
    return (rows[0].in_all if rows else 0), rows


def _shape(wanted: Wanted) -> Wanted:
    """Return what the statement depends on: its values are said when it is asked."""
    return replace(
        wanted,
        search=None if wanted.search is None else "",
        words=(),
        khatma_type=None if wanted.khatma_type is None else "",
        is_public=None if wanted.is_public is None else True,
    )


def _values(wanted: Wanted, me: int, after: int | None) -> dict[str, Any]:
    said = {"khatma_type": wanted.khatma_type, "is_public": wanted.is_public}
    looked_for = {"search": wanted.search, "wanted": asking(wanted.words)}
    return {"me": me, "after": after or NEWEST, **looked_for, **said}


def completed(reader: Reader, me: int, *, after: int | None) -> list[Any]:
    """Return up to 200 completed khatmas of `me`, newest first, with their `intention`.

    Args:
        reader: Asks.
        me: Who looks.
        after: Id of the last khatma of the list before.
    """
    return reader.ask(_OWN_COMPLETED, me=me, after=after or NEWEST)


class Copy(NamedTuple):
    """What is known of how a person is called; nothing where there is no copy of them."""

    username: str | None
    fullname: str | None
    version: int | None


def named(reader: Reader, person: int) -> Copy:
    """Return how `person` is called."""
    return next((Copy(*row) for row in reader.ask(_NAMED, id=person)), Copy(None, None, None))


def creator(row: Any) -> Copy:
    """Return the copy of the creator in a row of `parts`."""
    return Copy(row.creator_username, row.creator_fullname, row.creator_version)


def parts(reader: Reader, khatma: int, me: int, *, own: bool, page: int, size: int) -> list[Any]:
    """Return a page of the parts that are not open, the lowest first.

    Args:
        reader: Asks.
        khatma: Whose.
        me: Who looks.
        own: Whether only theirs are wanted.
        page: From 1 up.
        size: Parts on a page.

    Returns:
        One row without a part where there is none on the page; none where `me` may not know of
        the khatma.
    """
    statement = _OWN_PARTS if own else _ALL_PARTS
    return reader.ask(statement, id=khatma, me=me, size=size, skipped=(page - 1) * size)


def membership(reader: Reader, khatma: int, me: int) -> bool | None:
    """Say whether `me` is a member; None where they may not know of the khatma."""
    return next((row.is_member for row in reader.ask(_MEMBERSHIP, id=khatma, me=me)), None)


def members(reader: Reader, khatma: int, me: int) -> list[Any]:
    """Return the members in the order of joining; none where `me` may not know of the khatma."""
    return reader.ask(_MEMBERS, id=khatma, me=me)
