"""Processes that are to live: who died or stands still, and when to start it again."""

import random
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sakina_local import processes
from sakina_local.problems import Problem

HOPELESS_DEATHS = 5
CALM_SECONDS = 60.0
STILL_SECONDS = 10.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


@dataclass
class Watched:
    """A process that is started again when it dies, later each time it dies early.

    Attributes:
        name: What a person calls it.
        process: Returns it, or None while it is down.
        restart: Starts it again.
        deaths: How often it died since it last lived for a calm while.
    """

    name: str
    process: Callable[[], subprocess.Popen[bytes] | None]
    restart: Callable[[], None]
    deaths: int = 0
    _due: float | None = None
    _since: float = field(default_factory=time.monotonic)
    _still_since: float | None = None

    def look(self, say: Callable[[str], None]) -> None:
        """Note a death, or start it again when that is due; tell `say` of both.

        A process that a signal stopped cannot end itself, as one does whose loop hangs: it is
        ended after a while.
        """
        now = time.monotonic()
        if self._due is None:
            self._end_if_still(now, say)
            if self._code() is not None:
                self._died(now, say)
        elif now >= self._due:
            self._due = None
            self._since = now
            self.restart()
            say(f"{self.name} started again")

    def _end_if_still(self, now: float, say: Callable[[str], None]) -> None:
        process = self.process()
        if process is None or process.poll() is not None or not processes.stands_still(process):
            self._still_since = None
        elif self._still_since is None:
            self._still_since = now
        elif now - self._still_since > STILL_SECONDS:
            say(f"{self.name} stands still; ending it")
            processes.kill_group(process)

    def _died(self, now: float, say: Callable[[str], None]) -> None:
        self.deaths = 1 if now - self._since > CALM_SECONDS else self.deaths + 1
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.deaths - 1))
        # Spread, so that what died of one cause does not start in one instant.
        pause = longest * random.uniform(0.5, 1)  # noqa: S311
        self._due = now + pause
        say(f"{self.name} ended ({_how(self._code())}); starting it again in {pause:.1f} s")

    def _code(self) -> int | None:
        process = self.process()
        return None if process is None else process.poll()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by signal {-code}"
    return f"with exit code {code}"


def give_up_the_hopeless(watched: Iterable[Watched], log: Callable[[str], Path]) -> None:
    """Raise Problem where one of `watched` keeps dying, with the end of its `log`."""
    for one in watched:
        if one.deaths >= HOPELESS_DEATHS:
            file = log(one.name)
            raise Problem(
                f"{one.name} keeps dying; its log {file} ends:\n{processes.last_lines(file)}"
            )
