"""The head of a request, as most of what looks at it wants it: a header's value by its name."""

from starlette.types import Scope

_KEY = "sakina.head"


def head_of(scope: Scope) -> dict[bytes, bytes]:
    """Return the headers of a request by name, in small letters; of several lines the last.

    It is made once for a request. Whoever reads a list, which may come in several lines, reads
    `scope["headers"]`.
    """
    head: dict[bytes, bytes] | None = scope.get(_KEY)
    if head is None:
        head = scope[_KEY] = dict(scope["headers"])
    return head
