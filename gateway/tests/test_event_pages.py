"""The catalogue of events, to read and for programs."""

import base64
import hashlib
import json
import re
from pathlib import Path

import httpx
import pytest

from contracts.catalogue import EVENTS

COMMITTED = Path(__file__).parents[2] / "docs" / "asyncapi.json"


def test_the_document_is_the_committed_one(stranger: httpx.Client) -> None:
    answer = stranger.get("/asyncapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == COMMITTED.read_bytes()


@pytest.mark.parametrize("path", ["/asyncapi.json", "/docs/events"])
def test_who_has_it_is_not_sent_it_again(path: str, stranger: httpx.Client) -> None:
    first = stranger.get(path)
    again = stranger.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] != "no-store"
    assert stranger.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_page_tells_of_every_event(stranger: httpx.Client) -> None:
    page = stranger.get("/docs/events")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for name, kind in EVENTS.items():
        section = page.text.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        assert kind.schema_path in section
        assert all(f"<code>{field}</code>" in section for field in kind.data.model_fields)
        example = section.partition("<pre")[2].partition(">")[2].partition("</pre>")[0]
        assert json.loads(example.replace("&quot;", '"'))["type"] == name
        assert f'href="#{name}"' in page.text


def test_its_links_lead_somewhere(stranger: httpx.Client) -> None:
    page = stranger.get("/docs/events").text
    for address in set(re.findall('href="(/[^"]*)"', page)):
        assert stranger.get(address).status_code == 200, address
    assert "[events](/docs/events)" in stranger.get("/openapi.json").json()["info"]["description"]


def test_the_page_runs_nothing_and_fetches_nothing(stranger: httpx.Client) -> None:
    answer = stranger.get("/docs/events")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<link (?!rel=\"icon\" href=\"data:)|<img|src=", answer.text)
    (style,) = re.findall("<style>(.*)</style>", answer.text)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{hashed}'" in policy, "else the browser drops the style"
    assert "url(" not in style
