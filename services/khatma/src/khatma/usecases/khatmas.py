"""Looking at khatmas, making, changing and deleting them."""

from dataclasses import replace
from typing import Any

from chassis.data import outbox
from chassis.data.database import Reader, Transaction
from chassis.process import clock
from chassis.rpc import preconditions
from contracts.khatma.khatmas import ChangeKhatma, CreateKhatma, DeleteKhatma, OneKhatma
from contracts.khatma.lists import CompletedKhatmas, ListKhatmas, PageKhatmas, WantedKhatmas
from contracts.khatma.parts import PageParts
from contracts.models import Nothing
from contracts.preconditions import Precondition
from contracts.refusals import NotFound
from contracts.rpc import Actor, Call
from khatma import events
from khatma.domain.khatma import Khatma, check_publicity, first_parts
from khatma.domain.searching import wanted
from khatma.store import credit, homepage, khatmas, one, views
from khatma.store.khatmas import Locked
from khatma.store.people import people
from khatma.store.views import NEWEST_FIRST, Wanted
from khatma.usecases.answers import (
    in_full,
    khatma_answer,
    open_answer,
    own_in_full,
    own_khatma_answer,
    taken_part_answer,
)
from khatma.usecases.refusals import refusing
from person.asking import living, name_of


def list_khatmas(reader: Reader, call: Call[ListKhatmas]) -> list[dict[str, Any]]:
    """Return up to 200 khatmas, newest first unless `ordering` says otherwise.

    Raises:
        Invalid: `search` holds no word of two letters, or too many words.
    """
    asker, asked = call.asker, call.body
    ordering = asked.ordering or NEWEST_FIRST
    rows = views.some(reader, _wanted(asked), asker.id, after=asked.after, ordering=ordering)
    return [khatma_answer(row, asker) for row in rows]


def page_khatmas(reader: Reader, call: Call[PageKhatmas]) -> dict[str, Any]:
    """Return a page of khatmas, and how many there are on all pages.

    Raises:
        Invalid: `search` holds no word of two letters, or too many words.
        NotFound: The page is past the end.
    """
    asker, asked = call.asker, call.body
    count, rows = views.page(
        reader,
        _wanted(asked),
        asker.id,
        ordering=asked.ordering or NEWEST_FIRST,
        page=asked.page,
        size=asked.page_size,
    )
    if not rows and asked.page > 1:
        raise NotFound(f"There is no page {asked.page}. Begin with page 1.")
    return {"count": count, "results": [khatma_answer(row, asker) for row in rows]}


def page_parts(reader: Reader, call: Call[PageParts]) -> dict[str, Any]:
    """Return a page of a khatma's parts that are held or done, and whose they are.

    Raises:
        NotFound: They may not know of the khatma, or the page is past the end.
    """
    asker, asked = call.asker, call.body
    rows = views.parts(
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
        "khatma_creator_name": name_of(asker, rows[0].creator_id, views.creator(rows[0])),
    }


def get_khatma(reader: Reader, call: Call[OneKhatma]) -> dict[str, Any]:
    """Return one khatma that the asker may know of. Raises NotFound for another."""
    return _in_full(reader, call.asker, call.body.id)


def list_completed(reader: Reader, call: Call[CompletedKhatmas]) -> list[dict[str, Any]]:
    """Return up to 200 completed khatmas of the asker, newest first."""
    asker = call.asker
    rows = views.completed(reader, asker.id, after=call.body.after)
    return [
        {**khatma_answer(row, asker), "intention": row.intention, "jza": row.my_chapters}
        for row in rows
    ]


def show_homepage(reader: Reader, call: Call[Nothing]) -> list[dict[str, Any]]:
    """Return the seven liveliest public khatmas, as anybody sees them."""
    return [open_answer(row) for row in homepage.liveliest(reader)]


def create_khatma(tx: Transaction, call: Call[CreateKhatma]) -> dict[str, Any]:
    """Make a khatma with its creator as member and holder of the first part, or of all.

    Raises:
        Invalid: It is private and public.
        Unauthenticated: The account was deleted.
    """
    asked, now = call.body, clock.now()
    number, creator = people.attend_and_number(tx, call.asker)
    with refusing():
        check_publicity(asked.khatma_type, is_public=asked.is_public)
    khatma = Khatma(
        id=number,
        name=asked.name,
        description=asked.description,
        khatma_type=asked.khatma_type,
        is_public=asked.is_public,
        target_days=asked.target_days,
        starts_on=creator.clock.today(now),
        creator=creator.id,
        members=(creator.id,),
        parts=first_parts(asked.khatma_type, creator.id),
        parts_at_once=asked.parts_at_once,
    )
    khatmas.add(tx, khatma, now)
    outbox.announce(tx, events.created(khatma, creator.id))
    return own_in_full(khatma, creator, now, call.asker)


