"""What anybody sees, without a token: the public khatmas that most people read in."""

from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader
from khatma.store.views import COLUMNS

SHOWN = 7
_NOBODY = 0
# The end of an index. Who joins moves a khatma in it, and no other command does.
_LIVELIEST = text(
    f"""
    select {COLUMNS}, creator.visibility
    from (
        select id from khatma where is_public and completed_at is null
        order by member_count desc, id desc limit {SHOWN}
    ) as page
    cross join lateral (select * from khatma where id = page.id limit 1) as khatma
    left join lateral (
        select username, fullname, version, visibility from person
        where person.id = khatma.creator_id limit 1
    ) as creator on true
    order by khatma.member_count desc, khatma.id desc
    """  # noqa: S608
)


def liveliest(reader: Reader) -> list[Any]:
    """Return the seven public, active khatmas with most members, the newest of equals first."""
    return reader.ask(_LIVELIEST, me=_NOBODY)
