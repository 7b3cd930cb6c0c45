"""What the lock files of requirements/ pin."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from sakina_local.checkout import ROOT
from sakina_local.locks import BUILD, DEVELOPMENT

__all__ = ["BUILD", "DEVELOPMENT", "FOLDER", "Pinned", "images", "pinned"]

FOLDER = Path("requirements")
_LINE = re.compile(
    r"^(?P<name>[a-z0-9-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+))?",
    re.M,
)
_IMAGES_MACHINE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
"""Of deploy/Dockerfile."""


@dataclass(frozen=True, order=True)
class Pinned:
    """One package that a lock file pins.

    Args:
        name: As indexes compare it: small letters and hyphens.
        version: The one.
    """

    name: str
    version: str


def images(root: Path = ROOT) -> list[str]:
    """Return the names of our images, each of which has a lock file."""
    names = {file.stem for file in (root / FOLDER).glob("*.txt")}
    return sorted(names - {DEVELOPMENT, BUILD})


def pinned(lock: str, root: Path = ROOT) -> list[Pinned]:
    """Return what the lock file `lock` installs in an image (CPython 3.13, Linux), by name."""
    text = (root / FOLDER / f"{lock}.txt").read_text()
    return sorted(
        Pinned(found["name"], found["version"])
        for found in _LINE.finditer(text)
        if not found["marker"] or Marker(found["marker"].strip()).evaluate(_IMAGES_MACHINE)
    )
