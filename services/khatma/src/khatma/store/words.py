"""Keeping the words of khatmas, and asking for them, in any statement."""

from collections.abc import Sequence

KEPT = "array_to_tsvector(string_to_array({words}, ' '))"
"""How the column holds `words`, a text of words that spaces part."""
MATCHES = "words @@ cast(:wanted as tsquery)"
"""Whether a row of khatma holds the words of `asking`; null where they are not kept yet."""


def as_text(words: Sequence[str]) -> str:
    """Return words as `KEPT` takes them."""
    return " ".join(words)


def asking(wanted: Sequence[str]) -> str:
    """Return the query for khatmas that hold a word with each of these beginnings.

    Args:
        wanted: Of letters and digits alone, as `domain.searching` makes them.
    """
    return " & ".join(f"'{word}':*" for word in wanted)
