"""Why a stream ends, and what its reader is told as the last thing."""

import random
from dataclasses import dataclass

from gateway.streams.text import last_words
from gateway.streams.wire import HURRY_SECONDS

RETRY_MS = 3000
"""How long a reader waits before it connects anew, where nothing else is said."""
_ROLL_MS = (500, 5000)


@dataclass(frozen=True, slots=True)
class Ending:
    """One way for a stream to end.

    Attributes:
        reason: A word for programs and for the metrics.
        detail: What to do, in a sentence.
        name: The name of the last event.
        spread: Whether readers are to come back at different times, since all are told at once.
        seconds: How long the reader has to read it, and what was written before.
    """

    reason: str
    detail: str
    name: str = "goodbye"
    spread: bool = False
    seconds: float = 10.0

    def text(self) -> bytes:
        """Return the last event."""
        wait = random.randint(*_ROLL_MS) if self.spread else None  # noqa: S311 - no secret
        said: dict[str, object] = {"reason": self.reason, "detail": self.detail}
        if wait is not None:
            said["retry_ms"] = wait
        return last_words(self.name, said, wait)


_GO_ON = "go on with Last-Event-ID, or `after`."

SESSION_ENDED = Ending("session_ended", "Your session has ended. Log in again.")
TOKEN_EXPIRED = Ending(
    "token_expired", f"The access token has expired. Refresh it, open the stream anew and {_GO_ON}"
)
RESTARTING = Ending(
    "restarting",
    f"This server is about to restart. Come back in `retry_ms` and {_GO_ON}",
    spread=True,
    seconds=HURRY_SECONDS,
)
TOO_SLOW = Ending(
    "too_slow",
    f"You read more slowly than things happen. Open the stream anew, choose fewer `types`, and "
    f"{_GO_ON}",
    name="dropped",
    seconds=30.0,
)
FAILED = Ending("failed", f"Something failed here. Open the stream anew and {_GO_ON}", spread=True)
