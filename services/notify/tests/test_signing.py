"""Signatures that a library of Standard Webhooks takes, by the receiver that the page shows."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from notify.outgoing.signing import headers, new_secret, written

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
EVENT = b'{"id": "e", "type": "khatma.created.v1", "subject": "khatma/17", "data": {}}'


@pytest.fixture
def shown() -> dict[str, Any]:
    """What the page's example defines."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    found: dict[str, Any] = {}
    exec(example, found)
    return found


def test_the_receiver_of_the_page_takes_what_is_ours_once(
    shown: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    key, now = new_secret(), datetime.now(UTC)
    signed = headers([key], "e", now, EVENT)
    receive = shown["receive"]
    assert [receive(written(key), signed, EVENT) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out.count("khatma/17") == 1
    assert receive(written(new_secret()), signed, EVENT) == 400
    assert receive(written(key), signed, EVENT + b" ") == 400
    late = headers([key], "e", now - timedelta(minutes=6), EVENT)
    assert receive(written(key), late, EVENT) == 400


@given(st.binary(min_size=24, max_size=64), st.text(), st.uuids(version=4))
def test_whatever_is_sent_is_verified_with_any_of_the_keys(
    former: bytes, said: str, message: Any
) -> None:
    key, body = new_secret(), said.encode(errors="surrogatepass")
    try:
        body.decode()
    except UnicodeDecodeError:
        return
    signed = headers([key, former], str(message), datetime.now(UTC), body)
    for each in (key, former):
        Webhook(written(each)).verify(body, signed, json_parse=False)
