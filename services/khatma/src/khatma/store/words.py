"""Asking for the words of khatmas, in any statement."""

from collections.abc import Sequence

MATCHES = "words @@ cast(:wanted as tsquery)"
"""Whether a row of khatma holds the words of `asking`; null where they are not kept yet."""


def asking(wanted: Sequence[str]) -> str:
    """Return the query for khatmas that hold a word with each of these beginnings.

    Args:
        wanted: Of letters and digits alone, as `domain.searching` makes them.
    """
    return " & ".join(f"'{word}':*" for word in wanted)
