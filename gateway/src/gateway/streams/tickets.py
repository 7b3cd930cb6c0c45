"""Tickets: what opens a stream where no header can be sent, as by a browser's EventSource.

Notify keeps their hashes, for all gateways; what a ticket is made of only its holder has.
"""

import secrets
from hashlib import sha256

from contracts.notify import methods as notify
from contracts.rpc import Actor
from gateway.idempotency import own_command
from gateway.rpc import Rpc
from gateway.tokens import Identity

_BYTES = 24


def new_ticket() -> str:
    """Return a ticket that nobody can guess, in the alphabet of URLs."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(ticket: str) -> str:
    """Return what is kept of a ticket."""
    return sha256(ticket.encode()).hexdigest()


async def take(rpc: Rpc, ticket: str) -> None:
    """Take a ticket, which opens nothing any more. Raises as `found` does."""
    asked = notify.TakeTicket.model_construct(hash=hash_of(ticket))
    await rpc.call(notify.TAKE_TICKET, asked, command=own_command())


async def found(rpc: Rpc, ticket: str) -> Identity:
    """Return whose ticket it is, as their access token said, and leave it good.

    Raises Unauthenticated for one that opens nothing; Unavailable, Late where that is not known.
    """
    asked = notify.TakeTicket.model_construct(hash=hash_of(ticket))
    whose = notify.Ticket.model_validate_json(await rpc.call(notify.FIND_TICKET, asked))
    actor = Actor(id=whose.person, session=whose.session, username="")
    return Identity(
        user=whose.person,
        session=whose.session,
        issued_at=whose.issued_at,
        expires_at=whose.expires_at,
        wire=actor.__pydantic_serializer__.to_json(actor),
        generation=0,
    )
