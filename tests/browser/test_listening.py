"""Streams of activity by a browser's own EventSource, from a page of another origin."""

from dataclasses import replace
from urllib.parse import urlencode

from chromium import told_by
from page_server import served


def test_an_event_source_goes_on_where_it_was_and_hears_each_event_once(
    chromium: str, url: str
) -> None:
    with served() as page:
        listening = replace(page, url=page.url.replace("index", "listening"))
        assert told_by(chromium, listening, urlencode({"gateway": url})) == [{"failure": None}]
