"""The images that ours are made from and run beside, each by its digest where one is known.

`deploy/images.lock` has a line for each: `name:tag sha256:…`, or `name:tag unpinned` where no
registry was asked yet. The files that name an image carry what the lock says of it.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sakina_local.checkout import ROOT
from sakina_supply.problems import Problem
from sakina_supply.reference import Reference

LOCK = Path("deploy/images.lock")
UNPINNED = "unpinned"
_NAMED = re.compile(
    r"(?:\bimage(?:Name)?:|_IMAGE=|_IMAGE:-|^FROM)\s*[\"']?(?:\$\{\w+:-)?"
    r"(?P<image>[a-z0-9][a-z0-9._/-]*:[\w.-]+(?:@sha256:[0-9a-f]{64})?)",
    re.MULTILINE,
)
_OURS = "sakina-"


def files(root: Path = ROOT) -> list[Path]:
    """Return the files that name base images, relative to `root`."""
    deploy = root / "deploy"
    found = [
        deploy / "Dockerfile",
        *deploy.glob("docker-compose*.yml"),
        *deploy.glob("kubernetes/**/*.yaml"),
    ]
    return sorted(file.relative_to(root) for file in found if file.exists())


def locked(root: Path = ROOT) -> dict[str, Reference]:
    """Return what the lock says of each image, by its name and tag.

    Raises:
        Problem: A line of it says nothing that can be understood.
    """
    images: dict[str, Reference] = {}
    for number, line in enumerate((root / LOCK).read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            tagged, digest = words
            image = Reference.parse(tagged if digest == UNPINNED else f"{tagged}@{digest}")
        except ValueError:
            raise Problem(
                f"{LOCK}:{number}: not name:tag and sha256:… or {UNPINNED}: {line}"
            ) from None
        images[image.tagged] = image
    return images


def pin(ask: Callable[[Reference], str], root: Path = ROOT) -> list[str]:
    """Ask which bytes each image of the lock is now, and write it there and wherever it is named.

    Nothing is written before every registry has answered.

    Args:
        ask: Returns an image's digest.
        root: The checkout.

    Returns:
        A line for each image whose digest changed.

    Raises:
        Problem: A registry did not answer, or does not know one.
    """
    before = locked(root)
    after = {
        tagged: Reference(image.name, image.tag, ask(image)) for tagged, image in before.items()
    }
    _rewrite(root / LOCK, lambda text: _lock_text(text, after))
    for file in files(root):
        _rewrite(root / file, lambda text: _naming(text, after))
    return [
        f"{tagged}: {before[tagged].digest or UNPINNED} → {after[tagged].digest}"
        for tagged in after
        if after[tagged] != before[tagged]
    ]


def astray(root: Path = ROOT) -> list[str]:
    """Return a line for each image that a file names otherwise than the lock, or that it lacks."""
    lock = locked(root)
    named = list(_named(root))
    found = [
        f"{file} names {image}, {LOCK} {_says(lock.get(image.tagged))}: run make pin."
        for file, image in named
        if lock.get(image.tagged) != image
    ]
    used = {image.tagged for _, image in named}
    return found + [f"{LOCK} has {tagged}, which no file names." for tagged in lock.keys() - used]


def _says(image: Reference | None) -> str:
    return f"has {image}" if image else "has no line for it"


def _named(root: Path) -> Iterator[tuple[Path, Reference]]:
    for file in files(root):
        for found in _NAMED.finditer((root / file).read_text()):
            if not found["image"].startswith(_OURS):
                yield file, Reference.parse(found["image"])


def _lock_text(text: str, images: Mapping[str, Reference]) -> str:
    def line(old: str) -> str:
        image = images.get(old.partition(" ")[0])
        return f"{image.tagged} {image.digest}" if image else old

    return "".join(f"{line(old)}\n" for old in text.splitlines())


def _naming(text: str, images: Mapping[str, Reference]) -> str:
    def renamed(found: re.Match[str]) -> str:
        old = found["image"]
        image = images.get(old.partition("@")[0])
        return found[0].removesuffix(old) + str(image) if image else found[0]

    return _NAMED.sub(renamed, text)


def _rewrite(file: Path, change: Callable[[str], str]) -> None:
    old = file.read_text()
    new = change(old)
    if new == old:
        return
    # Renamed into place, so that nobody reads half of it.
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_text(new)
    unfinished.chmod(file.stat().st_mode)
    os.replace(unfinished, file)
