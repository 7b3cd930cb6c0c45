"""The calls of the web client in the field, in order, with the bytes that it sends."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from people import unique

CLIENT = json.loads((Path(__file__).parent / "documents" / "khatma_web.json").read_text())
KINDS = {"text": str, "number": (int, float), "truth": bool, "array": list}
Call = dict[str, Any]


class Browser:
    """The client in the hands of several people; it keeps what it reads, for each of them."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._everybodys: dict[str, Any] = {"tag": unique("web")}
        self._own: dict[str, dict[str, Any]] = {}

    def filled(self, text: str, by: str) -> str:
        """Return `text` with what earlier answers gave."""
        known = {**self._everybodys, **self._own.get(by, {})}
        return re.sub(r"<(\w+)>", lambda found: str(known[found[1]]), text)

    def send(self, call: Call) -> httpx.Response:
        headers = dict(CLIENT["headers"])
        if "type" in call:
            headers["Content-Type"] = call["type"]
        if "authorization" in call or call.get("authorized"):
            token = call.get("authorization") or f"Bearer {self._own[call['by']]['access']}"
            headers["Authorization"] = token
        body = self.filled(call["body"], call["by"]).encode() if "body" in call else None
        # The path as it stands: a client's own joining of addresses would mend the doubled slash.
        address = str(self._http.base_url).rstrip("/") + self.filled(call["path"], call["by"])
        return self._http.request(call["method"], address, headers=headers, content=body)

    def note(self, call: Call, answer: httpx.Response) -> None:
        """Keep what the client keeps of an answer: tokens for each person, ids for all."""
        for name, place in call.get("saves", {}).items():
            keep = self._own.setdefault(call["by"], {})
            keep = keep if name in ("access", "refresh") else self._everybodys
            keep[name] = at(answer.json(), place)

    def expected(self, value: Any, by: str) -> Any:
        if not isinstance(value, str):
            return value
        filled = self.filled(value, by)
        return int(filled) if filled != value and filled.isdigit() else filled


def at(document: Any, place: str) -> Any:
    """What stands at a place such as `results.0.id`."""
    for step in place.split("."):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def check(browser: Browser, call: Call, answer: httpx.Response) -> None:
    said = f"row {call['row']}, {call['title']}: {answer.status_code} {answer.text}"
    assert answer.status_code == call["status"], said
    assert answer.headers["Access-Control-Allow-Origin"], said
    for place, kind in call.get("reads", {}).items():
        assert isinstance(at(answer.json(), place), KINDS[kind]), f"{place}: {said}"
    for place, value in call.get("equals", {}).items():
        assert at(answer.json(), place) == browser.expected(value, call["by"]), f"{place}: {said}"


def test_every_call_of_the_web_client_is_served(http: httpx.Client) -> None:
    browser = Browser(http)
    for call in CLIENT["calls"]:
        times = call.get("times", 1)
        with ThreadPoolExecutor(times) as pool:
            for answer in pool.map(browser.send, [call] * times):
                check(browser, call, answer)
                browser.note(call, answer)


def test_all_rows_are_there() -> None:
    assert {call["row"] for call in CLIENT["calls"]} == set(range(1, 16))
