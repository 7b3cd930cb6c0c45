"""The typed TypeScript client: types by openapi-typescript, requests by openapi-fetch."""

import json
import shutil
from pathlib import Path

from sakina_local import node
from sakina_local.problems import Problem

_SOURCE = node.FOLDER / "typescript"
_FETCH = "openapi-fetch"


def make(document: Path, folder: Path) -> None:
    """Make the package `sakina-client` of `document` in `folder`, compiled, as npm installs it.

    Raises:
        Problem: Node.js or a tool is missing, or it cannot be made without a warning.
    """
    shutil.copytree(_SOURCE, folder)
    said = node.run(
        *("openapi-typescript", document, "--output", folder / "src" / "schema.ts"),
        # What has a default may be left out of a request.
        "--default-non-nullable=false",
        *("--redocly", node.FOLDER / "redocly.yaml"),
    )
    if "warn" in said.lower() or "⚠" in said:
        raise Problem(f"The TypeScript client is not made well:\n{said}")
    (folder / "node_modules").symlink_to(node.MODULES)
    (folder / "package.json").write_text(f"{json.dumps(_package(document), indent=2)}\n")
    node.run("tsc", "--project", folder)


def _package(document: Path) -> dict[str, object]:
    tools = json.loads((node.FOLDER / "package.json").read_text())["devDependencies"]
    return {
        "name": "sakina-client",
        "version": json.loads(document.read_text())["info"]["version"],
        "type": "module",
        "exports": {".": {"types": "./dist/index.d.ts", "default": "./dist/index.js"}},
        "dependencies": {_FETCH: tools[_FETCH]},
    }
