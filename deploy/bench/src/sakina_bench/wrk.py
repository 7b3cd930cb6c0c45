"""Closed loops: as many requests as a number of connections can make, by wrk."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from sakina_bench.rows import Ask
from sakina_local.problems import Problem
from sakina_local.progress import plainly


@dataclass(frozen=True)
class Load:
    """What came of a load: counts, and milliseconds that half and 99 of 100 requests took."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def ensure() -> None:
    """Install wrk unless it is here.

    Raises:
        Problem: It is missing, and only root may install it.
    """
    if shutil.which("wrk"):
        return
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        raise Problem("wrk is missing: install the package wrk, then run make bench again.")
    plainly("installing wrk, which is missing …")
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "wrk"]):
        subprocess.run([apt, "-qq", *words], capture_output=True, check=False)  # noqa: S603
    if not shutil.which("wrk"):
        raise Problem("wrk could not be installed: install the package wrk, then try again.")


def press(
    url: str, asks: Sequence[Ask], tokens: Sequence[str], seconds: float, connections: int
) -> Load:
    """Load `url` for `seconds`: each connection asks again as soon as it is answered.

    Args:
        url: The gateway's address.
        asks: In turn, each of them by the next of `tokens`.
        tokens: Values of the header Authorization.
        seconds: For how long; whole seconds.
        connections: How many at once.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(_script(asks, tokens))
        lua.flush()
        told = subprocess.run(  # noqa: S603
            [
                *("wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
                *("--timeout", "10s", "-s", lua.name, url),
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return Load(**json.loads(told.rpartition("told ")[2]))


def _script(asks: Sequence[Ask], tokens: Sequence[str]) -> str:
    written = ",\n".join(
        f"{{{json.dumps(path)}, {json.dumps(json.dumps(body)) if body else 'nil'}}}"
        for path, body in asks
    )
    return f"""
    local tokens = {{{", ".join(map(json.dumps, tokens))}}}
    local headers = {{["content-type"] = "application/json"}}
    local asks = {{{written}}}
    local turn = 0
    request = function()
      local ask = asks[turn % #asks + 1]
      headers["authorization"] = tokens[turn % #tokens + 1]
      turn = turn + 1
      return wrk.format(ask[2] and "POST" or "GET", ask[1], headers, ask[2])
    end
    done = function(summary, latency, requests)
      local e = summary.errors
      local function at(part)
        return summary.requests > 0 and latency:percentile(part) / 1000 or 0
      end
      io.write(string.format(
        'told {{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}}',
        summary.requests, summary.duration / 1e6,
        at(50), at(99),
        e.connect + e.read + e.write + e.status + e.timeout))
    end
    """
