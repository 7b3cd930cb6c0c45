"""Patterns over event types, as a topic exchange takes them: `khatma.#`, `*.data_erased.v1`."""

import re
from collections.abc import Sequence
from pathlib import Path

from sakina_stack.problems import Problem

_WORD = re.compile(r"[a-z0-9_]+|\*|#")
_SCHEMAS = Path(__file__).parents[4] / "contracts" / "schemas" / "events"


def known_types() -> list[str]:
    """Return the type of every event that this release announces."""
    return sorted(file.stem for file in _SCHEMAS.glob("*.json"))


def refuse_unknown(topics: Sequence[str]) -> None:
    """See that each of `topics` meets an event that there is.

    Raises:
        Problem: One does not, or there is none; it names what there is.
    """
    known = known_types()
    unknown = [topic for topic in topics if not any(_meets(topic, kind) for kind in known)]
    if unknown or not topics:
        wrong = ", ".join(map(repr, unknown))
        what = f"No event is of the topic {wrong}." if unknown else "No topic was named."
        raise Problem(
            f"{what} Name one or more, such as 'khatma.#', '*.data_erased.v1' or '#' for "
            f"everything; there are: {', '.join(known)}."
        )


def _meets(topic: str, kind: str) -> bool:
    """Return whether a topic exchange would bring an event of type `kind` by the key `topic`."""
    words = topic.split(".")
    if not all(_WORD.fullmatch(word) for word in words):
        return False
    pattern = "".join(
        r"(\.[^.]+)*" if word == "#" else r"\.[^.]+" if word == "*" else rf"\.{word}"
        for word in words
    )
    return re.fullmatch(pattern, f".{kind}") is not None
