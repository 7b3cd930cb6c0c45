"""The root: a page for people, JSON for programs."""

import base64
import hashlib
import re

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.welcome import prefers_html

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (FIREFOX, True),
        (CHROME, True),
        ("text/html", True),
        ("TEXT/HTML; level=1", True),
        ("text/*", True),
        ("text/html;q=0.5, application/json;q=0.4", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("text/html;q=0.4, application/json;q=0.5", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=nonsense", False),
        ("application/*, text/html;q=0.9", False),
        ("image/png", False),
        (",;=", False),
    ],
)
def test_who_gets_the_page(accept: str, html: bool, stranger: httpx.Client) -> None:
    assert prefers_html(accept) is html
    answer = stranger.get("/", headers={"Accept": accept})
    assert answer.status_code == 200
    kind = "text/html; charset=utf-8" if html else "application/json"
    assert answer.headers["content-type"] == kind
    assert "accept" in answer.headers["vary"].lower()


@given(st.text())
def test_any_accept_is_understood_somehow(accept: str) -> None:
    assert prefers_html(accept) in (True, False)


def test_both_hold_the_same_links_and_each_leads_somewhere(stranger: httpx.Client) -> None:
    links = stranger.get("/").json()["links"]
    page = stranger.get("/", headers={"Accept": FIREFOX}).text
    assert sorted(re.findall('<a href="([^"]+)"', page)) == sorted(links.values())
    assert {"/docs", "/healthz"} <= set(links.values())
    for address in links.values():
        assert stranger.get(address).status_code == 200


def test_the_page_runs_nothing_and_fetches_nothing(stranger: httpx.Client) -> None:
    answer = stranger.get("/", headers={"Accept": FIREFOX})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy + answer.text
    assert "unsafe" not in policy
    assert "http" not in answer.text
    (style,) = re.findall("<style>(.*)</style>", answer.text)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{hashed}'" in policy, "else the browser drops the style"
