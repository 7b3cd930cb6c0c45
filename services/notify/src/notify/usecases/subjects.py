"""Whom or what an event is about."""

from contracts.events import Envelope


def subject_id(event: Envelope) -> int:
    """Return the id in the event's subject: 17 of `khatma/17`.

    Raises:
        ValueError: The subject has no id.
    """
    return int(event.subject.rpartition("/")[2])
