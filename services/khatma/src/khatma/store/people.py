"""The copies that khatma keeps of people."""

from typing import NamedTuple

from sqlalchemy import text

from chassis.data.transaction import Reader
from person.copies import Copies

people = Copies(
    "username", "fullname", "timezone", "day_starts_at", "visibility", numbers="khatma_id_seq"
)
_NAMED = text("select username, fullname, version from person where id = :id")


class Copy(NamedTuple):
    """What is known of how a person is called; nothing where there is no copy of them."""

    username: str | None
    fullname: str | None
    version: int | None


def copy_of(person: str, name: str) -> str:
    """Return the join of how somebody is called, with the version of that: null without a copy.

    `limit 1` keeps the planner from reading whole tables to join a page: at some tens of thousands
    of khatmas it reckoned that to be cheaper, and it is not.

    Args:
        person: The column with their id.
        name: What the joined row is called.
    """
    return f"""
    left join lateral (
        select username, fullname, version from person where person.id = {person} limit 1
    ) as {name} on true
    """  # noqa: S608


def named(reader: Reader, person: int) -> Copy:
    """Return how `person` is called."""
    return next((Copy(*row) for row in reader.ask(_NAMED, id=person)), Copy(None, None, None))
