"""Faults planted into the code of the system that is run, each of which the checker must name."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sakina_chaos.checker import Finding
from sakina_chaos.faults import Fault, everything_again, frozen_and_killed, kill_all
from sakina_chaos.run import Plan
from sakina_chaos.stage import BROKER
from sakina_local import faults

LIST = Path(__file__).with_name("planted.toml")
SETTLE_SECONDS = 15.0
KILLS = 4

PLANS: dict[str, Callable[[], Sequence[Fault]]] = {
    "nothing": list,
    "kills of notify": lambda: [kill_all("notify")] * KILLS,
    "the broker frozen and killed": lambda: [frozen_and_killed(BROKER, 1.5)] * 2,
    "everything again": lambda: [everything_again()],
}


@dataclass(frozen=True)
class Planted:
    """A fault in the code, and what must come of it.

    Attributes:
        says: What is wrong.
        plan: What is done to the system that has it: one of `PLANS`.
        finds: By what name the checker must tell of it.
        about: What the sentence of such a finding holds, as a pattern.
        edit: The texts that are replaced, as in the lists of tests/faults.
        settle_seconds: How long what is right needs to come about in spite of it.
    """

    says: str
    plan: str
    finds: str
    about: str
    edit: list[dict[str, str]] = field(default_factory=list)
    settle_seconds: float = SETTLE_SECONDS

    def plant(self, folder: Path) -> str:
        """Make it in copies of the packages below `folder`; return the PYTHONPATH that has them.

        Raises:
            faults.Stale: A text that it replaces is not there, or is not the only one.
        """
        packages = sorted({each["package"] for each in self.edit})
        for package in packages:
            faults.overlay(package, folder / package)
        for each in self.edit:
            file = folder / each["package"] / each["package"] / each["file"]
            text = file.read_text() if file.is_file() else ""
            if (times := text.count(each["find"])) != 1:
                raise faults.Stale(f"{each['file']} holds {each['find']!r} {times} times")
            file.write_text(text.replace(each["find"], each["put"]))
        return ":".join(str(folder / package) for package in packages)

    def run_plan(self) -> Plan:
        """Return what is to be done."""
        return Plan(
            PLANS[self.plan](),
            calm_seconds=3.0,
            work_seconds=8.0,
            settle_seconds=self.settle_seconds,
        )

    def is_found(self, findings: Sequence[Finding]) -> bool:
        """Return whether it is among the findings by its right name."""
        return any(
            each.name == self.finds and re.search(self.about, each.says) for each in findings
        )


def planned() -> list[Planted]:
    """Return every fault of the list."""
    return [Planted(**entry) for entry in tomllib.loads(LIST.read_text())["fault"]]
