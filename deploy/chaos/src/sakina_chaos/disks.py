"""Small disks that can be full: a tmpfs for each server, where root may mount one."""

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Disk:
    """One disk, mounted at a folder."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, leaving: int = 0) -> None:
        """Take all that is free, but for so many MiB."""
        with self._ballast.open("wb") as ballast:
            while (room := self._room() - leaving * MEBIBYTE) > 0:
                # Somebody may take some of it meanwhile.
                with contextlib.suppress(OSError):
                    start = ballast.seek(0, os.SEEK_END)
                    os.posix_fallocate(ballast.fileno(), start, room)

    def _room(self) -> int:
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small(sizes: Mapping[Path, int]) -> Iterator[dict[Path, Disk]]:
    """Have a disk of so many MiB at each folder, or none where none may be mounted."""
    mounted: dict[Path, Disk] = {}
    try:
        for folder, size in sizes.items():
            folder.mkdir(mode=0o700)
            options = f"size={size}m,mode=0700"
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
            if os.geteuid() == 0 and _does(command):
                mounted[folder] = Disk(folder)
        yield mounted
    finally:
        for folder in mounted:
            _does(["umount", "--lazy", str(folder)])


def _does(command: list[str]) -> bool:
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0
