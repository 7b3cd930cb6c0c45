"""Sakina's own page: whole, from here alone, and with nothing that could run beside it."""

import re
from pathlib import Path

import httpx
import pytest

from gateway.live_page import FOLDER

FILES = sorted(Path(str(FOLDER)).iterdir())
NAMED = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@NAMED
def test_each_file_is_served_as_it_is_and_as_what_it_is(file: Path, stranger: httpx.Client) -> None:
    answer = stranger.get(f"/live/{file.name}")
    assert answer.status_code == 200
    assert answer.content == file.read_bytes()
    assert answer.headers["content-type"].startswith(TYPES[file.suffix])
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_is_at_live(stranger: httpx.Client) -> None:
    for path in ("/live", "/live/"):
        assert stranger.get(path).content == (FOLDER / "index.html").read_bytes()
    assert stranger.get("/").json()["links"]["live"] == "/live"
    assert stranger.get("/live/nothing.js").status_code == 404
    assert stranger.get("/live/../settings.py").status_code == 404


@NAMED
def test_who_has_a_file_asks_and_is_not_sent_it_again(file: Path, stranger: httpx.Client) -> None:
    first = stranger.get(f"/live/{file.name}")
    assert first.headers["cache-control"] == "no-cache"
    again = stranger.get(f"/live/{file.name}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


def test_the_policy_lets_nothing_run_but_these_files(stranger: httpx.Client) -> None:
    policy = stranger.get("/live").headers["content-security-policy"]
    said = dict(each.strip().partition(" ")[::2] for each in policy.split(";"))
    assert said["default-src"] == "'none'"
    assert said["script-src"] == said["style-src"] == said["connect-src"] == "'self'"
    assert said["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy
    page = (FOLDER / "index.html").read_text()
    assert not re.findall(r"<script(?![^>]*\ssrc=\"/live/)", page)
    assert not re.findall(r"\son\w+=|\sstyle=|<style", page)


@NAMED
def test_nothing_comes_from_elsewhere(file: Path) -> None:
    addresses = re.findall(r"https?://[^\s\"']+", file.read_text())
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}


@NAMED
def test_what_a_file_names_is_there(file: Path, stranger: httpx.Client) -> None:
    text = file.read_text()
    for name in re.findall(r"""(?:from|import) "\./([^"]+)";""", text):
        assert (FOLDER / name).is_file(), name
    for path in re.findall(r'(?:href|src)="(/[^"]*)"', text):
        assert stranger.get(path).status_code == 200, path


def test_both_languages_say_the_same_things() -> None:
    """Each name of one is a name of the other, and what the page asks for is there."""

    def names(language: str) -> set[str]:
        text = (FOLDER / f"words.{language}.js").read_text().partition("= {\n")[2]
        return set(re.findall(r"^  (\w+)[:,]", text, re.M))

    page = (FOLDER / "index.html").read_text()
    asked = set(re.findall(r'data-(?:text|label)="(\w+)"', page))
    for script in FOLDER.iterdir():
        if script.name.endswith(".js"):
            asked |= set(re.findall(r'\bsay\("(\w+)"', script.read_text()))
    assert names("ar") == names("en")
    assert asked <= names("en")
