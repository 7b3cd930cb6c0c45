"""Who holds or has done which part of a khatma."""

from typing import Any

from chassis.data.database import Reader
from contracts.khatma.parts import PageParts
from contracts.refusals import NotFound
from contracts.rpc import Call
from khatma.store import parts
from khatma.usecases.answers import taken_part_answer
from person.asking import name_of


def page_parts(reader: Reader, call: Call[PageParts]) -> dict[str, Any]:
    """Return a page of a khatma's parts that are held or done, and whose they are.

    Raises:
        NotFound: They may not know of the khatma, or the page is past the end.
    """
    asker, asked = call.asker, call.body
    rows = parts.page(
        reader,
        asked.id,
        asker.id,
        own=asked.user == "me",
        page=asked.page,
        size=asked.page_size,
    )
    if not rows:
        raise NotFound("There is no such khatma.")
    taken = [row for row in rows if row.number is not None]
    if not taken and asked.page > 1:
        raise NotFound(f"There is no page {asked.page}. Begin with page 1.")
    return {
        "count": rows[0].in_all,
        "results": [taken_part_answer(asked.id, row, asker) for row in taken],
        "khatma_creator_name": name_of(asker, rows[0].creator_id, parts.creator(rows[0])),
    }
