"""How a service says no: a stable wire code for each kind, and the HTTP status it becomes.

Refusal
 ├─ Invalid          400  a field is wrong; `errors` names it
 ├─ Unauthenticated  401
 ├─ Forbidden        403  known, but not allowed
 ├─ NotFound         404  not there, or not yours to know of
 ├─ Conflict         409
 ├─ PreconditionFailed 412  what would be changed is no longer what the caller saw
 ├─ KeyReused        422  an Idempotency-Key came again with another body
 ├─ TooMany          429
 ├─ Unexpected       500  the service failed; nothing about why travels
 ├─ Unavailable      503
 └─ Late             504
"""

from typing import Any, ClassVar


class Refusal(Exception):
    """A refusal with a stable `code`.

    Every text begins with a capital letter and ends with a full stop.

    Args:
        detail: A sentence or two for the caller that say what to do.
        errors: Messages by field name, for `Invalid`.
        retry_after: Seconds until a retry makes sense.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Refused"

    def __init__(
        self,
        detail: str,
        *,
        errors: dict[str, list[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """Return the `error` member of a reply, readable by a stock nameko caller too."""
        return {
            "exc_type": self.code,
            "exc_path": f"sakina.{self.code}",
            "exc_args": [self.detail],
            "value": self.detail,
            "errors": self.errors,
            "retry_after": self.retry_after,
        }

    @staticmethod
    def from_wire(error: dict[str, Any]) -> "Refusal":
        """Return the refusal that `error`, the member of a reply, stands for.

        A code that is not ours becomes `Unexpected`, without the text that came with it.
        """
        kind = REFUSALS.get(str(error.get("exc_type")))
        if kind is None:
            return Unexpected("The service failed. Try again; the failure is in its log.")
        return kind(
            str(error.get("value")),
            errors=error.get("errors"),
            retry_after=error.get("retry_after"),
        )


class Invalid(Refusal):
    """A field of the request is wrong."""

    code, status, title = "invalid", 400, "Bad Request"


class Unauthenticated(Refusal):
    """The caller did not prove who it is."""

    code, status, title = "unauthenticated", 401, "Unauthorized"


class Forbidden(Refusal):
    """The caller may know of the resource but not do this with it."""

    code, status, title = "forbidden", 403, "Forbidden"


class NotFound(Refusal):
    """The resource is not there, or not the caller's to know of."""

    code, status, title = "not_found", 404, "Not Found"


class Conflict(Refusal):
    """The state of things does not allow it."""

    code, status, title = "conflict", 409, "Conflict"


class PreconditionFailed(Refusal):
    """What would be changed is no longer what the caller saw (RFC 9110, section 13)."""

    code, status, title = "precondition_failed", 412, "Precondition Failed"


class KeyReused(Refusal):
    """An Idempotency-Key came again with another body."""

    code, status, title = "key_reused", 422, "Unprocessable Content"


class TooMany(Refusal):
    """Too many tries; `retry_after` says when to come back."""

    code, status, title = "too_many", 429, "Too Many Requests"


class Unexpected(Refusal):
    """The service failed; its log knows why."""

    code, status, title = "unexpected", 500, "Internal Server Error"


class Unavailable(Refusal):
    """The service, or something it needs, is away."""

    code, status, title = "unavailable", 503, "Service Unavailable"


class Late(Refusal):
    """No answer came within the deadline."""

    code, status, title = "late", 504, "Gateway Timeout"


REFUSALS: dict[str, type[Refusal]] = {kind.code: kind for kind in Refusal.__subclasses__()}
