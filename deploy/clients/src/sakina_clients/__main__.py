"""`python -m sakina_clients [FOLDER]`: makes the clients in FOLDER, build/clients by default."""

import sys
from pathlib import Path

from sakina_clients.making import FOLDER, make
from sakina_local.problems import Problem


def main(arguments: list[str]) -> int:
    """Make every client that this machine can; 0 when that was done."""
    folder = Path(arguments[0]).resolve() if arguments else FOLDER
    try:
        for line in make(folder):
            sys.stdout.write(f"{line}\n")
    except Problem as problem:
        sys.stderr.write(f"{problem.sentence}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
