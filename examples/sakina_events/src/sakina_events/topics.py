"""Patterns over event types, as a topic exchange has them: `khatma.#`, `*.data_erased.v1`."""

import re
from collections.abc import Callable, Sequence


def meeting(topics: str | Sequence[str]) -> Callable[[str], bool]:
    """Return whether a type meets one of `topics`, as a function of the type.

    Args:
        topics: Patterns, in a list or in one text between spaces. `*` is a word, `#` any number.

    Raises:
        ValueError: There is none.
    """
    patterns = topics.split() if isinstance(topics, str) else list(topics)
    if not patterns:
        raise ValueError("name at least one topic, such as '#' for everything")
    one = re.compile("|".join(map(_expression, patterns)))
    return lambda kind: one.fullmatch(f".{kind}") is not None


def _expression(topic: str) -> str:
    wild = {"#": r"(\.[^.]+)*", "*": r"\.[^.]+"}
    return "".join(wild.get(word, rf"\.{re.escape(word)}") for word in topic.split("."))
