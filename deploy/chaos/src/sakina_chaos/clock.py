"""A clock that steps, by which every process of ours goes, as if they shared a machine's."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLLOWS = Path(__file__).with_name("stepping")


@dataclass(frozen=True)
class Clock:
    """A clock that is right until it is set.

    Attributes:
        file: Says by how many seconds it is ahead.
    """

    file: Path

    def __post_init__(self) -> None:
        self.set(0)

    def set(self, ahead: int) -> None:
        """Put it so many seconds ahead, or back below zero; whoever goes by it does so at once."""
        unfinished = self.file.with_suffix(".part")
        unfinished.write_text(f"{ahead}\n")
        unfinished.replace(self.file)

    def followed(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a process that goes by this clock."""
        path = [str(_FOLLOWS), *filter(None, [environment.get("PYTHONPATH")])]
        return {
            **environment,
            "PYTHONPATH": os.pathsep.join(path),
            "SAKINA_CHAOS_CLOCK": str(self.file),
        }
