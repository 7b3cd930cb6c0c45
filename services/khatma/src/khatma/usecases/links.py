"""Links that let people in: made and revoked by members, opened by whoever has the code."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from chassis.data import commands, outbox
from chassis.data.database import Database, Reader, Transaction
from chassis.process import clock
from chassis.work.encoding import Encoded
from contracts.khatma import methods
from contracts.khatma.khatmas import OneKhatma
from contracts.khatma.links import LinkCode, MakeLink, OneLink
from contracts.refusals import Conflict, Forbidden, NotFound, TooMany
from contracts.rpc import Actor, Call
from khatma.domain.links import MOST_LINKS, Misses
from khatma.store import links, members
from khatma.store.links import Tried
from khatma.usecases.answers import khatma_answer
from khatma.usecases.membership import enter
from khatma.usecases.refusals import refusing
from khatma.usecases.seen import seen, seen_by_link
from person.asking import name_of

_CODE_BYTES = 16


def make_link(tx: Transaction, call: Call[MakeLink]) -> dict[str, Any]:
    """Make a link that lets others into a group khatma; its code is told this once.

    Raises:
        Conflict: Nobody can join it any more, it is private, or the asker has too many links.
        Forbidden: The asker is no member.
        NotFound: They may not know of the khatma.
        Unauthenticated: The account was deleted.
    """
    asked, now, person = call.body, clock.now(), call.asker.id
    khatma = seen(tx, call.asker, asked.id).khatma
    with refusing():
        khatma.let_invite(person)
    code = secrets.token_urlsafe(_CODE_BYTES)
    expires_at = now + timedelta(days=asked.expires_in_days)
    link = links.add(
        tx,
        khatma.id,
        person,
        _hash(code),
        now=now,
        expires_at=expires_at,
        uses=asked.max_uses,
    )
    if link is None:
        raise Conflict(f"You have {MOST_LINKS} links to this khatma. Revoke one to make another.")
    return {"id": link, "code": code, "expires_at": expires_at, "uses_left": asked.max_uses}


def list_links(reader: Reader, call: Call[OneKhatma]) -> list[dict[str, Any]]:
    """Return the links that the asker may revoke: their own, as the creator all of the khatma.

    Raises:
        Forbidden: The asker is no member.
        NotFound: They may not know of the khatma.
    """
    asker, khatma = call.asker, call.body.id
    member = members.membership(reader, khatma, asker.id)
    if member is None:
        raise NotFound("There is no such khatma.")
    if not member:
        raise Forbidden("Join this khatma to see your links to it.")
    return [
        {
            "id": row.id,
            "maker": {"id": row.person_id, "fullname": name_of(asker, row.person_id, row)},
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "uses_left": row.uses_left,
        }
        for row in links.page(reader, khatma, asker.id, clock.now())
    ]


def revoke_link(tx: Transaction, call: Call[OneLink]) -> dict[str, Any]:
    """End a link. Raises NotFound where there is none that the asker may revoke."""
    if not links.remove(tx, call.body.id, call.body.link, call.asker.id):
        raise NotFound("You have no such link. List your links to see their ids.")
    return {"message": "The link lets nobody in any more."}


def show_by_link(reader: Reader, call: Call[LinkCode]) -> dict[str, Any]:
    """Return the khatma that a code opens.

    Raises:
        NotFound: It opens none, or none any more.
        TooMany: The asker tried too many that open none.
    """
    tried = _tried(reader, call.asker, call.body.code)
    row = links.show(reader, tried.khatma or 0, call.asker.id)
    if row is None:
        raise _nothing()
    return khatma_answer(row, call.asker)


def join_by_link(db: Database, call: Call[LinkCode]) -> Encoded:
    """Make the asker a member of the khatma that a code opens, as `join` does.

    Who becomes a member uses the link once, and once more where they left and come back by it; a
    member gets their next part without.

    Raises:
        Conflict: They hold a part that is not done, or none is open.
        NotFound: The code opens no khatma, or none any more.
        TooMany: The asker tried too many that open none.
        Unauthenticated: The account was deleted.
    """
    # A link may have been spent by this very command, when it came before.
    if answer := commands.answered(db.reader, methods.JOIN_BY_LINK, call):
        return answer
    tried = _tried(db.reader, call.asker, call.body.code)
    return commands.once(
        db, methods.JOIN_BY_LINK, call, lambda tx: _enter(tx, call.asker, tried, clock.now())
    )


def forget(db: Database) -> int:
    """Forget links that have expired, and misses that count no more; return how many rows went."""
    return links.forget(db, clock.now())


def _enter(tx: Transaction, asker: Actor, tried: Tried, now: datetime) -> dict[str, Any]:
    khatma = seen_by_link(tx, asker, tried.khatma or 0)
    if khatma is None or not links.lets_in(tx, khatma.id, tried.link or 0, asker.id, now):
        raise _nothing()
    joining, told = enter(tx, khatma, asker.id, now)
    if joining.is_new:
        links.use(tx, tried.link or 0)
    outbox.announce(tx, *told)
    return {
        "message": "Successfully joined khatma",
        "chapter_assigned": joining.number,
        "khatma": khatma.id,
    }


def _tried(reader: Reader, asker: Actor, code: str) -> Tried:
    """Return what `code` opens; count it where that is nothing."""
    now = clock.now()
    tried = links.find(reader, _hash(code), asker.id, now)
    if left := Misses(tried.spent_until).seconds_left(now):
        raise TooMany(
            "Too many codes that open no khatma. Wait before you try another.", retry_after=left
        )
    if tried.link is None:
        links.miss(reader, asker.id, now)
        raise _nothing()
    return tried


def _nothing() -> NotFound:
    """Return the one refusal of whatever opens nothing: who guesses learns nothing from it."""
    return NotFound("This link opens no khatma, or none any more. Ask for a new one.")


def _hash(code: str) -> bytes:
    # Of 128 random bits: a slow hash would make none of them harder to guess.
    return hashlib.sha256(code.encode()).digest()
