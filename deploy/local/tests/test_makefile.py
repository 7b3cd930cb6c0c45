"""The Makefile hands on what it is told, whatever characters are in it."""

import os
import subprocess
from pathlib import Path

import pytest

from sakina_local.checkout import ROOT

TEXT = """of one's "own" $HOME; `echo no` * \\ --rest"""


@pytest.mark.parametrize(
    ("command", "name", "handed_on"),
    [
        ("mutants", "SAYS", f"--says={TEXT}"),
        ("mutants", "BY", f"--by={TEXT}"),
        ("mutants", "ONLY", TEXT),
        ("mutants", "JOBS", f"--jobs={TEXT}"),
        ("bench", "ONLY", f"--only={TEXT}"),
        ("bench", "BASE", f"--base={TEXT}"),
        ("drill", "ONLY", TEXT),
        ("restore", "FILE", TEXT),
        ("backup", "FOLDER", f"--folder={TEXT}"),
        ("backup", "KEEP", f"--keep={TEXT}"),
        ("consumer", "NAME", TEXT),
        ("consumer", "TOPICS", TEXT),
    ],
    ids=lambda said: said if said.isalpha() else "",
)
def test_any_text_is_handed_on_as_it_is(
    tmp_path: Path, command: str, name: str, handed_on: str
) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "deploy" / "observability").mkdir(parents=True)
    own = {key: said for key, said in os.environ.items() if not key.startswith("MAKE")}
    written = TEXT.replace("$", "$$")  # one of make's own signs
    printed = subprocess.run(
        ["make", "-s", "-f", str(ROOT / "Makefile"), "PYTHON=true", f"{name}={written}", command],
        check=False,
        cwd=tmp_path,
        env=own,
        capture_output=True,
        text=True,
    )
    assert printed.returncode == 0, printed.stderr
    assert handed_on in printed.stdout.splitlines()
