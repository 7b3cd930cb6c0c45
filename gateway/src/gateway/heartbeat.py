"""What a container's health check asks: `python -m gateway.heartbeat` exits with 0 where it serves.

A gateway without its broker answers nothing but that, so it counts as unhealthy: a rolling restart
then keeps the old ones. A service or a database that is down is no fault of the gateway's.
"""

import json
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

READINESS = "http://127.0.0.1:8000/readyz"
PATIENCE_SECONDS = 4.0


def complaint(url: str = READINESS) -> str | None:
    """Return what is wrong with the gateway that answers at `url`, or None."""
    try:
        with urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  # nosec B310 - our own address
            said = answer.read()
    except HTTPError as error:
        said = error.read()
    except OSError as error:
        return f"it does not answer: {error}"
    return None if json.loads(said)["parts"]["broker"] else "it has not reached the broker"


if __name__ == "__main__":
    sys.exit(complaint())
