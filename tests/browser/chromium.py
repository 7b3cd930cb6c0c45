"""Headless Chromium, which opens one page; no driver is needed, since the page tells by itself."""

import os
import queue
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from page_server import Served

PATIENCE_SECONDS = 90.0
# It speaks to nobody but the page and the gateway, and finds nothing of an earlier run.
QUIETLY = [
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-logging=stderr",
]


def told_by(chromium: str, page: Served, query: str) -> list[dict[str, Any]]:
    """Open `page` with `query` and return what it told; raise what the browser said if nothing."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="sakina-chromium-", ignore_cleanup_errors=True) as made:
        said = Path(made) / "said.txt"
        with said.open("wb") as output:
            browser = subprocess.Popen(
                [chromium, *QUIETLY, *sandbox, f"--user-data-dir={made}", f"{page.url}?{query}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while browser.poll() is None and time.monotonic() < deadline:
                with suppress(queue.Empty):
                    return page.told.get(timeout=0.5)
            raise AssertionError(f"the page told nothing:\n{said.read_text(errors='replace')}")
        finally:
            browser.terminate()
            browser.wait()
