"""Patterns over event types, as a topic exchange has them: `khatma.#`, `*.data_erased.v1`."""

import re
from collections.abc import Callable, Sequence

_NAME, _VERSION = re.compile(r"[a-z0-9_]+"), re.compile(r"v[0-9]+")
_TYPE = (_NAME, _NAME, _VERSION)
"""The words of every type: who announces it, what happened, the version."""


def meeting(topics: str | Sequence[str]) -> Callable[[str], bool]:
    """Return whether a type meets one of `topics`, as a function of the type.

    Args:
        topics: Patterns, in a list or in one text between spaces. `*` is a word, `#` any number.

    Raises:
        ValueError: There is none, or no type could meet one of them. Which types there are is not
            known here: a later release may have more.
    """
    patterns = topics.split() if isinstance(topics, str) else list(topics)
    if not patterns:
        raise ValueError("name at least one topic, such as '#' for everything")
    for topic in patterns:
        if not _could_meet(topic.split("."), _TYPE):
            raise ValueError(f"{topic!r} meets no event: {_advice(topic)}")
    one = re.compile("|".join(map(_expression, patterns)))
    return lambda kind: one.fullmatch(f".{kind}") is not None


def _could_meet(words: Sequence[str], kinds: Sequence[re.Pattern[str]]) -> bool:
    if "#" in words:
        # What is before it meets the first words of a type, what is behind it the last.
        at = words.index("#")
        return _fit(words[:at], kinds) and any(
            _could_meet(words[at + 1 :], kinds[taken:]) for taken in range(at, len(kinds) + 1)
        )
    return len(words) == len(kinds) and _fit(words, kinds)


def _fit(words: Sequence[str], kinds: Sequence[re.Pattern[str]]) -> bool:
    return len(words) <= len(kinds) and all(
        word == "*" or kind.fullmatch(word) for word, kind in zip(words, kinds, strict=False)
    )


def _advice(topic: str) -> str:
    form = "a type has three words, as khatma.created.v1"
    wider = [*topic.removesuffix(".*").split("."), "#"]
    if _could_meet(wider, _TYPE):
        return f"{form}; {'.'.join(wider)!r} meets all that begin so"
    return f"{form}; '*' stands for one word, '#' for any number of them"


def _expression(topic: str) -> str:
    wild = {"#": r"(\.[^.]+)*", "*": r"\.[^.]+"}
    return "".join(wild.get(word, rf"\.{re.escape(word)}") for word in topic.split("."))
