"""What members intend: a row for each member who said so. It goes with the membership."""

from typing import Any

from sqlalchemy import text

from chassis.data.transaction import Reader, Transaction
from khatma.store.views import SEEN

_FIND = text(
    f"""
    select member.person_id is not null as is_member,
           coalesce(intention.texts, cast('{{}}' as text[])) as intention
    from khatma
    left join member on member.khatma_id = khatma.id and member.person_id = :me
    left join intention on intention.khatma_id = khatma.id and intention.person_id = :me
    where khatma.id = :id and {SEEN}
    """  # noqa: S608
)
_KEEP = text(
    """
    insert into intention (khatma_id, person_id, texts)
    values (:khatma, :person, cast(:texts as text[]))
    on conflict (khatma_id, person_id) do update set texts = excluded.texts
    """
)


def find(reader: Reader, khatma: int, me: int) -> Any | None:
    """Return whether `me` is a member, and their `intention`, a list of texts.

    None where they may not know of the khatma.
    """
    return next(iter(reader.ask(_FIND, id=khatma, me=me)), None)


def keep(tx: Transaction, khatma: int, person: int, texts: list[str]) -> None:
    """Put `texts` in place of what the member `person` intended."""
    tx.tell(_KEEP, khatma=khatma, person=person, texts=texts)
