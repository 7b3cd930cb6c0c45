"""The typed Python client, made by openapi-python-client."""

import os
import subprocess
import sys
from pathlib import Path

from sakina_local.node import FOLDER
from sakina_local.problems import Problem

_PROGRAMS = Path(sys.executable).parent
_NAMES = FOLDER / "python.yaml"


def make(document: Path, folder: Path) -> None:
    """Make the package `sakina_client` of `document` in `folder`, a project that pip installs.

    Raises:
        Problem: It cannot be made, or not without a warning.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603
        [
            *(_PROGRAMS / "openapi-python-client", "generate", "--fail-on-warning"),
            *("--path", document, "--output-path", folder, "--config", _NAMES, "--meta", "uv"),
        ],
        # It puts what it makes in order by ruff, which it looks for there.
        env={**os.environ, "PATH": f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or "warning" in (done.stdout + done.stderr).lower():
        raise Problem(f"The Python client is not made well:\n{done.stdout}{done.stderr}")
