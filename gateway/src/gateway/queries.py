"""Query words: each once, and none that the operation does not know.

A word that is passed over does harm: who deletes with `?id=3` believes that one thing goes.
"""

from collections.abc import Collection
from itertools import islice
from urllib.parse import parse_qsl

from contracts.refusals import Invalid

_LONGEST_NAME = 64
_MOST = 50
_MOST_IN_A_SENTENCE = 5


def words_of(query: bytes, known: Collection[str]) -> dict[str, str]:
    """Return the words of the query string by name.

    Args:
        query: As it came.
        known: The names that the operation knows.

    Raises Invalid, naming the words that it does not know or that are there twice.
    """
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    words = dict(pairs)
    if len(words) < len(pairs) or not words.keys() <= set(known):
        raise _wrong([name for name, _ in pairs], known)
    return words


def _wrong(names: list[str], known: Collection[str]) -> Invalid:
    heeded = f"It knows: {', '.join(known)}." if known else "It takes none."
    errors: dict[str, list[str]] = {}
    for name in names:
        if name not in known and len(errors) < _MOST:
            errors[name[:_LONGEST_NAME]] = [f"Is not a query parameter here. {heeded}"]
    for name in known:
        if names.count(name) > 1:
            errors[name] = ["Is there more than once. Send it once."]
    told = ", ".join(f"“{name}”" for name in islice(errors, _MOST_IN_A_SENTENCE))
    return Invalid(
        f"This operation cannot heed the query: see {told} in `errors`. {heeded}", errors=errors
    )
