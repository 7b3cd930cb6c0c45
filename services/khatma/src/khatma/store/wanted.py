"""Which khatmas are in a list: the ids of its newest or oldest, each from the end of an index."""

from dataclasses import dataclass

from khatma.store.views import NOT_MINE
from khatma.store.words import MATCHES

AT_ONCE = 200
"""Khatmas in a list that is no page."""
# Ids of the newest khatmas of each list, or of the oldest; each is the end of an index.
_OWN = """
    select khatma_id from member where person_id = :me and {completed} and khatma_id < :after
    order by khatma_id {down} limit {most}
"""
OWN_ACTIVE = _OWN.format(completed="not completed", down="desc", most=AT_ONCE)
OWN_COMPLETED = _OWN.format(completed="completed", down="desc", most=AT_ONCE)
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
