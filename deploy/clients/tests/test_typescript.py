"""The TypeScript client: compiled strictly, and good for the whole khatma document on Node.js."""

import json
import shutil
from pathlib import Path

import pytest

from sakina_local import node

USES = Path(__file__).parent / "uses"
pytestmark = pytest.mark.usefixtures("with_node")


@pytest.fixture(scope="module")
def project(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of somebody who uses the client, compiled."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text(json.dumps({"type": "module"}))
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "sakina-client").symlink_to(made / "typescript")
    for file in [*USES.glob("*.ts"), USES / "tsconfig.json"]:
        shutil.copy(file, folder)
    node.run("tsc", "--project", folder)
    return folder


@pytest.mark.parametrize(("use", "does"), [("khatma_document", "tell"), ("ten_lines", "read")])
def test_it_says_what_the_document_says(project: Path, url: str, use: str, does: str) -> None:
    program = f"import {{ {does} }} from './dist/{use}.js'; console.log(await {does}('{url}'));"
    node.run("node", "--input-type=module", "--eval", program, cwd=project)
