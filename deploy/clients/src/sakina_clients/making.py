"""All clients, one folder each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sakina_clients import postman, python_client, typescript_client
from sakina_local import node
from sakina_local.checkout import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
FOLDER = ROOT / "build" / "clients"


def make(folder: Path, document: Path = DOCUMENT) -> Iterator[str]:
    """Make the clients of `document` anew in `folder`; yield a line about each.

    Where Node.js is missing, the TypeScript client is left out, and its line says so.

    Raises:
        Problem: A maker failed or warned; it says of what.
    """
    shutil.rmtree(folder, ignore_errors=True)
    python_client.make(document, folder / "python")
    yield f"{folder / 'python'}: pip install it, import sakina_client"
    if missing := node.missing():
        yield f"{folder / 'typescript'} is left out: {missing}"
    else:
        typescript_client.make(document, folder / "typescript")
        yield f"{folder / 'typescript'}: npm install it, import sakina-client"
    postman.make(document, folder / "postman")
    yield f"{folder / 'postman'}: import both files into Postman, or run them by newman"
