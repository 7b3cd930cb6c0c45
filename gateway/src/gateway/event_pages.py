"""The catalogue of events: /asyncapi.json for programs, /docs/events for people."""

import re
from collections.abc import Iterable, Iterator
from html import escape

from fastapi import FastAPI, Response
from starlette.requests import Request

from contracts import asyncapi
from contracts.catalogue import EVENTS, SERVICES
from contracts.described import (
    DescribedField,
    about_data,
    data_fields,
    envelope_fields,
    written_example,
)
from contracts.events import EventType
from gateway.published import Published
from gateway.scriptless import ScriptlessPage

_STYLE = (
    "body{display:grid;grid-template-columns:minmax(0,18rem) minmax(0,1fr);min-height:100vh}"
    "nav{position:sticky;top:0;max-height:100vh;overflow:auto;padding:1.5rem;box-sizing:border-box;"
    "border-inline-end:1px solid var(--line);font-size:.95rem}"
    "nav h2{font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);"
    "margin:1.4rem 0 .3rem}nav ul{list-style:none;margin:0;padding:0}nav li{padding:.1rem 0}"
    "nav a{text-decoration:none;overflow-wrap:anywhere}nav a:hover{text-decoration:underline}"
    "main{padding:1.5rem clamp(1rem,4vw,4rem) 5rem;max-width:56rem;min-width:0;"
    "overflow-wrap:anywhere}table{overflow-wrap:normal}"
    "section{margin-block:2rem;padding-block-start:1.2rem;border-top:1px solid var(--line)}"
    "h3{font-family:ui-monospace,monospace;font-size:1.1rem;margin-block-end:.2rem}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9em}"
    "pre{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;"
    "overflow:auto}summary{cursor:pointer;color:var(--leaf)}"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95rem}"
    "th,td{text-align:start;vertical-align:top;padding:.35rem .8rem .35rem 0;"
    "border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}"
    ".by{color:var(--soft);margin-block-start:0}"
    "@media(max-width:48rem){body{display:block}nav{position:static;max-height:none;"
    "border:0;border-bottom:1px solid var(--line)}}"
)
_INTRODUCTION = """<h1>What happens in Sakina</h1>
<p>Every change is announced as a <a href="https://cloudevents.io">CloudEvent</a> 1.0 in JSON, on
the topic exchange <code>sakina.activity</code>, with the event’s type as routing key. Names are
facts in the past tense and end in a version; within it they only grow. An event may come twice,
never not at all. People follow their own activity and that of their khatmas by the same events:
<code>/api/activity/</code> tells what happened, <code>/api/activity/stream</code> what happens, and
webhooks are sent it. This page is made from the same catalogue as the
<a href="/asyncapi.json">AsyncAPI document</a>; the requests that one can make are
<a href="/docs">documented too</a>.</p>"""


def mount_event_pages(app: FastAPI) -> None:
    """Serve the document and the page."""
    made = ScriptlessPage("Sakina’s events", _STYLE, _body())
    page = Published(made.content, "text/html; charset=utf-8", made.headers)
    document = Published(
        asyncapi.written(), "application/json", {"Cache-Control": "public, max-age=3600"}
    )

    async def events(request: Request) -> Response:
        return page.answer(request)

    async def as_asyncapi(request: Request) -> Response:
        return document.answer(request)

    app.add_route("/docs/events", events, methods=["GET"], include_in_schema=False)
    app.add_route("/asyncapi.json", as_asyncapi, methods=["GET"], include_in_schema=False)


def _body() -> str:
    return "\n".join(
        ["<nav aria-label='Events'>", *_contents(), "</nav><main>", *_main(), "</main>"]
    )


def _contents() -> Iterator[str]:
    yield '<a href="/">Sakina</a>'
    yield '<h2>All</h2><ul><li><a href="#envelope">The envelope</a></li></ul>'
    for service in SERVICES:
        yield f"<h2>{service}</h2><ul>"
        for kind in _announced_by(service):
            yield f'<li><a href="#{kind.wire_name}">{kind.name}</a></li>'
        yield "</ul>"


def _main() -> Iterator[str]:
    yield _INTRODUCTION
    yield '<section id="envelope"><h2>The envelope</h2>'
    yield from _table(envelope_fields())
    yield "</section>"
    for service in SERVICES:
        yield f"<h2>What {service} announces</h2>"
        for kind in _announced_by(service):
            yield from _section(kind)


def _announced_by(service: str) -> list[EventType]:
    return [kind for kind in EVENTS.values() if kind.source == service]


def _section(kind: EventType) -> Iterator[str]:
    name = kind.wire_name
    way = "Published" if kind.is_broadcast else "Sent, and not by the broker,"
    yield f'<section id="{name}"><h3>{name}</h3>'
    yield f"<p>{escape(kind.meaning)}</p>"
    yield (
        f'<p class="by">About a {kind.subject}. {way} by {kind.source}. '
        f'<a href="{kind.schema_path}">Schema</a></p>'
    )
    yield f"<p>{_prose(about_data(kind))}</p>"
    if fields := data_fields(kind):
        yield from _table(fields)
    yield "<details><summary>An example</summary>"
    yield f'<pre tabindex="0">{escape(written_example(kind))}</pre></details></section>'


def _prose(text: str) -> str:
    """Escape `text`, and show what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def _table(fields: Iterable[DescribedField]) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Fields"><table><thead><tr>'
    yield "<th>Field</th><th>What it holds</th><th>More of it</th></tr></thead><tbody>"
    for field in fields:
        yield (
            f"<tr><td><code>{field.name}</code></td><td>{escape(field.kind)}</td>"
            f"<td>{_prose(field.remarks)}</td></tr>"
        )
    yield "</tbody></table></div>"
