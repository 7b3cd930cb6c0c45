"""A page that runs nothing and fetches nothing: its policy allows its own style alone."""

import base64
import hashlib
from html import escape

_LOOK = (
    ":root{color-scheme:light dark;--paper:#f7f4ee;--card:#fffdf9;--ink:#1e2b29;--soft:#596865;"
    "--line:#e2dccf;--leaf:#0f6a5b}"
    "@media(prefers-color-scheme:dark){:root{--paper:#0d1615;--card:#14201e;--ink:#e7ece8;"
    "--soft:#a0b1ac;--line:#263733;--leaf:#74cdb8}}"
    "body{font:1.05rem/1.6 system-ui,sans-serif;margin:0;background:var(--paper);color:var(--ink)}"
    "a{color:var(--leaf)}h1,h2,h3{font-weight:600;line-height:1.25}"
    ":focus-visible{outline:3px solid var(--leaf);outline-offset:2px}"
)
"""Colours and letters of every page of this kind."""


class ScriptlessPage:
    """A page with its headers.

    Args:
        title: Of the browser's tab.
        style: CSS beyond what all such pages look like.
        body: HTML, everything in it escaped.

    Attributes:
        content: The page, in UTF-8.
        headers: What is said of it beside its type.
    """

    def __init__(self, title: str, style: str, body: str) -> None:
        look = _LOOK + style
        self.content = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="icon" href="data:,">
<style>{look}</style>
</head>
<body>
{body}
</body>
</html>
""".encode()
        hashed = base64.b64encode(hashlib.sha256(look.encode()).digest()).decode()
        self.headers = {
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{hashed}'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Cache-Control": "public, max-age=3600",
        }
