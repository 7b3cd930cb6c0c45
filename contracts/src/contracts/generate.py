"""Write, or check, the committed schemas and golden examples of all events.

python -m contracts.generate            writes contracts/schemas and contracts/examples
python -m contracts.generate --check    exits with 1 where they are stale or break a consumer
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contracts.catalogue import EVENTS
from contracts.compatibility import breaks
from contracts.schemas import example, schema

ROOT = Path(__file__).parents[2]


def documents() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each generated file's path with what it should hold."""
    for name, kind in sorted(EVENTS.items()):
        yield ROOT / "schemas" / "events" / f"{name}.json", schema(kind)
        yield ROOT / "examples" / "events" / f"{name}.json", example(kind)


def problems() -> list[str]:
    """Return what is wrong with the committed files, in sentences; empty when all is well."""
    found = []
    expected = dict(documents())
    for path, content in expected.items():
        if not path.exists():
            found.append(f"{path.name} is missing")
        elif (old := json.loads(path.read_text())) != content:
            lost = breaks(old, content) if "schemas" in path.parts else []
            found += [f"{path.name}: {loss}; make it a new version" for loss in lost]
            found.append(f"{path.parent.parent.name}/{path.name} is stale")
    for folder in ("schemas", "examples"):
        for path in (ROOT / folder / "events").glob("*.json"):
            if path not in expected:
                found.append(f"{folder}/{path.name} is announced by nobody")
    return found


def main() -> None:
    """Do what the command line says."""
    found = problems()
    broken = [problem for problem in found if "new version" in problem]
    if "--check" in sys.argv and found:
        sys.exit("\n".join([*found, "Run: python -m contracts.generate"]))
    if broken:
        sys.exit("\n".join(broken))
    for path, content in documents():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    sys.stdout.write(f"{len(EVENTS)} event types are up to date\n")


if __name__ == "__main__":
    main()
