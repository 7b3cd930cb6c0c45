"""Faults to plant: what a test of ours must see, were it ever made. Lists are in tests/faults/.

Each is a text of one file and what to put in its place. A text that is no longer there, or there
twice, is stale: nobody knows any more what the fault would be.
"""

import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.problems import Problem

LISTS = ROOT / "tests" / "faults"


class Stale(Exception):
    """The fault cannot be planted in today's code."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        package: The package whose code it is in.
        says: What is wrong with it, in a few words.
        file: Where, below the folder of the package's code in `src`.
        find: The text that is replaced, whose first appearance after `within` it is.
        put: What comes in its place.
        tests: Paths of tests in the package's folder, one of which fails where it is planted.
        within: A text before it, such as a function's head, where `find` alone is not unique.
    """

    package: str
    says: str
    file: str
    find: str
    put: str
    tests: list[str] = field(default_factory=list)
    within: str = ""

    @property
    def source(self) -> Path:
        """The file that it is planted in, of the checkout."""
        return source_of(self.package) / self.file

    def planted(self) -> str:
        """Return the whole file with the fault in it.

        Raises:
            Stale: Its text, or its file, or its tests are not there, or not unique.
        """
        if not self.source.is_file():
            raise Stale(f"there is no {self.file}")
        for test in self.tests:
            if not (PACKAGES[self.package] / test.partition("::")[0]).exists():
                raise Stale(f"there is no {test}")
        text = self.source.read_text()
        before, within, after = text.partition(self.within) if self.within else ("", "", text)
        if self.within and not within:
            raise Stale(f"{self.file} does not hold {self.within!r}")
        times = after.count(self.find)
        if not times or (times > 1 and not self.within):
            raise Stale(f"{self.file} holds {self.find!r} {times} times")
        return before + within + after.replace(self.find, self.put, 1)

    def plant(self, folder: Path) -> None:
        """Copy the package's code to `folder`, and make the fault there."""
        planted = self.planted()
        overlay(self.package, folder)
        (folder / source_of(self.package).name / self.file).write_text(planted)


def source_of(package: str) -> Path:
    """Return the folder of a package's code, which is called as Python imports it."""
    sources = PACKAGES[package] / "src"
    whole = sources / f"sakina_{package}"
    return whole if whole.is_dir() else sources / package


def overlay(package: str, folder: Path) -> None:
    """Copy the package's code to `folder`, which goes first where Python looks for packages."""
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    source = source_of(package)
    shutil.copytree(source, folder / source.name, ignore=ignored)


def planned(only: str = "") -> list[Fault]:
    """Return the faults of all lists, or of the package `only`.

    Raises:
        Problem: There is no such list, or one cannot be read.
    """
    files = sorted(LISTS.glob("*.toml"))
    chosen = [file for file in files if only in ("", file.stem)]
    if not chosen:
        names = ", ".join(file.stem for file in files)
        raise Problem(f"There is no list of faults for {only}: take one of {names}.")
    return [fault for file in chosen for fault in _read(file)]


def _read(file: Path) -> Iterator[Fault]:
    try:
        for entry in tomllib.loads(file.read_text())["fault"]:
            yield Fault(package=file.stem, **entry)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise Problem(f"{file.relative_to(ROOT)} is no list of faults: {error}") from error


def stale() -> list[str]:
    """Return a line for each fault that cannot be planted."""
    found = []
    for fault in planned():
        try:
            fault.planted()
        except Stale as why:
            found.append(f"{fault.package}: {fault.says}: {why}")
    return found
