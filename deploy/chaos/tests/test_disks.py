"""A small disk is full when it was filled, and has its room again when it was freed."""

import errno
from pathlib import Path

import pytest

from sakina_chaos.disks import small


def test_it_is_full_and_free_again(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small({folder: 2}) as disks:
        if not disks:
            pytest.skip("no disk may be mounted here")
        (folder / "before").write_bytes(b"x" * 4096)
        disks[folder].fill()
        with pytest.raises(OSError, match="No space left") as full:
            (folder / "more").write_bytes(b"x" * 4096)
        assert full.value.errno == errno.ENOSPC
        disks[folder].free()
        (folder / "more").write_bytes(b"x" * 4096)
    assert list(folder.iterdir()) == []
