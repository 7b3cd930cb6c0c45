"""Which events a feed, a stream and a webhook may show, and the words by which they are chosen."""

import re
from collections.abc import Iterable

from contracts.catalogue import EVENTS
from contracts.events import EventType

_SHOWN_ABOUT = ("person", "khatma")
_FOR_SERVICES = ("data_erased", "members_listed")
_NO_LONGER = ("khatma.member_invited.v1",)
_VERSION = re.compile(r"\.v[0-9]+$")


def is_shown(kind: EventType) -> bool:
    """Say whether events of `kind` are for people: those about a person's or a khatma's activity.

    What auth says of accounts, who leads the board, the end of an account, and a list of members
    that were there before are for services. Whom a member invited is for that person alone, as the
    second version says it.
    """
    return (
        kind.subject in _SHOWN_ABOUT
        and kind.name not in _FOR_SERVICES
        and kind.wire_name not in _NO_LONGER
    )


SHOWN = tuple(sorted(name for name, kind in EVENTS.items() if is_shown(kind)))
"""The wire names of all that is shown to people."""


def chosen(words: Iterable[str]) -> list[str]:
    """Return the wire names of what `words` choose, in the order of `SHOWN`.

    Args:
        words: Types of events, as `khatma.part_completed.v1` or without the version, or patterns
            as those of a topic exchange: `*` stands for one word, `#` for any number of words.

    Raises:
        ValueError: A word chooses nothing that is shown; the text says the how manieth, and names
            all that is shown.
    """
    found: set[str] = set()
    for nth, word in enumerate(words, start=1):
        matches = wanted([word])
        if not matches:
            raise ValueError(f"must each choose among {', '.join(SHOWN)}: word {nth} chooses none")
        found |= matches
    return sorted(found)


def wanted(words: Iterable[str]) -> set[str]:
    """Return the wire names of what `words` choose now; one may choose nothing any more."""
    return {name for word in words for name in SHOWN if _chooses(word, name)}


def _chooses(word: str, name: str) -> bool:
    pattern = word.split(".")
    return any(_fits(pattern, key.split(".")) for key in (name, _VERSION.sub("", name)))


def _fits(pattern: list[str], key: list[str]) -> bool:
    """Say whether a topic exchange that is bound by `pattern` passes on `key`."""
    # What of `key` may be left over after each word of the pattern.
    left = {0}
    for word in pattern:
        if word == "#":
            left = set(range(min(left), len(key) + 1)) if left else left
        else:
            left = {at + 1 for at in left if at < len(key) and word in ("*", key[at])}
    return len(key) in left
