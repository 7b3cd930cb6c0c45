"""What happens, as it happens: server-sent events, and the tickets that open them in a browser."""

from typing import Annotated, Any

import orjson
from fastapi import Query, Response

from contracts.notify import methods as notify
from contracts.refusals import Invalid, PreconditionFailed, TooMany
from gateway.answers import created
from gateway.caller import Caller, CallerOf
from gateway.dependencies import closed_router, open_router
from gateway.forms import StreamQuery
from gateway.head import head_of
from gateway.operation import ERRORS, says
from gateway.routes.activity import place
from gateway.shapes import TicketAnswer
from gateway.streams.answer import StreamAnswer
from gateway.streams.text import MEDIA_TYPE
from gateway.streams.tickets import found, hash_of, new_ticket, take
from gateway.tokens import Identity

STREAM = "/api/activity/stream/"
_LAST_EVENT_ID = "Last-Event-ID"

router = closed_router("Activity")
doorway = open_router("Activity")
"""Who comes with a ticket has no token to show, so its routes find out themselves who is there."""

_DESCRIBED: dict[str, Any] = {
    "response_model": None,
    "response_class": Response,
}


@router.post(
    "/api/activity/tickets/",
    **says("Get a ticket to a stream", notify.ADD_TICKET, answers=TicketAnswer, status=201),
)
async def add_ticket(caller: CallerOf) -> Response:
    """A ticket, which opens one stream once, within 30 seconds, in one's own name and session.

    For a browser's `EventSource`, which cannot send the header Authorization. The stream ends no
    later than the access token that the ticket was asked for with, and so does the time of the
    ticket. An `Idempotency-Key` is ignored.
    """
    identity, ticket = caller.identity, new_ticket()
    assert identity is not None  # noqa: S101
    asked = notify.AddTicket.model_construct(
        hash=hash_of(ticket), issued_at=identity.issued_at, expires_at=identity.expires_at
    )
    added: dict[str, Any] = orjson.loads(await caller.ask(notify.ADD_TICKET, asked))
    address = caller.path(f"{STREAM.rstrip('/')}?ticket={ticket}")
    return created(orjson.dumps({"ticket": ticket, **added, "stream": address}), address)


def _described() -> dict[str, Any]:
    """Describe the stream: it is no JSON, and a ticket serves as well as a token."""
    told = says(
        "Follow what happens", notify.TAKE_TICKET, notify.ACTIVITY, answers=TicketAnswer, query=True
    )
    told["responses"] |= {
        200: {
            "description": "Events until one of the two ends.",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        }
    }
    # It has no validator, and passes over what is said of one.
    del told["responses"][PreconditionFailed.status]
    told["responses"] |= {TooMany.status: ERRORS[TooMany.status]}
    told["openapi_extra"] |= {
        "security": [{"bearer": []}, {"ticket": []}],
        "parameters": [
            {
                "name": _LAST_EVENT_ID,
                "in": "header",
                "required": False,
                "description": "The `id` of the last event that you have. It counts before "
                "`after`: an EventSource that connects anew sends both.",
                "schema": {"type": "string", "maxLength": 64},
            }
        ],
    }
    return told | _DESCRIBED


@doorway.get(STREAM, **_described())
async def follow_activity(caller: CallerOf, query: Annotated[StreamQuery, Query()]) -> Response:
    """What happens to oneself and in one's khatmas, as server-sent events, while one reads them.

    The first event, `opened`, says from where on. Each other has the `id` to go on from, its type
    as `event` and the announced envelope as `data`; a comment comes every 15 seconds. The stream
    ends with the access token and with its session; the last event, `goodbye` or `dropped`, says
    why, and `retry_ms` in it when to come back. Conditional headers change nothing.

    What happens in a khatma between leaving it and joining it again is on no stream that stays open
    over both; the feed shows it from then on, and so does a stream from a place before it.
    """
    last = caller.request.headers.get(_LAST_EVENT_ID)
    begins = (_LAST_EVENT_ID, last) if last else ("after", query.after)
    if query.ticket is None:
        identity = await caller.parts.identify(caller.request)
    else:
        identity = await _bearer_of(caller, query.ticket)
    caller.request.scope["sakina.identity"] = identity
    after = place(Caller(caller.request, caller.parts, identity), *begins)
    if query.ticket is not None and not caller.wants_head:
        # It is good once: whatever else can be wrong, another's place too, was found before.
        await take(caller.parts.rpc, query.ticket)
    return StreamAnswer(caller.parts, identity, after, query.chosen)


async def _bearer_of(caller: Caller, ticket: str) -> Identity:
    """Return whose ticket it is, and leave it good.

    Raises Refusal for one that is not good, or comes with a token, or where no stream is opened.
    """
    if b"authorization" in head_of(caller.request.scope):
        raise Invalid(
            "Send a ticket or the header Authorization, not both.",
            errors={"ticket": ["Is not to come with the header Authorization."]},
        )
    caller.parts.live.check()
    identity = await found(caller.parts.rpc, ticket)
    caller.parts.revoked.check(identity)
    return identity
