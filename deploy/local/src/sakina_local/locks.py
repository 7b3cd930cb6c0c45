"""The lock files in requirements/: what is installed, with hashes and no download address.

One for each image, one for development, and one for what turns our packages into wheels when an
image is built. The images take the development's versions, so that what runs is what was tested.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from contracts.catalogue import SERVICES
from sakina_local.checkout import PACKAGES, ROOT
from sakina_local.problems import Problem
from sakina_local.progress import plainly

FOLDER = ROOT / "requirements"
IMAGES = ("gateway", *SERVICES)
DEVELOPMENT = "development"
BUILD = "build"
OLDEST_PYTHON = "3.11"


def lock(*, upgrade: bool) -> None:
    """Write every lock file.

    Args:
        upgrade: Whether to take the newest versions; else what is pinned stays where it can.
    """
    FOLDER.mkdir(exist_ok=True)
    wanted = {name for package in PACKAGES for name in requirements(package)}
    with (ROOT / "pyproject.toml").open("rb") as file:
        wanted |= set(tomllib.load(file)["dependency-groups"][DEVELOPMENT])
    _compile(DEVELOPMENT, wanted, ["--upgrade"] if upgrade else [])
    constraint = FOLDER / f"{DEVELOPMENT}.txt"
    for image in IMAGES:
        # Nothing of its own may stay pinned that development moved on from.
        _compile(image, requirements(image), ["--upgrade", "--constraint", str(constraint)])
    _compile(BUILD, {"hatchling"}, ["--upgrade"] if upgrade else [])


def missing() -> list[tuple[str, str]]:
    """Return what the packages ask for and a lock does not pin: (lock file, name)."""
    asked = {image: requirements(image) for image in IMAGES}
    asked[DEVELOPMENT] = {name for package in PACKAGES for name in requirements(package)}
    found = []
    for lock, wanted in asked.items():
        file = FOLDER / f"{lock}.txt"
        pinned = set(re.findall(r"^([a-z0-9-]+)==", file.read_text(), re.M))
        names = {canonical(re.split(r"[\[<>=~! ]", one)[0]) for one in wanted}
        found += [(_shown(file), name) for name in sorted(names - pinned)]
    return found


def canonical(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(package: str) -> set[str]:
    """Return what the package and those of this repository that it needs ask of others."""
    with (PACKAGES[package] / "pyproject.toml").open("rb") as file:
        asked = set(tomllib.load(file)["project"]["dependencies"])
    ours = {name for name in asked if name.startswith("sakina-")}
    return (asked - ours).union(*(requirements(_folder(name)) for name in ours))


def _folder(name: str) -> str:
    """Return the folder of the package `name`: what others install bears the whole name."""
    bare = name.removeprefix("sakina-")
    return bare if bare in PACKAGES else name.replace("-", "_")


def _compile(name: str, wanted: set[str], options: list[str]) -> None:
    target = FOLDER / f"{name}.txt"
    done = subprocess.run(  # noqa: S603
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "-"),
            *("--universal", "--python-version", OLDEST_PYTHON),
            *("--generate-hashes", "--no-header", "--no-annotate"),
            *("--no-emit-index-url", "--quiet", "--output-file", str(target)),
            *options,
        ],
        input="\n".join(sorted(wanted)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"{name} cannot be locked: {done.stderr.strip()}")
    plainly(f"{_shown(target)}: {target.read_text().count('==')} packages")


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
