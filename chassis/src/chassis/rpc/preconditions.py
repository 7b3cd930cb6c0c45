"""Changing something only while it is what the caller saw."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from chassis.work.encoding import encode
from contracts.preconditions import Precondition, entity_tag, failed


def check(
    precondition: Precondition | None,
    shown: Callable[[], Any],
    modified: datetime | None = None,
) -> None:
    """Refuse a change whose precondition does not hold; cheap for a request without one.

    Args:
        precondition: What the caller expects, if anything.
        shown: Returns what the caller would be answered now: the answer whose bytes made the
            entity tag that they know. Ask it under the lock of what is about to change.
        modified: When that was last changed; None where nobody keeps it.

    Raises:
        PreconditionFailed: It is not what they saw; nothing may be changed.
    """
    if precondition is None:
        return
    if not precondition.holds(entity_tag(encode(shown())), modified):
        raise failed()
