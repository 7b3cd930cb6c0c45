"""What a request carries through every call made for it: its id, its trace, its deadline."""

import os
import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, replace

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# W3C Trace Context, version 00; all-zero ids are invalid there.
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """One request on its way through the system. `deadline` is in seconds of time.monotonic()."""

    request_id: str
    traceparent: str
    deadline: float

    @property
    def seconds_left(self) -> float:
        """What remains of the deadline; negative when it has passed."""
        return self.deadline - time.monotonic()

    def under(self, traceparent: str) -> "Trace":
        """Return the same for what follows the span `traceparent`."""
        return replace(self, traceparent=traceparent)


def begin(request_id: str, traceparent: str, seconds: float) -> Trace:
    """Return the trace of a request that has `seconds` to be answered.

    A sane `request_id` and a valid `traceparent` from the caller are carried on; anything else
    is made anew.
    """
    made = os.urandom(24).hex()
    seen = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    trace_id, flags = seen.groups() if seen else (made[:32], "01")
    if not _SANE_ID.fullmatch(request_id):
        request_id = trace_id
    span = made[32:]
    return Trace(request_id, f"00-{trace_id}-{span}-{flags}", time.monotonic() + seconds)


CURRENT: ContextVar[Trace] = ContextVar("trace")
"""The trace of the request being worked on."""
