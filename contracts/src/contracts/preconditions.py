"""Conditions on what a request would read or change, and the entity tags that they name.

RFC 9110, sections 8.8 and 13. The gateway checks them for what is read; the owner of a resource
checks them for what is changed, in the transaction of the change.
"""

from datetime import datetime
from hashlib import blake2b
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.models import Request
from contracts.refusals import PreconditionFailed

MOST_TAGS = 100
ANY = "*"
Tag = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS)]


def entity_tag(representation: bytes) -> str:
    """Return the strong entity tag, quotes included, of what a client is shown."""
    return f'"{blake2b(representation, digest_size=12).hexdigest()}"'


def failed() -> PreconditionFailed:
    """Return the refusal of a request whose precondition does not hold."""
    return PreconditionFailed(
        "It is not what your precondition expects. Get it again, and decide anew what to do."
    )


class Precondition(Request):
    """What a client expects of a resource: see RFC 9110, section 13.1, for each of the fields.

    Attributes:
        if_match: Entity tags as they were sent, or `*` alone; None where nothing was said.
        if_none_match: The same.
        unmodified_since: A moment, aware.
    """

    if_match: Tags | None = None
    if_none_match: Tags | None = None
    unmodified_since: datetime | None = None

    def is_outdated(self, tag: str, modified: datetime | None) -> bool:
        """Tell whether the resource is no longer what the client saw.

        Args:
            tag: The strong tag of what the client would be shown now.
            modified: When that was last changed; None where nobody knows.

        `unmodified_since` counts where `if_match` is not said, and in whole seconds, as HTTP
        writes dates. Where nobody knows the date, nobody can say that nothing has changed since.
        """
        if self.if_match is not None:
            # Strong comparison: a weak tag is never equal, not even to itself.
            return self.if_match != [ANY] and tag not in self.if_match
        if self.unmodified_since is None:
            return False
        return modified is None or modified.replace(microsecond=0) > self.unmodified_since

    def is_known(self, tag: str) -> bool:
        """Tell whether the client said that it has what it would be shown (weak comparison)."""
        known = self.if_none_match or []
        return known == [ANY] or tag in known or f"W/{tag}" in known

    def holds(self, tag: str, modified: datetime | None = None) -> bool:
        """Tell whether the resource may be changed."""
        return not self.is_outdated(tag, modified) and not self.is_known(tag)


class Conditional(Request):
    """A request that is carried out only where its precondition holds."""

    precondition: Precondition | None = None
