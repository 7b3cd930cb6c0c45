"""A registry of images on 127.0.0.1: manifests behind a token, as Docker Hub has them."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "for-anybody"


@dataclass
class Registry:
    """What it holds, and what it was asked."""

    manifests: dict[str, bytes] = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    broken: bool = False
    token: bytes = json.dumps({"token": TOKEN}).encode()
    url: str = ""

    def push(self, repository: str, tag: str, content: str) -> str:
        """Let `tag` mean an image of that content; return its digest."""
        body = json.dumps(
            {"schemaVersion": 2, "manifests": [], "annotations": {repository: content}}
        )
        self.manifests[f"/v2/{repository}/manifests/{tag}"] = body.encode()
        return f"sha256:{hashlib.sha256(body.encode()).hexdigest()}"


@contextmanager
def serving() -> Iterator[Registry]:
    """Serve a registry that holds nothing yet."""
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if registry.broken:
                self.connection.close()
            elif path == "/token":
                registry.scopes.append(query)
                self._answer(200, registry.token)
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                repository = path.removeprefix("/v2/").partition("/manifests/")[0]
                scope = f'scope="repository:{repository}:pull"'
                realm = f'Bearer realm="{registry.url}/token",service="stand-in",{scope}'
                self._answer(401, b"{}", {"WWW-Authenticate": realm})
            elif path in registry.manifests:
                registry.asked.append(path)
                assert "application/vnd.oci.image.index.v1+json" in self.headers["Accept"]
                body = registry.manifests[path]
                digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
                lie = path in registry.lies
                self._answer(200, body, {"Docker-Content-Digest": "sha256:0" if lie else digest})
            else:
                self._answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
