"""An image by its name, its tag and, where it is known, its digest."""

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._/-]*):(?P<tag>[A-Za-z0-9_][\w.-]{0,127})"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
OFFICIAL = "registry-1.docker.io"
"""Where a name without a host is kept: the registry of Docker Hub."""


@dataclass(frozen=True)
class Reference:
    """An image as Dockerfile, Compose and Kubernetes write it: `name:tag`, or `name:tag@digest`.

    Args:
        name: With its host, if it has one: `python`, `ghcr.io/someone/something`.
        tag: What its maker moves from one release to the next.
        digest: Which bytes it is, `sha256:` and 64 hexadecimal digits; None where nobody asked.
    """

    name: str
    tag: str
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Return the reference that `text` is.

        Raises:
            ValueError: It is none, or has no tag: what `latest` is, nobody can go back to.
        """
        found = _PATTERN.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no image with a tag: write name:tag")
        return cls(**found.groupdict())

    def __str__(self) -> str:
        return f"{self.tagged}@{self.digest}" if self.digest else self.tagged

    @property
    def tagged(self) -> str:
        """It without its digest: what a person chose."""
        return f"{self.name}:{self.tag}"

    @property
    def host(self) -> str:
        """The registry that keeps it."""
        first, slash, _ = self.name.partition("/")
        return first if slash and ("." in first or ":" in first) else OFFICIAL

    @property
    def repository(self) -> str:
        """What its registry calls it; official images are in `library`."""
        bare = self.name.removeprefix(f"{self.host}/")
        return bare if "/" in bare else f"library/{bare}"
