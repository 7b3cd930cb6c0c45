"""Khatmas as someone sees them: who may know of which, and what is shown of each."""

from sqlalchemy import TextClause, text

from khatma.store.people import copy_of

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
