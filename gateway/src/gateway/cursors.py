"""A place in the record of activity as its reader gets it: opaque, and good for that person alone.

A cursor grants nothing: what one may see is decided each time that one asks. So it needs no secret,
and outlives the change of every key; what it is checked for is mistakes.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2s

from contracts.fields import LARGEST_ID

_FORM = struct.Struct(">BQQ")
_VERSION = 1
_CHECK_BYTES = 4
LENGTH = 28
"""Characters of a cursor."""

_BROKEN = "Is no cursor. Send one as it came, or leave it out to begin anew."
_FOREIGN = "Is a cursor of somebody else's. Send one of your own, or leave it out to begin anew."


def cursor(position: int, person: int) -> str:
    """Return the cursor by which `person` goes on from `position`, in the alphabet of URLs."""
    said = _FORM.pack(_VERSION, position, person)
    return urlsafe_b64encode(said + _check(said)).decode()


def position_of(written: str, person: int) -> int:
    """Return the position that `person` goes on from by a cursor that came back.

    Raises:
        ValueError: It is none, or another person's; the text says which, and what to do.
    """
    position, owner = _read(written)
    if owner != person:
        raise ValueError(_FOREIGN)
    return position


def _read(written: str) -> tuple[int, int]:
    try:
        decoded = urlsafe_b64decode(written.encode("ascii"))
    except (UnicodeEncodeError, NotBase64):
        raise ValueError(_BROKEN) from None
    if len(decoded) != _FORM.size + _CHECK_BYTES:
        raise ValueError(_BROKEN)
    _, position, owner = _FORM.unpack_from(decoded)
    # Written anew, it is the same, version and check: base64 lets some characters pass for others.
    if position > LARGEST_ID or cursor(position, owner) != written:
        raise ValueError(_BROKEN)
    return int(position), int(owner)


def _check(said: bytes) -> bytes:
    return blake2s(said, digest_size=_CHECK_BYTES, person=b"cursor").digest()
