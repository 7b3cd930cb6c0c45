"""What of a text people can see, and what of it turns the text around it.

The standard library does not know which characters are meant to be invisible
(Default_Ignorable_Code_Point, Unicode Standard Annex 44); the regular expressions of pydantic do.
Their tables come with pydantic, so all services judge alike, whatever Python each runs on.
"""

from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

# Symbols and letters by their category, but with an empty picture: the object replacement
# character, the Braille blank, a note without a head, two blank hieroglyphs.
_BLANK = r"\x{FFFC}\x{2800}\x{1D159}\x{13441}\x{13442}"
_UNSEEN = rf"\p{{Default_Ignorable_Code_Point}}\p{{Cf}}{_BLANK}"
# Pictographs that are reserved count: whoever types one sees an emoji of a newer Unicode.
_SEEN = rf"[[\p{{L}}\p{{N}}\p{{P}}\p{{S}}\p{{Extended_Pictographic}}]--[{_UNSEEN}]]"

# Embeddings, overrides and isolates (Unicode Standard Annex 9), with what ends each.
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class _Holding:
    """Tells whether a text holds something that a pattern, in Rust's syntax, matches."""

    def __init__(self, pattern: str) -> None:
        kind = Annotated[str, StringConstraints(pattern=pattern)]
        self._adapter: TypeAdapter[str] = TypeAdapter(kind)

    def __call__(self, text: str) -> bool:
        try:
            self._adapter.validate_python(text)
        except ValidationError:
            return False
        return True


holds_visible = _Holding(_SEEN)
"""Whether a text holds a letter, digit, sign or symbol with a picture of its own."""

holds_invisible = _Holding(rf"[{_UNSEEN}]")
"""Whether a text holds a character that nobody sees by itself; spaces are none."""


def turns(text: str) -> bool:
    """Tell whether `text` can turn the direction of what stands around it."""
    return any(char in TURNING for char in text)
