"""Patterns over event types, as a topic exchange takes them: `khatma.#`, `*.data_erased.v1`."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from sakina_stack.problems import Problem

_WORD = re.compile(r"[a-z0-9_]+|\*|#")
_SCHEMAS = Path(__file__).parents[4] / "contracts" / "schemas" / "events"


def known_types() -> list[str]:
    """Return the type of every event of this release that passes the broker."""
    return sorted(file.stem for file in _SCHEMAS.glob("*.json") if not _is_about_webhook(file))


def refuse_unknown(topics: Sequence[str]) -> None:
    """See that each of `topics` meets an event that there is.

    Raises:
        Problem: One does not, or there is none; it names what there is.
    """
    known = known_types()
    unknown = [topic for topic in topics if not _meets_one(topic, known)]
    if unknown or not topics:
        what = [_refused(topic, known) for topic in unknown] or ["No topic was named."]
        raise Problem(
            f"{' '.join(what)} Name one or more, such as 'khatma.#', '*.data_erased.v1' or '#' for "
            f"everything; there are: {', '.join(known)}."
        )


def _is_about_webhook(schema: Path) -> bool:
    """Return whether events of a type are sent to the webhook that they are about, and no other."""
    subject = json.loads(schema.read_text())["properties"]["subject"]
    return str(subject["pattern"]).startswith("^webhook/")


def _refused(topic: str, known: Sequence[str]) -> str:
    said = f"{topic!r} meets no event"
    # What others have without the version: `khatma.*`, or `khatma.created`.
    begins = topic.removesuffix(".*")
    wider = f"{begins}.#"
    if not _meets_one(wider, known):
        return f"{said}."
    example = next(kind for kind in known if _meets(wider, kind))
    return f"{said}: a type has three words, as {example}; {wider!r} meets all of {begins}."


def _meets_one(topic: str, known: Sequence[str]) -> bool:
    return any(_meets(topic, kind) for kind in known)


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
