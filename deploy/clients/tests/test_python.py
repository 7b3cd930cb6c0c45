"""The Python client: typed, and good for the whole meditation document."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

USES = Path(__file__).parent / "uses"


def run(command: list[str], made: Path, cwd: Path) -> str:
    package = str(made / "python")
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": package, "MYPYPATH": package},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("use", ["meditation_document.py", "ten_lines.py"])
def test_it_says_what_the_document_says(made: Path, url: str, use: str, tmp_path: Path) -> None:
    run([str(USES / use), url], made, tmp_path)


def test_its_types_hold_strictly(made: Path, tmp_path: Path) -> None:
    """Those of the uses, of which one is wrong and says so, and of the package itself."""
    cache = f"--cache-dir={tmp_path / 'cache'}"
    for use in USES.glob("*.py"):
        run(["-m", "mypy", "--strict", "--config-file=", cache, str(use)], made, tmp_path)
