"""A stack loses its volumes, settings and secrets, and comes back by the page's commands."""

import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
from load import SESSIONS, Reader
from page import ROOT, commands
from page_commands import give
from stack import Stack, until
from whole import waiting

LAST_DUMP = "sakina-*.dump"


def dumps(stack: Stack, kind: str = LAST_DUMP) -> list[Path]:
    return sorted((stack.folder / "backups").glob(kind))


def test_a_stack_that_lost_everything_comes_back(spare: Callable[[], Stack]) -> None:
    stack = spare()
    stack.settings["SAKINA_SECRETS"] = str(stack.secrets)
    stack.up()
    until(lambda: dumps(stack), "the container of dumps writes one by itself")
    reader = Reader.signed_up(stack.url)
    with reader.client() as http:
        assert reader.log_session(http, secrets.token_hex(8), 20).status_code == 201
        before = http.get(SESSIONS).json()
    until(lambda: not waiting(stack), "everything is published")
    give(stack, "#### From the host")
    kept = dumps(stack)[-1]
    late = Reader.signed_up(stack.url)

    stack.compose("down", "--volumes", "--timeout=1")
    shutil.rmtree(stack.secrets)
    (stack.folder / "env").unlink()
    tar = kept.with_name(kept.name.replace(".dump", ".keys.tar"))
    subprocess.run(["tar", "-xf", tar, "-C", stack.folder], check=True)
    (stack.folder / ".env").rename(stack.folder / "env")

    give(stack, "#### The dump", {"deploy/backups/sakina-….dump": str(kept)})
    stack.wait_until_ready()
    with reader.client() as http:
        assert http.get(SESSIONS).json() == before, "by the old token"
    with httpx.Client(base_url=stack.url, timeout=20) as http:
        said = {"email": late.account["email"], "password": late.account["password"]}
        assert http.post("/api/login/", json=said).status_code == 401
    again = Reader.signed_up(stack.url)
    with again.client() as http:
        until(lambda: http.get("/api/notifications/").json()["count"], "the new one is welcomed")
        me = http.get("/api/user/me/").json()
    assert me["id"] > 1_000_000


def test_a_database_that_is_there_is_moved_aside_by_hand(spare: Callable[[], Stack]) -> None:
    stack = spare()
    stack.settings["SAKINA_SECRETS"] = str(stack.secrets)
    stack.up()
    reader = Reader.signed_up(stack.url)
    give(stack, "#### From the host")
    kept = dumps(stack)[-1]
    restore = {"deploy/backups/sakina-….dump": str(kept)}
    stack.compose("stop", "traefik", "gateway", "auth", "practice", "khatma", "notify", "backup")
    refused = subprocess.run(
        ["bash", "-ec", commands("#### The dump", restore)],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "is not empty: nothing was changed" in refused.stderr
    stack.compose("start", "traefik", "gateway", "auth", "practice", "khatma", "notify", "backup")
    stack.wait_until_ready()
    give(stack, "#### What is in its place")
    give(stack, "#### The dump", restore)
    stack.wait_until_ready()
    with reader.client() as http:
        assert http.get(SESSIONS).status_code == 200
