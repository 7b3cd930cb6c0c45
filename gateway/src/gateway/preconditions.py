"""The conditional headers of a request (RFC 9110, section 13), and answers that bear validators."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from contracts.preconditions import (
    ANY,
    MOST_TAGS,
    Conditional,
    Precondition,
    entity_tag,
    failed,
)
from contracts.refusals import Invalid, PreconditionFailed
from gateway.answers import ok

Asked = TypeVar("Asked", bound=Conditional)
IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE = "If-Modified-Since", "If-Unmodified-Since"
LONGEST_TAG = 256
"""No tag of ours is longer, so a longer one matches nothing."""

# Section 8.8.3; a list may have empty elements (section 5.6.1).
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS = re.compile(rf"[ \t,]*{_TAG.pattern}(?:[ \t]*,[ \t,]*{_TAG.pattern})*[ \t,]*")


def precondition_of(request: Request) -> Precondition | None:
    """Return what `request` expects of what it would change, or None where it says nothing.

    Raises Invalid for a list of entity tags that is none. A date that is none is passed over, as
    RFC 9110 says.
    """
    return _precondition(_said(request))


def conditional(model: type[Asked], only_if: Precondition | None, **fields: Any) -> Asked:
    """Return a request of checked `fields` that is carried out only where `only_if` holds.

    Without one it says nothing of it: an older release of a service knows no precondition.
    """
    if only_if is not None:
        fields["precondition"] = only_if
    return model.model_construct(**fields)


def refuse_untagged(request: Request) -> None:
    """Refuse to change what has no validator where the precondition says something of one.

    Nothing there can be compared, so what must be equal is not, and only `*` is known to be there.
    Raises PreconditionFailed; Invalid for a list of entity tags that is none.
    """
    said = _precondition(_said(request))
    if said is not None and (_is_beyond_checking(said) or said.if_none_match == [ANY]):
        raise _untagged()


class Unconditional(Response):
    """An answer that no conditional header changes."""


def untagged(request: Request, answer: Response) -> Response:
    """Return what a reading request is told of what has no validator, instead of `answer` to it.

    The same rule as for a change. Raises PreconditionFailed; Invalid for a list of entity tags
    that is none. A stream is read from where one is, whatever one has: 304 would end an
    EventSource for good, and its ticket is taken.
    """
    if isinstance(answer, Unconditional):
        return answer
    said = _precondition(_said(request))
    if said is None or answer.status_code != HTTPStatus.OK or "etag" in answer.headers:
        return answer
    if _is_beyond_checking(said):
        raise _untagged()
    return Response(status_code=304) if said.if_none_match == [ANY] else answer


def _is_beyond_checking(said: Precondition) -> bool:
    if said.if_match is not None:
        return said.if_match != [ANY]
    return said.unmodified_since is not None


def _untagged() -> PreconditionFailed:
    return PreconditionFailed(
        "Nothing at this address has an ETag or a date, so that your precondition cannot hold. "
        "Leave it out."
    )


def shown(
    request: Request,
    body: bytes,
    *,
    tag: str | None = None,
    modified: datetime | None = None,
) -> Response:
    """Answer a reading `request` with `body`, or that the client has it already.

    Args:
        request: GET or HEAD.
        body: The JSON of the resource as the asker sees it.
        tag: Its entity tag, where that is not the one of `body`.
        modified: When it was last changed, where somebody keeps that.

    Raises PreconditionFailed where If-Match or If-Unmodified-Since does not hold.
    """
    tag = tag or entity_tag(body)
    said = _said(request)
    if said:
        precondition = _precondition(said)
        if precondition is not None and precondition.is_outdated(tag, modified):
            raise failed()
        if _is_had(said, precondition, tag, modified):
            return validated(Response(status_code=304), tag, modified)
    return validated(ok(body), tag, modified)


def validated(answer: Response, tag: str, modified: datetime | None = None) -> Response:
    """Return `answer` with the validators of the representation that it holds."""
    # Put there as they are: setting a header by its name looks for it first.
    answer.raw_headers.append((b"etag", tag.encode()))
    if modified is not None:
        date = format_datetime(modified.astimezone(UTC), usegmt=True)
        answer.raw_headers.append((b"last-modified", date.encode()))
    return answer


def _is_had(
    said: Mapping[str, str],
    precondition: Precondition | None,
    tag: str,
    modified: datetime | None,
) -> bool:
    if precondition is not None and precondition.if_none_match is not None:
        return precondition.is_known(tag)
    since = _date(said.get(IF_MODIFIED_SINCE.lower()))
    return since is not None and modified is not None and modified.replace(microsecond=0) <= since


def _said(request: Request) -> dict[str, str]:
    """The conditional headers; those in several lines are one list."""
    found: dict[str, str] = {}
    for name, value in request.scope["headers"]:
        if name.startswith(b"if-"):
            key, text = name.decode("latin-1"), value.decode("latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _precondition(said: Mapping[str, str]) -> Precondition | None:
    if not said:
        return None
    expected: dict[str, Any] = {
        "if_match": _tags(said, IF_MATCH),
        "if_none_match": _tags(said, IF_NONE_MATCH),
        "unmodified_since": _date(said.get(IF_UNMODIFIED_SINCE.lower())),
    }
    expected = {name: value for name, value in expected.items() if value is not None}
    return Precondition.model_construct(**expected) if expected else None


def _tags(said: Mapping[str, str], header: str) -> list[str] | None:
    text = said.get(header.lower())
    if text is None:
        return None
    if text.strip(" \t") == ANY:
        return [ANY]
    tags = _TAG.findall(text) if _TAGS.fullmatch(text) else []
    if not 0 < len(tags) <= MOST_TAGS:
        message = f"Must be * or 1 to {MOST_TAGS} entity tags, each in quotes as it came in ETag."
        raise Invalid(
            f"The header {header} is not valid. Send the entity tag as it came in ETag, in quotes.",
            errors={header: [message]},
        )
    return [tag for tag in tags if len(tag) <= LONGEST_TAG]


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    # HTTP writes its dates in GMT; the form of asctime does not even say so.
    return None if date.utcoffset() else date.replace(tzinfo=UTC)


def _depends() -> None:
    raise NotImplementedError("the binding reads the precondition")


OnlyIf = Annotated[Precondition | None, Depends(_depends)]
"""The parameter by which a route gets the precondition of a change."""