def change_khatma(tx: Transaction, call: Call[ChangeKhatma]) -> dict[str, Any]:
    """Change what the creator named of it; naming what it is already changes nothing.

    Raises:
        Forbidden: The asker is not its creator.
        Invalid: It is private and would be public.
        NotFound: They may not know of it.
        PreconditionFailed: It is not what they saw.
        Unauthenticated: The account was deleted.
    """
    before = _own(tx, call.asker, call.body.id, call.body.precondition)
    named = call.body.change.named()
    _forget_the_usual(named, before.khatma)
    with refusing():
        check_publicity(before.khatma.khatma_type, is_public=named.get("is_public", False))
    after = replace(before, khatma=replace(before.khatma, **named))
    if after != before:
        khatmas.change(tx, after.khatma, clock.now())
        outbox.announce(tx, events.updated(after.khatma, after.asker.id))
    return _shown(after)


def delete_khatma(tx: Transaction, call: Call[DeleteKhatma]) -> dict[str, Any]:
    """Remove it from everybody's view; finished reading keeps its credit.

    Raises:
        Forbidden: The asker is not its creator.
        NotFound: They may not know of it.
        PreconditionFailed: It is not what they saw.
        Unauthenticated: The account was deleted.
    """
    khatma = _own(tx, call.asker, call.body.id, call.body.precondition).khatma
    if not khatma.is_complete:
        credit.stop(tx, khatma.members)
    khatmas.remove(tx, khatma.id)
    outbox.announce(tx, events.deleted(khatma, khatma.creator))
    return {"message": "Successfully deleted khatma"}


def seen(
    tx: Transaction,
    actor: Actor,
    khatma: int,
    *,
    beside: int | None = None,
    number: int | None = None,
) -> Locked:
    """Return the khatma, locked, for one who may know of it: one message.

    Args:
        tx: The transaction, in which nothing is locked yet.
        actor: Who commands. Nobody erases them meanwhile.
        khatma: Its id.
        beside: Another person whom nobody is to erase meanwhile.
        number: A part, on which their session is wanted.

    Raises:
        NotFound: There is none, or none that they may know of.
        Unauthenticated: Their account is gone, and this command came late.
    """
    people.attend_beside(tx, actor, beside)
    asker, found = khatmas.lock(tx, khatma, actor.id, number=number)
    living(asker)
    if found is None or not (found.khatma.shows_to(asker.id) or found.is_invited):
        raise NotFound("There is no such khatma.")
    return found


def _forget_the_usual(named: dict[str, Any], khatma: Khatma) -> None:
    """Take out what only repeats how many parts at once are usual in such a khatma.

    A client that sends a khatma back as it came has not said that it shall stay so.
    """
    as_public = named.get("is_public", khatma.is_public) == khatma.is_public
    if as_public and named.get("parts_at_once") == khatma.most_at_once:
        del named["parts_at_once"]


def _wanted(asked: WantedKhatmas) -> Wanted:
    with refusing():
        words = () if asked.search is None else tuple(wanted(asked.search, "search"))
    return Wanted(
        which=asked.filter,
        search=asked.search,
        words=words,
        khatma_type=asked.khatma_type,
        status=asked.status,
        is_public=asked.is_public,
    )


def seen_by_link(tx: Transaction, actor: Actor, khatma: int) -> Khatma | None:
    """Return the khatma, locked, for one who has a link to it, or None where it is gone.

    Raises:
        Unauthenticated: Their account is gone, and this command came late.
    """
    people.attend_beside(tx, actor)
    asker, found = khatmas.lock(tx, khatma, actor.id)
    living(asker)
    return found.khatma if found else None


def _in_full(reader: Reader, asker: Actor, khatma: int) -> dict[str, Any]:
    """Return a khatma as the asker is shown it. Raises NotFound where they may not know of it."""
    found = one.find(reader, khatma, asker.id)
    if found is None:
        raise NotFound("There is no such khatma.")
    return in_full(found, asker, clock.now())


def _own(tx: Transaction, actor: Actor, khatma: int, precondition: Precondition | None) -> Locked:
    """Return the asker's own khatma, locked, where it is what they saw."""
    found = seen(tx, actor, khatma)
    with refusing():
        found.khatma.let_change(actor.id)
    # When it was last changed nobody keeps; not before it was made, at any rate.
    preconditions.check(precondition, lambda: _in_full(tx, actor, khatma))
    return found


def _shown(own: Locked) -> dict[str, Any]:
    return own_khatma_answer(own.khatma, own.asker, own.created_at, own.completed_at)
